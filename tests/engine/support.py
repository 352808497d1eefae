"""What the engine's tests share: inline journal, clock, ids, and routes whose other side is scripted."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import deque
from concurrent.futures import Executor, Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alert_engine.clock import LoopClock
from alert_engine.decisions.throttle import Limits
from alert_engine.engine import AlertEngine
from alert_engine.failpoints import disarmed
from alert_engine.journal.store import Journal
from alert_engine.model import Address, Channel, Person
from alert_engine.routes.base import (
    Accepted,
    ErrorClass,
    InboundReport,
    InboundSms,
    OutboundMessage,
    Outcome,
    Rejected,
    ReportStatus,
    RouteHealth,
    RouteSink,
    RouteState,
    SegmentProgress,
    SegmentState,
    Unknown,
)
from alert_engine.settings import EngineSettings
from alert_engine.supervision.settings import SupervisionSettings
from tests import virtual_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    from alert_engine.model import EngineEvent, Message

EPOCH = datetime(2026, 3, 1, 14, 7, tzinfo=UTC)

# What an address bears has stories of its own (`test_telling_*`); the others are about one thing at a time.
UNLIMITED = {channel: Limits(windows=(), reserve=(), bundle=timedelta(0)) for channel in Channel}

OK = RouteHealth(state=RouteState.OK)
FAILED = RouteHealth(state=RouteState.FAILED, reason="the modem is gone: plug it in")

ANNA = Person(id="anna", name="Anna", addresses=(Address(channel=Channel.SMS, value="+436641111111"),))
BERT = Person(id="bert", name="Bert", addresses=(Address(channel=Channel.SMS, value="+436642222222"),))
CARL = Person(
    id="carl",
    name="Carl",
    addresses=(Address(channel=Channel.SMS, value="+436643333333"),),
    can_acknowledge=False,
)


def number_of(person: Person) -> str:
    return person.addresses[0].value


class InlineExecutor(Executor):
    """Runs everything at once, in the caller's thread: the order of a test is the order of its lines."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as every executor does
            future.set_exception(error)
        return future


def inline_journal(path: Path, **options: Any) -> Journal:
    return Journal(path, writer=InlineExecutor(), reader=InlineExecutor(), **options)


class StoryClock(LoopClock):
    """Wall time that begins at `EPOCH` and follows the loop; `offset` lets it jump."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.monotonic() - virtual_time.START) + self.offset


class CountedIds:
    """uid-1, uid-2 …, and chance from a seed."""

    def __init__(self, seed: int = 1) -> None:
        self._numbers = itertools.count(1)
        self._random = random.Random(seed)
        self.prefix = "uid"

    def uid(self) -> str:
        return f"{self.prefix}-{next(self._numbers)}"

    def draw(self, count: int) -> int:
        return self._random.randrange(count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A segment that left for the network."""

    at: float  # seconds since the story began
    uid: str
    address: str
    text: str
    segment: int
    reference: str
    concat_reference: int
    plain: bool = False


@dataclass(slots=True)
class Step:
    """How the other side treats one message."""

    outcome: Outcome | Exception | None = None  # None: accept
    at_segment: int = 0  # where `outcome` happens
    after_submit: bool = False  # whether the segment had left by then
    seconds: float = 1.0  # per segment
    hold: asyncio.Event | None = None  # wait for this after the segment has left


ACCEPT = Step()
LOST = Step(outcome=Unknown(reason="no answer from the network"), after_submit=True)


def rejected(error_class: ErrorClass, reason: str = "no", *, code: str = "", at_segment: int = 0) -> Step:
    outcome = Rejected(error_class=error_class, reason=reason, code=code)
    return Step(outcome=outcome, at_segment=at_segment)


class FakeRoute:
    """A route with a scripted other side: it takes a step of `script` per message, then accepts."""

    def __init__(
        self,
        name: str = "modem",
        *,
        script: Sequence[Step] = (),
        channels: frozenset[Channel] = frozenset({Channel.SMS}),
        health: RouteHealth = OK,
        segment_length: int = 160,
        first_reference: int = 1,
    ) -> None:
        self.name = name
        self.channels = channels
        self.health = health
        self.script = deque(script)
        self.left: list[Left] = []
        self.given: list[OutboundMessage] = []
        self.segment_length = segment_length
        self.references = itertools.count(first_reference)
        self.sink: RouteSink | None = None
        self.stopped = False

    async def start(self, sink: RouteSink) -> None:
        self.sink = sink

    async def stop(self) -> None:
        self.stopped = True

    def plan_segments(self, message: OutboundMessage) -> int:
        if not message.plain and "\N{SNOWMAN}" in message.text:
            raise ValueError("no snowmen here")
        return max(1, -(-len(message.text) // self.segment_length))

    async def send(
        self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
    ) -> Outcome:
        self.given.append(message)
        step = self.script.popleft() if self.script else ACCEPT
        planned = self.plan_segments(message)
        references = []
        for segment in message.segments_to_send or range(planned):
            reference = str(next(self.references) % 256)
            happens = step.outcome is not None and segment == step.at_segment
            if happens and not step.after_submit:
                return _happen(step)
            await progress(SegmentProgress(segment=segment, state=SegmentState.SUBMITTED))
            self._leave(message, segment, reference)
            if step.hold is not None:
                await step.hold.wait()
            await asyncio.sleep(step.seconds)
            if happens:
                if isinstance(step.outcome, Rejected):
                    self.left.pop()  # the network did not take it
                return _happen(step)
            told = SegmentProgress(segment=segment, state=SegmentState.ACCEPTED, reference=reference)
            await progress(told)
            references.append(reference)
        return Accepted(reference=",".join(references), segments=len(references))

    def _leave(self, message: OutboundMessage, segment: int, reference: str) -> None:
        self.left.append(
            Left(
                at=asyncio.get_running_loop().time() - virtual_time.START,
                uid=message.uid,
                address=message.address,
                text=message.text,
                segment=segment,
                reference=reference,
                concat_reference=message.concat_reference,
                plain=message.plain,
            )
        )

    # --- the other side acts ------------------------------------------------------------------------------

    @property
    def texts(self) -> list[tuple[str, str]]:
        """(address, text) of everything that left, one per first segment."""
        return [(left.address, left.text) for left in self.left if left.segment == 0]

    async def deliver(
        self, left: Left, status: ReportStatus = ReportStatus.DELIVERED, **changes: Any
    ) -> None:
        """A delivery report comes in for a segment."""
        assert self.sink is not None
        fields: dict[str, Any] = {
            "reference": left.reference,
            "address": left.address,
            "status": status,
            "reported_at": now(),
            "accepted_at": EPOCH + timedelta(seconds=left.at),
        }
        await self.sink.report(self.name, InboundReport(**(fields | changes)))

    async def receive(self, sender: Person | str, text: str, **changes: Any) -> None:
        """A message comes in."""
        assert self.sink is not None
        fields: dict[str, Any] = {
            "sender": sender if isinstance(sender, str) else number_of(sender),
            "sender_can_be_answered": True,
            "text": text,
            "received_at": now(),
            "service_centre_time": now(),
            "is_text": True,
        }
        await self.sink.inbound(self.name, InboundSms(**(fields | changes)))

    async def become(self, health: RouteHealth) -> None:
        """The route's health changes."""
        self.health = health
        assert self.sink is not None
        await self.sink.health(self.name, health)


def _happen(step: Step) -> Outcome:
    if isinstance(step.outcome, Exception):
        raise step.outcome
    assert step.outcome is not None
    return step.outcome


def now() -> datetime:
    return EPOCH + timedelta(seconds=asyncio.get_running_loop().time() - virtual_time.START)


@dataclass
class Story:
    """An engine at work, with what it told."""

    engine: AlertEngine
    route: FakeRoute
    clock: StoryClock
    events: list[EngineEvent] = field(default_factory=list)

    async def until(self, seconds: float) -> None:
        """Go on to this second of the story."""
        await self.clock.sleep_until(virtual_time.START + seconds)

    async def message(self, uid: str) -> Message:
        found = [message for message in await self.engine.messages(limit=1000) if message.uid == uid]
        return found[0]

    def names(self) -> list[str]:
        """The alarm events so far."""
        return [event.event for event in self.events if hasattr(event, "event")]


def make_engine(
    directory: Path,
    *,
    people: tuple[Person, ...] = (ANNA,),
    clock: StoryClock | None = None,
    failpoint: Callable[[str], None] = disarmed,
    ids: CountedIds | None = None,
    ping: Callable[[], Awaitable[object]] | None = None,
    **settings: Any,
) -> AlertEngine:
    settings.setdefault("limits", UNLIMITED)
    settings.setdefault("supervision", SupervisionSettings(raises_alarms=False))
    return AlertEngine(
        EngineSettings(gateway="test", people=people, **settings),
        inline_journal(directory / "journal.db"),
        clock=clock or StoryClock(),
        ids=ids or CountedIds(),
        failpoint=failpoint,
        ping=ping,
    )


@asynccontextmanager
async def telling(
    directory: Path,
    *,
    people: tuple[Person, ...] = (ANNA,),
    route: FakeRoute | None = None,
    failpoint: Callable[[str], None] = disarmed,
    ids: CountedIds | None = None,
    offset: timedelta = timedelta(0),
    **settings: Any,
) -> AsyncIterator[Story]:
    """Run an engine on `directory` with one route; `offset` is how long after `EPOCH` it begins."""
    clock = StoryClock()
    clock.offset = offset
    engine = make_engine(directory, people=people, clock=clock, failpoint=failpoint, ids=ids, **settings)
    story = Story(engine=engine, route=route or FakeRoute(), clock=clock)
    engine.subscribe(story.events.append)
    await engine.start()
    await engine.add_route(story.route)
    try:
        yield story
    finally:
        await engine.stop()
    assert engine.supervision().violations == 0
