"""The AT dialogue: any octets of a modem, between any commands, cut anywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.events import AtEvent, FinalResult
from gsm_driver.at.redaction import RedactedLines
from gsm_driver.at.result_codes import error_from_final
from gsm_driver.at.session import MAX_INFORMATION_LINES, AtSession
from gsm_driver.errors import UsageError
from lab.fuzz.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gsm_driver.at.exchange import AtCommand

# A session drops NUL as noise, so that it can say here: now the caller does what the next octet names.
_STEP = re.compile(rb"\x00(.?)", re.DOTALL)
_LONG = b"z" * 9000  # more than a line may have; once in an input, since it is given four times
_ONE_BY_ONE = 256  # octets; of longer inputs that would be most of the time

_COMMANDS: tuple[AtCommand, ...] = (
    commands.attention(),
    commands.query_pin(),
    commands.query_registration(),
    commands.query_signal(),
    commands.query_operator(),
    commands.query_storage(),
    commands.list_messages(),
    commands.read_message(3),
    commands.query_manufacturer(),
    commands.query_imei(),
    commands.dial_voice("+436641234567"),
    commands.list_calls(),
    commands.start_ussd("*100#"),
    commands.acknowledge_message(),
    commands.query_clock(),
    *commands.synchronisers(),
    commands.send_message(19, "0011000C914366143254760000A705E8329BFD06"),
)
_SEND = len(_COMMANDS) - 1


def one(data: bytes) -> None:
    """Octets of the modem; NUL and a letter is what the caller does in between."""
    whole = _played(data, lambda octets: [octets] if octets else [])
    assert whole == _played(data, _pieces), "the same octets meant something else when they came in pieces"
    whole_log, cut_log = RedactedLines(), RedactedLines()
    assert whole_log.feed(data) == [line for piece in _pieces(data) for line in cut_log.feed(piece)]


def _pieces(octets: bytes) -> list[bytes]:
    """One by one, or what is long in pieces of a prime number."""
    size = 1 if len(octets) <= _ONE_BY_ONE else 97
    return [octets[at : at + size] for at in range(0, len(octets), size)]


def _played(data: bytes, slices: Callable[[bytes], list[bytes]]) -> list[AtEvent]:
    session, events = AtSession(), []
    for step, octets in _steps(data):
        if step:
            _do(session, step)
        for each in slices(octets):
            events += session.receive_data(each)
    for event in events:
        _use(event)
    repr(session.pending)
    assert len(events) <= 2 * len(data) + 2, "more events than octets"
    return events


def _steps(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """What the caller does, and what comes then."""
    parts = _STEP.split(data)
    yield b"", parts[0]
    was_long = False
    for step, octets in zip(parts[1::2], parts[2::2], strict=True):
        is_long, was_long = step == b"L" and not was_long, was_long or step == b"L"
        yield step, _LONG + octets if is_long else octets


def _do(session: AtSession, step: bytes) -> None:
    try:
        match step:
            case b"P":
                assert session.payload().endswith(b"\x1a")
            case b"R":
                session.probe()
            case b"C":
                session.cancel()
            case b"D":
                session.declare_clean()
            case b"S":
                session.start(_COMMANDS[_SEND])
            case b"O":
                session.collected("OK")
            case _:
                line = session.start(_COMMANDS[step[0] % len(_COMMANDS)])
                assert line.endswith(b"\r")
    except UsageError:
        return  # it says that this cannot be done now


def _use(event: AtEvent) -> None:
    repr(event)
    if isinstance(event, FinalResult):
        assert len(event.response.lines) <= MAX_INFORMATION_LINES
        if not event.code.is_success:
            str(error_from_final(event.response.command, event.code, submitted=True))


TARGET = Target(
    one=one,
    max_length=400,
    longest=4096,
    words=(
        *(b"\r\nOK\r\n", b"\r\nERROR\r\n", b"\r\n+CME ERROR: 10\r\n", b"\r\n+CMS ERROR: 500\r\n", b"\r\n> "),
        *(b"\x00P", b"\x00R", b"\x00C", b"\x00D", b"\x00S", b"\x00L", b"\x00O", b"\x00\x06", b"\x00\x0a"),
        *(b"+CMGS: 5\r\n", b"+CMGL: 1,0,,23\r\n", b"+CMT: ,23\r\n", b"+CDS: 25\r\n", b'+CUSD: 0,"'),
        *(b"+CREG: 0,1\r\n", b"+CPIN: READY\r\n", b"RING\r\n", b"NO CARRIER\r\n", b"+CLCC: 1,0,0,0,0\r\n"),
    ),
)
