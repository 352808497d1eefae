"""PDUs as an inbox takes them: decoded as announced, segments put together, what never came given up."""

from __future__ import annotations

from datetime import datetime

from gsm_driver.decoding import Collected, DecodedPdu, Decoder
from gsm_driver.models import ReceivedSms, StorageSlot
from lab.fuzz.target import Target

_MAX_PDUS = 32  # of one input
_EVER = 1e9  # seconds: longer than any segment is waited for


def one(data: bytes) -> None:
    """PDUs, each after two octets: the length that is announced (0: none is), and how many follow."""
    decoder = Decoder()
    given, taken = 0, 0
    for announced, octets in _parts(data):
        pdu = decoder.decode(octets.hex(), announced or None)
        assert isinstance(pdu, DecodedPdu)
        hash(pdu.key)
        given += 1
        slot = StorageSlot(memory="SM", index=given)
        for collected in decoder.collect(pdu, slot, float(given)):
            taken += _used(collected)
    for collected in decoder.expire(_EVER):
        taken += _used(collected)
    assert taken == given, f"{given} PDUs came in and {taken} came out"


def _parts(data: bytes) -> list[tuple[int, bytes]]:
    parts: list[tuple[int, bytes]] = []
    while len(data) > 2 and len(parts) < _MAX_PDUS:
        announced, size = data[0], data[1]
        parts.append((announced, data[2 : 2 + size]))
        data = data[2 + size :]
    return parts


def _used(collected: Collected) -> int:
    """How many PDUs are in it."""
    event = collected.event
    repr(event)
    if isinstance(event, ReceivedSms):
        event.text.encode()
        assert event.service_centre_time is None or isinstance(event.service_centre_time, datetime)
        assert 0 <= event.missing <= event.segments, "more is missing than there was"
    return len(collected.keys)


TARGET = Target(one=one, max_length=500, longest=4096)
