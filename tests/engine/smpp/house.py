"""What the tests of SMPP share: the engine's end, messages, clocks, and a message centre made of bytes."""

from __future__ import annotations

import asyncio
import struct
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from alert_engine.clock import SystemClock
from alert_engine.model import Channel, Priority
from alert_engine.routes.base import (
    InboundReport,
    InboundSms,
    KeyAnswer,
    LateAcceptance,
    OutboundMessage,
    RouteHealth,
    RouteState,
    SegmentProgress,
)
from alert_engine.routes.smpp import SmppAccount, SmppRoute
from tests.engine import listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from alert_engine.clock import Clock
    from alert_engine.errors import JournalError
    from alert_engine.routes.base import KeyPress, Outcome, Ring

ANNA = "+436601234567"
BERT = "+436607654321"
HASTE = 10.0  # times as fast as the clock on the wall


class HastyClock(SystemClock):
    """For peers that live in the time of the wall: our waits for them are a tenth as long."""

    def monotonic(self) -> float:
        return super().monotonic() * HASTE

    async def sleep_until(self, deadline: float) -> None:
        await super().sleep_until(deadline / HASTE + super().monotonic() - self.monotonic() / HASTE)

    async def wait(self, event: asyncio.Event, deadline: float | None = None) -> bool:
        return await super().wait(event, None if deadline is None else deadline / HASTE)


class SteadyIds:
    """No chance at all."""

    def uid(self) -> str:
        return "0" * 32

    def draw(self, count: int) -> int:
        return 0


@dataclass
class Sink:
    """The engine's end: keeps what it got; its journal refuses when told."""

    messages: list[InboundSms] = field(default_factory=list)
    reports: list[InboundReport] = field(default_factory=list)
    late: list[LateAcceptance] = field(default_factory=list)
    healths: list[RouteHealth] = field(default_factory=list)
    references: tuple[str, ...] = ()
    refusal: JournalError | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def inbound(self, route: str, message: InboundSms) -> None:
        self._commit(self.messages, message)

    async def report(self, route: str, report: InboundReport) -> None:
        self._commit(self.reports, report)

    async def accepted_late(self, route: str, acceptance: LateAcceptance) -> None:
        self._commit(self.late, acceptance)

    async def health(self, route: str, health: RouteHealth) -> None:
        self._commit(self.healths, health)

    async def awaited(self, route: str) -> tuple[str, ...]:
        return self.references

    async def key_pressed(self, route: str, press: KeyPress) -> KeyAnswer:
        raise AssertionError(f"{route} heard a key")

    async def rung(self, route: str, ring: Ring) -> None:
        raise AssertionError(f"{route} was rung")

    def _commit(self, kept: list[Any], what: Any) -> None:
        if self.refusal is not None:
            raise self.refusal
        kept.append(what)
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to be handed in."""
        async with asyncio.timeout(1000):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    async def until_state(self, state: RouteState) -> None:
        await self.until(lambda: bool(self.healths) and self.healths[-1].state is state)


def a_message(text: str = "Water in the cellar", **changes: Any) -> OutboundMessage:
    fields: dict[str, Any] = {
        "uid": "m1",
        "channel": Channel.SMS,
        "address": ANNA,
        "text": text,
        "priority": Priority.HIGH,
        "concat_reference": 0xA7,
    }
    return OutboundMessage(**{**fields, **changes})


def an_account(port: int = 2775, **changes: Any) -> SmppAccount:
    fields: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "system_id": "esme",
        "password": "secret",
        "tls": False,
        "sender": "Alarm",
        "per_second": 1000,
    }
    return SmppAccount(**{**fields, **changes})


@dataclass
class Bench:
    """A route and the engine's end of it."""

    route: SmppRoute
    sink: Sink
    steps: list[SegmentProgress] = field(default_factory=list)

    async def note(self, step: SegmentProgress) -> None:
        self.steps.append(step)

    def send(self, text: str = "Water in the cellar", **changes: Any) -> asyncio.Task[Outcome]:
        return asyncio.create_task(self.route.send(a_message(text, **changes), self.note))

    def told(self, segment: int) -> list[str]:
        return [step.state.value for step in self.steps if step.segment == segment]


@asynccontextmanager
async def a_route(
    account: SmppAccount, clock: Clock, *, state: RouteState | None = RouteState.OK
) -> AsyncIterator[Bench]:
    sink = Sink()
    route = SmppRoute("centre", account, clock=clock, ids=SteadyIds())
    await route.start(sink)
    try:
        if state is not None:
            await sink.until_state(state)
        yield Bench(route, sink)
    finally:
        await route.stop()


# --- a message centre made of bytes -------------------------------------------------------------------------

HEADER = struct.Struct("!IIII")
BIND, SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x09, 0x04, 0x05, 0x06, 0x15


def unit(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    return HEADER.pack(16 + len(body), command, status, sequence) + body


def delivery(
    text: bytes,
    *,
    source: str = "436601234567",
    ton: int = 1,
    esm_class: int = 0,
    coding: int = 0,
    parameters: bytes = b"",
) -> bytes:
    """The body of a deliver_sm, written down from clause 4.6.1."""
    return b"".join(
        (
            b"\0",
            bytes((ton, 1)),
            source.encode() + b"\0",
            b"\x01\x01",
            b"43123\0",
            bytes((esm_class, 0, 0)),
            b"\0\0",
            bytes((0, 0, coding, 0, len(text))),
            text,
            parameters,
        )
    )


@dataclass
class WireCentre:
    """Takes what comes and answers as the test says; in the test's own loop, so time can be virtual."""

    bind_status: int = 0
    answers_enquiries: bool = True
    answers_unbind: bool = True
    got: asyncio.Queue[tuple[int, int, int, bytes]] = field(default_factory=asyncio.Queue)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    binds: list[float] = field(default_factory=list)
    enquiries: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while True:
                length, command, status, sequence = HEADER.unpack(await reader.readexactly(16))
                body = await reader.readexactly(length - 16)
                self._take(writer, command, status, sequence, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _take(
        self, writer: asyncio.StreamWriter, command: int, status: int, sequence: int, body: bytes
    ) -> None:
        if command == BIND:
            self.binds.append(asyncio.get_running_loop().time())
            writer.write(unit(command | 0x80000000, sequence, b"centre\0", self.bind_status))
        elif command == ENQUIRE:
            self.enquiries += 1
            if self.answers_enquiries:
                writer.write(unit(command | 0x80000000, sequence))
        elif command == UNBIND:
            if self.answers_unbind:
                writer.write(unit(command | 0x80000000, sequence))
        else:
            self.got.put_nowait((command, status, sequence, body))

    def write(self, octets: bytes) -> None:
        self.writers[-1].write(octets)

    def drop(self) -> None:
        self.writers[-1].transport.abort()

    async def next(self, command: int) -> tuple[int, int, bytes]:
        """(status, sequence, body) of the next unit, which must be this."""
        got, status, sequence, body = await asyncio.wait_for(self.got.get(), 500)
        assert got == command
        return status, sequence, body

    async def take(self, message_id: str) -> bytes:
        """Accept the next submission; returns its body."""
        _, sequence, body = await self.next(SUBMIT)
        self.write(unit(SUBMIT | 0x80000000, sequence, message_id.encode() + b"\0"))
        return body

    async def refuse(self, status: int) -> None:
        _, sequence, _ = await self.next(SUBMIT)
        self.write(unit(SUBMIT | 0x80000000, sequence, status=status))

    async def delivered(self, body: bytes, sequence: int = 1) -> int:
        """Deliver; the status of the answer."""
        self.write(unit(DELIVER, sequence, body))
        status, answered, _ = await self.next(DELIVER | 0x80000000)
        assert answered == sequence
        return status


@asynccontextmanager
async def a_centre(**behaviour: Any) -> AsyncIterator[WireCentre]:
    centre = WireCentre(**behaviour)
    server = await asyncio.start_server(centre.serve, "127.0.0.1", 0)
    centre.port = server.sockets[0].getsockname()[1]
    try:
        yield centre
    finally:
        await listening.end(server)
        for writer in centre.writers:
            writer.close()
