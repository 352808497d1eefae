"""TPDUs and what the AT commands carry: encode and decode all six types (3GPP TS 23.040 clause 9.2.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gsm_driver.errors import PduDecodeError

from .address import decode_smsc, encode_smsc
from .frozen import maker, quick
from .reader import Reader
from .tpdu_mo import (
    SmsCommand,
    SmsDeliverReport,
    SmsSubmit,
    decode_command,
    decode_deliver_report,
    decode_submit,
    encode_command,
    encode_deliver_report,
    encode_submit,
)
from .tpdu_mt import (
    SmsDeliver,
    SmsStatusReport,
    SmsSubmitReport,
    decode_deliver,
    decode_status_report,
    decode_submit_report,
    encode_deliver,
    encode_status_report,
    encode_submit_report,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .address import Address

__all__ = [
    "Direction",
    "EncodedPdu",
    "Pdu",
    "SmsCommand",
    "SmsDeliver",
    "SmsDeliverReport",
    "SmsStatusReport",
    "SmsSubmit",
    "SmsSubmitReport",
    "Tpdu",
    "decode_pdu",
    "decode_tpdu",
    "encode_pdu",
    "encode_tpdu",
]

Tpdu = SmsSubmit | SmsDeliver | SmsStatusReport | SmsDeliverReport | SmsSubmitReport | SmsCommand

_HEX_DIGITS: Final = frozenset("0123456789abcdefABCDEF")


class Direction(StrEnum):
    """Who sent the TPDU: TP-MTI means different types each way."""

    MO = "mo"  # mobile originated: from the phone or modem to the SC
    MT = "mt"  # mobile terminated: from the SC to the phone or modem


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Pdu:
    """A TPDU with the SMSC address before it, as +CMGL, +CMGR, +CMT, +CDS and AT+CMGS carry it."""

    smsc: Address | None = None  # None: the SMSC stored on the SIM
    tpdu: Tpdu


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPdu:
    """What goes to the modem: ``AT+CMGS=<tpdu_length>``, then `hex_pdu` and Ctrl-Z."""

    hex_pdu: str = field(repr=False)
    tpdu_length: int  # octets, without the SMSC address


def encode_tpdu(tpdu: Tpdu) -> bytes:
    """The octets of a TPDU. Raises `PduEncodeError` where a field does not fit."""
    match tpdu:
        case SmsSubmit():
            return encode_submit(tpdu)
        case SmsDeliver():
            return encode_deliver(tpdu)
        case SmsStatusReport():
            return encode_status_report(tpdu)
        case SmsDeliverReport():
            return encode_deliver_report(tpdu)
        case SmsSubmitReport():
            return encode_submit_report(tpdu)
        case _:
            return encode_command(tpdu)


def decode_tpdu(octets: bytes, direction: Direction, *, strict: bool = False) -> Tpdu:
    """The TPDU in `octets`. What follows it is ignored: modems fill their slots with 0xFF.

    Without `strict`, user data that ends before its length says so is kept and marked ``truncated``.

    Raises:
        PduDecodeError: these octets are no TPDU; names field and offset. Nothing else is ever raised.
    """
    reader = Reader(octets, strict=strict)
    return _decode_tpdu(reader, direction)


def _decode_tpdu(reader: Reader, direction: Direction) -> Tpdu:
    first = reader.octet("TP-MTI")
    decode = (_FROM_CENTRE if direction is _MT else _FROM_MOBILE)[first & 0x03]
    if decode is None:
        raise PduDecodeError("a reserved message type", field="TP-MTI", offset=reader.offset - 1)
    return decode(first, reader)


# By TP-MTI (clause 9.2.3.1). A reserved type to the mobile is to be read like an SMS-DELIVER.
_Decoders = tuple["Callable[[int, Reader], Tpdu] | None", ...]
_FROM_CENTRE: Final[_Decoders] = (decode_deliver, decode_submit_report, decode_status_report, decode_deliver)
_FROM_MOBILE: Final[_Decoders] = (decode_deliver_report, decode_submit, decode_command, None)
_MT: Final = Direction.MT


_make_pdu: Final = maker(Pdu, "smsc", "tpdu")
_make_encoded: Final = maker(EncodedPdu, "hex_pdu", "tpdu_length")


def encode_pdu(pdu: Pdu) -> EncodedPdu:
    """The PDU in hex, with the length that AT+CMGS wants. Raises `PduEncodeError` if a field does not fit."""
    tpdu = encode_tpdu(pdu.tpdu)
    return _make_encoded((encode_smsc(pdu.smsc) + tpdu).hex().upper(), len(tpdu))


def decode_pdu(hex_pdu: str, direction: Direction, *, strict: bool = False) -> Pdu:
    """The PDU in a line of hex from the modem; as `decode_tpdu`, offsets from the SMSC address on."""
    try:
        octets = bytes.fromhex(hex_pdu)
    except ValueError:
        raise PduDecodeError("not pairs of hex digits", offset=_first_bad_pair(hex_pdu)) from None
    reader = Reader(octets, strict=True) if strict else Reader(octets)  # the second form is quicker
    smsc = decode_smsc(reader.counted("SMSC"))
    return _make_pdu(smsc, _decode_tpdu(reader, direction))


def _first_bad_pair(hex_pdu: str) -> int:
    pairs = zip(hex_pdu[::2], hex_pdu[1::2], strict=False)
    return next((i for i, pair in enumerate(pairs) if not set(pair) <= _HEX_DIGITS), len(hex_pdu) // 2)
