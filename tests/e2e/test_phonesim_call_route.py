"""The call route on a modem that nobody here wrote: ofono-phonesim. Its numbers: `test_phonesim_calls`."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import pytest_socket

from alert_engine.clock import SystemClock
from alert_engine.model import Channel, Priority
from alert_engine.routes.base import (
    Accepted,
    ErrorClass,
    InboundReport,
    InboundSms,
    KeyAnswer,
    KeyPress,
    LateAcceptance,
    OutboundMessage,
    Rejected,
    ReportStatus,
    Ring,
    RouteHealth,
    RouteState,
    SegmentProgress,
)
from alert_engine.routes.gsm_calls import GsmCallRoute
from alert_engine.routes.gsm_modem import GsmModemRoute
from gsm_driver import ModemSupervisor
from lab.parts.phonesim import REPORTED_NUMBER, Phonesim, missing_parts, running_phonesim

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

REASON = missing_parts()
pytestmark = [
    pytest.mark.skipif(bool(REASON), reason=f"ofono-phonesim: {REASON}"),
    pytest.mark.timeout(150),  # seconds; a Qt start on a busy machine may take 20
]
DEADLINE = 30.0  # seconds until anything here must have happened; phonesim calls back after 5
RING_FOR = 3.0
CALLER = "1234567"


@dataclass
class Sink:
    """The engine's end."""

    reports: list[InboundReport] = field(default_factory=list)
    rings: asyncio.Queue[Ring] = field(default_factory=asyncio.Queue)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def inbound(self, route: str, message: InboundSms) -> None:
        """Nothing is expected."""

    async def report(self, route: str, report: InboundReport) -> None:
        self.reports.append(report)

    async def accepted_late(self, route: str, acceptance: LateAcceptance) -> None:
        """Nothing is expected."""

    async def health(self, route: str, health: RouteHealth) -> None:
        if health.state in {RouteState.OK, RouteState.DEGRADED}:
            self.ready.set()

    async def awaited(self, route: str) -> tuple[str, ...]:
        return ()

    async def key_pressed(self, route: str, press: KeyPress) -> KeyAnswer:
        return KeyAnswer.IGNORED  # phonesim hears no keys

    async def rung(self, route: str, ring: Ring) -> None:
        self.rings.put_nowait(ring)


@dataclass
class Bench:
    """Both routes on phonesim."""

    phonesim: Phonesim
    messages: GsmModemRoute
    calls: GsmCallRoute
    sink: Sink

    async def call(self, number: str) -> object:
        return await self.calls.send(outbound(number, Channel.CALL), note)


async def note(_: SegmentProgress) -> None:
    """The journal."""


def outbound(number: str, channel: Channel) -> OutboundMessage:
    return OutboundMessage(
        uid=f"call-{number}",
        channel=channel,
        address=number,
        text="Wasser im Keller",
        priority=Priority.CRITICAL,
        concat_reference=1,
    )


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Bench]:
    pytest_socket.enable_socket()
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)  # out of its network namespace
    async with running_phonesim(folder) as phonesim:
        sink = Sink()
        messages = GsmModemRoute("stick", ModemSupervisor(phonesim.url), clock=SystemClock())
        calls = GsmCallRoute(messages, clock=SystemClock(), ring_for=RING_FOR)
        await messages.start(sink)
        await calls.start(sink)
        try:
            async with asyncio.timeout(4 * DEADLINE):
                await sink.ready.wait()
                yield Bench(phonesim, messages, calls, sink)
        finally:
            await calls.stop()
            await messages.stop()


async def test_busy_answered_and_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        busy = await it.call("155")
        assert isinstance(busy, Rejected)
        assert (busy.error_class, busy.code) == (ErrorClass.TEMPORARY, "busy")
        assert await it.call("05123002") == Accepted(reference="call-05123002", segments=1)
        assert [report.status for report in it.sink.reports] == [ReportStatus.DELIVERED]
        assert await it.call("06123030") == Accepted(reference="call-06123030", segments=1)
        assert len(it.sink.reports) == 1


async def test_sms_while_it_rings_and_the_end_of_a_call_that_nobody_needs(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        calling = asyncio.create_task(it.call("0664123"))
        await asyncio.sleep(0)
        sent = await it.messages.send(outbound(REPORTED_NUMBER, Channel.SMS), note)
        assert isinstance(sent, Accepted)
        assert not calling.done()
        it.calls.interrupt("call-0664123")
        assert isinstance(await calling, Rejected)


async def test_whoever_calls_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        await it.call("199")
        assert (await it.sink.rings.get()).caller == CALLER
        while it.messages.modem is not None and it.messages.modem.calls.current is not None:
            await it.messages.modem.calls.current.ended()
        assert isinstance(await it.call("155"), Rejected)
