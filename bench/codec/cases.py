"""What is encoded and decoded: different numbers, texts and times, so that no cache can help.

All come from one service centre, as they do from one SIM.
"""

from __future__ import annotations

from dataclasses import dataclass

from gsm_driver.pdu.address import Address
from gsm_driver.pdu.segmentation import plan_sms
from gsm_driver.pdu.timestamp import Timestamp
from gsm_driver.pdu.tpdu import Pdu, SmsDeliver, encode_pdu

VARIANTS = 50
SMSC = "+43664000501"
FILLER = "Water in the cellar, pump 2 is running and the float switch is up. "
UCS2_FILLER = "Вода в подвале, насос работает. "


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One kind of message."""

    name: str
    filler: str
    length: int  # characters


CASES = (
    Case(name="160 characters, GSM 7 bit", filler=FILLER, length=160),
    Case(name="5 segments, GSM 7 bit", filler=FILLER, length=5 * 153),
    Case(name="70 characters, UCS2", filler=UCS2_FILLER, length=70),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text for or from a number, and the PDUs that carry it to us."""

    number: str
    text: str
    received: tuple[str, ...]


def messages(case: Case) -> list[Message]:
    """`VARIANTS` messages of one kind."""
    return [_message(case, number) for number in range(VARIANTS)]


def _message(case: Case, variant: int) -> Message:
    number = f"+43664{1234567 + 7919 * variant}"
    text = (f"{variant:03} " + case.filler * (1 + case.length // len(case.filler)))[: case.length]
    segments = plan_sms("0", text, concat_reference=variant).segments
    pdus = (
        Pdu(
            smsc=Address.parse(SMSC),
            tpdu=SmsDeliver(
                originating_address=Address.parse(number),
                service_centre_time=_time(variant),
                user_data=segment.user_data,
                data_coding_scheme=segment.data_coding_scheme,
            ),
        )
        for segment in segments
    )
    return Message(number=number, text=text, received=tuple(encode_pdu(pdu).hex_pdu for pdu in pdus))


def _time(variant: int) -> Timestamp:
    """A minute of 21 November 2026, GMT+1; lower digit first (3GPP TS 23.040 clause 9.2.3.11)."""
    minute = f"{variant % 60:02}"[::-1]
    return Timestamp(bytes.fromhex(f"62111212{minute}5140"))
