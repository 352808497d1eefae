"""Each case of bytes is fed in several ways; what comes out must not depend on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gsm_driver.at.events import AtEvent
from gsm_driver.at.session import AtSession
from gsm_driver.at.urc import Urc

Feed = Callable[[AtSession, bytes], list[AtEvent]]

INTRUDER = b"\r\n^RSSI: 17\r\n"  # Huawei says it at any moment (babca/python-gsmmodem#47)


def whole(session: AtSession, data: bytes) -> list[AtEvent]:
    """All at once."""
    return session.receive_data(data)


def byte_by_byte(session: AtSession, data: bytes) -> list[AtEvent]:
    """One byte at a time, as a slow UART does."""
    return [event for at in range(len(data)) for event in session.receive_data(data[at : at + 1])]


def with_trailing_urc(session: AtSession, data: bytes) -> list[AtEvent]:
    """Something else follows in the same read."""
    *events, last = session.receive_data(data + INTRUDER)
    assert isinstance(last, Urc)
    assert last.prefix == "^RSSI"
    return events


def with_urc_between_lines(session: AtSession, data: bytes) -> list[AtEvent]:
    """A URC after each line end, also between a header and its PDU."""
    events = session.receive_data(data.replace(b"\r\n", b"\r\n" + INTRUDER))
    return [event for event in events if not (isinstance(event, Urc) and event.prefix == "^RSSI")]


EVERY_WAY = pytest.mark.parametrize("feed", [whole, byte_by_byte, with_trailing_urc, with_urc_between_lines])
UNINTERRUPTED = pytest.mark.parametrize("feed", [whole, byte_by_byte, with_trailing_urc])
"""For what a URC legitimately ends: a quoted text, a lone line without CRLF."""
