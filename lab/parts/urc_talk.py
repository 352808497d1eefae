"""Exchanges with a modem whose meaning is known, and unsolicited lines to put in between."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.events import FinalResult
from gsm_driver.at.session import AtSession

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from gsm_driver.at.events import AtEvent
    from gsm_driver.at.exchange import AtCommand, Response
    from gsm_driver.link import Link

Lines = tuple[str, ...]
"""What comes together: nothing is put between them."""

LINE_END = b"\r\n"
PROMPT = b"\r\n> "
_LONGEST_PIECE = 64  # octets that arrive together
_PDU = 24  # octets


class Talker:
    """The transport of a link, and the modem behind it: gives the next answer, with lines in between.

    Args:
        link: gets what is said.
        random: cuts it into pieces and puts the lines into it.
    """

    def __init__(self, link: Link, random: random.Random) -> None:
        self._link = link
        self._random = random
        self._loop = asyncio.get_running_loop()
        self._says: list[bytes] = []

    def next(self, command: AtCommand, answer: Sequence[Lines], between: Sequence[Lines]) -> None:
        """What to say to the next command: its answer, and lines at places in front of its final code."""
        said = [*answer]
        places = sorted(self._random.choices(range(len(answer)), k=len(between)))
        for before, (place, lines) in enumerate(zip(places, between, strict=True)):
            said.insert(place + before, lines)
        self._says = [_octets(said)]
        if command.payload is not None:
            self._says.insert(0, PROMPT)

    def write(self, _data: bytes) -> None:
        """The host wrote a command line or a payload."""
        if self._says:
            self._loop.call_soon(self._say, self._says.pop(0))

    def close(self) -> None:
        """The host let go."""
        self._loop.call_soon(self._link.connection_lost, None)

    def _say(self, data: bytes) -> None:
        while data:
            size = self._random.randint(1, _LONGEST_PIECE)
            self._link.data_received(data[:size])
            data = data[size:]


def meaning_of(command: AtCommand, answer: Sequence[Lines]) -> Response:
    """What an answer says when nothing is in between."""
    session = AtSession()
    session.start(command)
    if command.payload is not None:
        session.receive_data(PROMPT)
        session.payload()
    *_, last = session.receive_data(_octets(answer))
    assert isinstance(last, FinalResult)
    return last.response


def events_of(lines: Lines) -> list[AtEvent]:
    """What unsolicited lines say when no command is under way."""
    return AtSession().receive_data(_octets([lines]))


def exchanges(draw: random.Random) -> list[tuple[AtCommand, list[Lines]]]:
    """One of each kind, with other values each time."""
    stored = f"{draw.randint(0, 99)},{draw.randint(100, 200)}"
    area, cell = f"{draw.getrandbits(16):04X}", f"{draw.getrandbits(32):08X}"
    listed = [
        (f"+CMGL: {index},{draw.randint(0, 1)},,{_PDU}", _pdu(draw)) for index in range(draw.randint(0, 4))
    ]
    answers: list[tuple[AtCommand, list[Lines]]] = [
        (commands.query_signal(), [(f"+CSQ: {draw.randint(0, 31)},{draw.randint(0, 7)}",)]),
        (commands.query_registration(), [(f'+CREG: 2,{draw.randint(0, 5)},"{area}","{cell}",7',)]),
        (commands.query_storage(), [(f'+CPMS: "SM",{stored},"ME",{stored},"SM",{stored}',)]),
        (commands.query_operator(), [(f'+COPS: 0,0,"Operator {draw.randint(0, 9999)}",7',)]),
        (commands.query_model(), [(f"MODEL {draw.randint(0, 9999)}",)]),
        (commands.read_message(3), [(f"+CMGR: {draw.randint(0, 1)},,{_PDU}",), (_pdu(draw),)]),
        (commands.list_messages(), [(line,) for pair in listed for line in pair]),
        (commands.delete_message(3), []),
        (commands.send_message(_PDU - 1, _pdu(draw)), [(f"+CMGS: {draw.randint(0, 255)}",)]),
    ]
    return [(command, [*parts, ("OK",)]) for command, parts in answers]


def unsolicited(draw: random.Random) -> Lines:
    """Any that may come at any time, and is no answer to any of the commands of `exchanges`."""
    return draw.choice(_KINDS)(draw)


_KINDS: tuple[Callable[[random.Random], Lines], ...] = (
    lambda draw: (f'+CMTI: "SM",{draw.randint(1, 99)}',),
    lambda draw: (f'+CDSI: "SR",{draw.randint(1, 99)}',),
    lambda draw: (f"+CDS: {_PDU}", _pdu(draw)),
    lambda draw: (f"+CMT: ,{_PDU}", _pdu(draw)),
    lambda draw: (f'+CLIP: "+43660{draw.randint(0, 9999999):07}",145,"",0,"",0',),
    lambda draw: (
        f'+CREG: {draw.randint(0, 5)},"{draw.getrandbits(16):04X}","{draw.getrandbits(32):08X}",7',
    ),
    lambda draw: (f"^RSSI: {draw.randint(0, 31)}",),
    lambda draw: ('+CUSD: 0,"Credit', f'{draw.randint(0, 99)} EUR",15'),
    lambda _: ("RING",),
    lambda _: ("NO CARRIER",),
    lambda _: ("+CPIN: READY",),
)


def _pdu(draw: random.Random) -> str:
    return draw.randbytes(_PDU).hex().upper()


def _octets(said: Sequence[Lines]) -> bytes:
    return b"".join(LINE_END + line.encode("ascii") + LINE_END for lines in said for line in lines)
