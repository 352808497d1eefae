"""The codec of short messages: all six TPDUs, in both directions, strict and lenient."""

from __future__ import annotations

from gsm_driver.errors import PduDecodeError
from gsm_driver.pdu.classify import classify
from gsm_driver.pdu.tpdu import (
    Direction,
    Pdu,
    SmsDeliver,
    decode_pdu,
    decode_tpdu,
    encode_pdu,
    encode_tpdu,
)
from gsm_driver.pdu.user_data import UserData, join_text
from lab.fuzz.target import Target


def one(data: bytes) -> None:
    """The first octet chooses direction and strictness; the rest is a PDU."""
    if not data:
        return
    direction = Direction.MT if data[0] & 1 else Direction.MO
    strict = bool(data[0] & 2)
    try:
        pdu = decode_pdu(data[1:].hex(), direction, strict=strict)
    except PduDecodeError as error:
        assert error.offset is not None, "an error without its place"
        assert 0 <= error.offset < len(data), "a place outside the PDU"
        return
    _use(pdu, len(data))
    if strict:
        octets = encode_tpdu(pdu.tpdu)
        assert decode_tpdu(octets, direction) == pdu.tpdu, "another TPDU came back"
        assert encode_pdu(Pdu(tpdu=pdu.tpdu)).hex_pdu == f"00{octets.hex().upper()}"


def _use(pdu: Pdu, length: int) -> None:
    """Read whatever can be read of a PDU."""
    repr(pdu)
    user_data = getattr(pdu.tpdu, "user_data", None)
    if isinstance(user_data, UserData):
        assert len(user_data.text.encode()) <= 4 * (2 * length), "more text than octets can hold"
        join_text((user_data, None, user_data)).encode()
    if isinstance(pdu.tpdu, SmsDeliver):
        classify(pdu.tpdu)
        pdu.tpdu.service_centre_time.to_datetime()


TARGET = Target(one=one, max_length=200, longest=400)
