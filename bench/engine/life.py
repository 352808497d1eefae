"""One alarm from its raise to its end, one that stays open, and one text of a person, played by the engine.

What the engine writes of them is what all rows of a large journal are copies of.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alert_engine.clock import SystemClock
from alert_engine.decisions.throttle import Limits
from alert_engine.engine import AlertEngine
from alert_engine.ids import RandomIds
from alert_engine.journal.store import Journal
from alert_engine.model import (
    Address,
    AlarmAcknowledge,
    AlarmClear,
    AlarmRaise,
    Channel,
    MessageChanged,
    MessageState,
    Person,
    Severity,
)
from alert_engine.routes.base import (
    Accepted,
    InboundReport,
    InboundSms,
    ReportStatus,
    RouteHealth,
    RouteState,
    SegmentProgress,
    SegmentState,
)
from alert_engine.settings import EngineSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from alert_engine.model import EngineEvent
    from alert_engine.routes.base import OutboundMessage, Outcome, RouteSink

ROUTE = "stick"
SOURCE = "plc"
PEOPLE = 20
WITHIN = 60.0  # seconds for a story that takes a fraction of one
# So that what is told is told at once, and one by one.
UNLIMITED = {channel: Limits(windows=(), reserve=(), bundle=timedelta(0)) for channel in Channel}


def number_of(person: int) -> str:
    """The telephone number of one of the people."""
    return f"+43660{1_000_000 + person}"


def everybody() -> tuple[Person, ...]:
    """`PEOPLE`, each with a telephone."""
    return tuple(
        Person(
            id=f"p{person}",
            name=f"Person {person}",
            addresses=(Address(channel=Channel.SMS, value=number_of(person)),),
        )
        for person in range(PEOPLE)
    )


class PromptRoute:
    """Takes everything at once, and reports it delivered."""

    name = ROUTE
    channels = frozenset({Channel.SMS})
    health = RouteHealth(state=RouteState.OK)

    def __init__(self) -> None:
        self._sink: RouteSink | None = None
        self._count = 0

    async def start(self, sink: RouteSink) -> None:
        """Know whom to tell."""
        self._sink = sink

    async def stop(self) -> None:
        """There is nothing to stop."""

    def plan_segments(self, message: OutboundMessage) -> int:
        """One for all."""
        del message
        return 1

    async def send(
        self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
    ) -> Outcome:
        """It is taken; the report comes right after."""
        self._count += 1
        reference = str(self._count % 256)
        await progress(SegmentProgress(segment=0, state=SegmentState.SUBMITTED))
        await progress(SegmentProgress(segment=0, state=SegmentState.ACCEPTED, reference=reference))
        now = SystemClock().now()
        report = InboundReport(
            reference=reference,
            address=message.address,
            status=ReportStatus.DELIVERED,
            reported_at=now,
            accepted_at=now,
        )
        assert self._sink is not None  # noqa: S101 - it was started
        await self._sink.report(self.name, report)
        return Accepted(reference=reference, segments=1)


def make_engine(journal: Path, people: tuple[Person, ...], **settings: Any) -> AlertEngine:
    """An engine as it is shipped: real clock, real disk, threads that write and read."""
    told = EngineSettings(gateway="bench", people=people, **settings)
    return AlertEngine(told, Journal(journal), clock=SystemClock(), ids=RandomIds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Ids of what was played."""

    closed: str  # an alarm that was told to both people, taken and cleared
    open: str  # one that was told to both


async def play(journal: Path) -> Life:
    """Play it on a new journal, and see all of it delivered."""
    engine = make_engine(journal, everybody()[:2], limits=UNLIMITED)
    delivered: set[str] = set()
    changed = asyncio.Event()

    def hear(event: EngineEvent) -> None:
        if isinstance(event, MessageChanged) and event.message.state is MessageState.DELIVERED:
            delivered.add(event.message.uid)
            changed.set()

    async def until(count: int) -> None:
        while len(delivered) < count:
            changed.clear()
            await changed.wait()

    engine.subscribe(hear)
    await engine.start()
    try:
        await engine.add_route(PromptRoute())
        async with asyncio.timeout(WITHIN):
            return await _play(engine, until)
    finally:
        await engine.stop()


async def _play(engine: AlertEngine, until: Callable[[int], Awaitable[None]]) -> Life:
    closed = await engine.raise_alarm(_raise("closed", Severity.HIGH))
    await until(2)
    await engine.acknowledge(AlarmAcknowledge(by="p0", alarm_id=closed.alarms[0].id))
    await until(3)
    await engine.clear(AlarmClear(source=SOURCE, key="closed"))
    await until(5)
    await engine.inbound(ROUTE, _text())
    await until(6)
    still_open = await engine.raise_alarm(_raise("open", Severity.NORMAL))
    await until(8)
    return Life(closed=closed.alarms[0].id, open=still_open.alarms[0].id)


def _raise(key: str, severity: Severity) -> AlarmRaise:
    return AlarmRaise(
        source=SOURCE, key=key, severity=severity, title="Pump stopped", text="Hall 3, tank B runs dry"
    )


def _text() -> InboundSms:
    now = SystemClock().now()
    return InboundSms(
        sender=number_of(0),
        sender_can_be_answered=True,
        text="Who is on site today?",
        received_at=now,
        service_centre_time=now,
        is_text=True,
    )
