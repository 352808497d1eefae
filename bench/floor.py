"""What the standard demands of the line for one message: octets both ways, and turns. Nothing is measured.

PDU mode of 3GPP TS 27.005 (clause 3.5.1), result codes in words as V.250 has them by default, echo off. An
SMS-SUBMIT (3GPP TS 23.040, 9.2.2.2) has the SMSC of the SIM and no validity period. A modem that is told
ATV0 could save six octets for each segment; text mode would save more, but has no header, and so no long
messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

BITS_PER_OCTET = 10  # on the line: start bit, eight data bits, stop bit
DIGITS = 12  # of a number with its country code
TURNS_PER_SEGMENT = 2  # the command, and after the prompt the PDU
PROMPT = b"\r\n> "
TAKEN = b"\r\n+CMGS: 100\r\n\r\nOK\r\n"  # a TP-MR has up to three digits
CTRL_Z = b"\x1a"
ANNOUNCED = b"\r\n+CDS: 25\r\n" + b"\r\n"  # around the PDU of a report that is handed on at once
TIME_STAMP = 7  # octets
CONCATENATION = 6  # octets of TP-UD: UDHL, and the element with a reference of one octet


class Alphabet(Enum):
    """Characters in one segment, in each of several, and bits of each (3GPP TS 23.038, 23.040)."""

    GSM_7_BIT = (160, 153, 7)
    UCS2 = (70, 67, 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What crosses the line."""

    from_host: int  # octets
    to_host: int  # octets
    turns: int  # times the host writes after an answer

    @property
    def octets(self) -> int:
        """Both ways: one side waits for the other, so none of them travel at the same time."""
        return self.from_host + self.to_host

    def seconds(self, baud: int) -> float:
        """The least that they take."""
        return self.octets * BITS_PER_OCTET / baud


def demand(
    characters: int, alphabet: Alphabet = Alphabet.GSM_7_BIT, *, digits: int = DIGITS, reports: bool = False
) -> Demand:
    """Of a text of so many characters, none from an extension table, to a number of so many digits.

    With `reports` of those that come back, too, one for each segment, without an acknowledgement (+CNMA).
    """
    octets = [_segment(length, digits) for length in _user_data(characters, alphabet)]
    return Demand(
        from_host=sum(octets),
        to_host=len(octets) * (len(PROMPT + TAKEN) + (_report(digits) if reports else 0)),
        turns=len(octets) * TURNS_PER_SEGMENT,
    )


def _user_data(characters: int, alphabet: Alphabet) -> list[int]:
    """Octets of TP-UD, by segment."""
    alone, among, bits = alphabet.value
    if characters <= alone:
        return [-(-characters * bits // 8)]
    full, rest = divmod(characters, among)
    lengths = [among] * full + ([rest] if rest else [])
    fill = CONCATENATION * 8 % bits and bits - CONCATENATION * 8 % bits  # so that a septet begins after it
    return [-(-(CONCATENATION * 8 + fill + length * bits) // 8) for length in lengths]


def _report(digits: int) -> int:
    """Octets of one SMS-STATUS-REPORT (3GPP TS 23.040, 9.2.2.3), as a modem announces it."""
    address = 2 + (digits + 1) // 2
    tpdu = 2 + address + 2 * TIME_STAMP + 1  # flags and TP-MR, TP-RA, TP-SCTS and TP-DT, TP-ST
    return len(ANNOUNCED) + 2 * (address + tpdu)  # the SMSC's address is as long as the recipient's


def _segment(user_data: int, digits: int) -> int:
    """Octets that the host writes for one segment."""
    address = 2 + (digits + 1) // 2  # length, type, digits
    tpdu = 2 + address + 3 + user_data  # flags and TP-MR, TP-DA, TP-PID and TP-DCS and TP-UDL, TP-UD
    service_centre = 1  # a length of 0: that of the SIM
    return len(f"AT+CMGS={tpdu}\r") + 2 * (service_centre + tpdu) + len(CTRL_Z)
