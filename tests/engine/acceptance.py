"""What an alarm system is: things happen at moments, and in windows somebody must have been told.

::

    async with acceptance(tmp_path, people=(ANNA, BERT)) as plan:
        plan.at(0).raises("pump", Severity.CRITICAL)
        plan.between(0, 2).want(ANNA, "pump")
        plan.between(0, 4).want(BERT, "pump")
        plan.at(70).replies(ANNA, "OK {pump}")          # {pump} is the code of that alarm
        plan.between(70, 72).want(ANNA, "is yours")
        plan.between(70, 74).want(BERT, "taken by Anna")
        plan.until(24 * HOUR)                            # and nothing else, in all that time

Times are seconds of the story. Every message that leaves must have been wanted, and everything wanted must
have left within its window: one message for one wish. When it is not so, the whole protocol is shown.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alert_engine.model import (
    AlarmAcknowledge,
    AlarmClear,
    AlarmRaise,
    AlarmShelve,
    AlarmUnacknowledge,
    AlarmUnshelve,
    Channel,
    MaintenanceEnd,
    MaintenanceStart,
    Person,
    Severity,
    Verdict,
)
from tests.engine.support import ANNA, EPOCH, FakeRoute, Story, telling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from alert_engine.model import Command
    from alert_engine.routes.base import RouteHealth

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
SOURCE = "plc1"
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Wish:
    """One message that must leave in a window."""

    begins: float
    ends: float
    address: str
    channel: Channel
    words: tuple[str, ...]  # all of them are in the text
    route: str | None = None  # None: any

    def is_met_by(self, left: Message) -> bool:
        """This message is the one."""
        return (
            self.begins - _ROUNDING <= left.at <= self.ends + _ROUNDING
            and (self.address, self.channel) == (left.address, left.channel)
            and self.route in {None, left.route}
            and all(word in left.text for word in self.words)
        )

    def __str__(self) -> str:
        words = " and ".join(repr(word) for word in self.words) or "anything"
        by = f" by {self.route}" if self.route else ""
        return f"{self.begins:g} to {self.ends:g} s: {self.channel}{by} to {self.address} with {words}"


@dataclass(frozen=True, slots=True)
class Message:
    """One message that left, by its first segment."""

    at: float
    address: str
    channel: Channel
    text: str
    route: str

    def __str__(self) -> str:
        return f"{self.at:.3f} s: {self.channel} by {self.route} to {self.address}: {self.text}"


@dataclass(frozen=True, slots=True)
class Window:
    """``plan.between(begins, ends)``."""

    plan: Plan
    begins: float
    ends: float

    def want(
        self, person: Person, *words: str, channel: Channel = Channel.SMS, by: str | None = None
    ) -> Window:
        """One message to this person, with these words in it; ``{key}`` is the code of an alarm.

        With `by`, that route must have carried it.
        """
        address = next(a.value for a in person.addresses if a.channel is channel)
        self.plan.wishes.append(Wish(self.begins, self.ends, address, channel, words, by))
        return self


@dataclass(frozen=True, slots=True)
class Moment:
    """``plan.at(seconds)``: what happens then, in the order of the lines."""

    plan: Plan
    seconds: float

    def raises(
        self, key: str, severity: Severity = Severity.CRITICAL, text: str = "", **fields: Any
    ) -> Moment:
        """The source says: it is on."""
        request = AlarmRaise(
            source=SOURCE, key=key, severity=severity, title=fields.pop("title", key), text=text, **fields
        )

        async def act(story: Story) -> None:
            result = await story.engine.raise_alarm(request)
            self.plan.codes.update({alarm.key: alarm.code for alarm in result.alarms})

        return self.does(act)

    def clears(self, key: str, **fields: Any) -> Moment:
        """The source says: it is over."""
        request = AlarmClear(source=SOURCE, key=key, **fields)
        return self.does(lambda story: story.engine.clear(request))

    def takes(self, by: str, key: str) -> Moment:
        """Somebody acknowledges, not by a message."""
        return self._command(lambda code: AlarmAcknowledge(by=by, code=code), key)

    def gives_back(self, by: str, key: str) -> Moment:
        """Whoever took it does not have it any more."""
        return self._command(lambda code: AlarmUnacknowledge(by=by, code=code), key)

    def shelves(self, by: str, key: str, seconds: float) -> Moment:
        """Somebody wants silence for so long."""
        until = EPOCH + timedelta(seconds=self.seconds + seconds)
        return self._command(lambda code: AlarmShelve(by=by, code=code, until=until), key)

    def unshelves(self, by: str, key: str) -> Moment:
        """Somebody wants to hear of it again."""
        return self._command(lambda code: AlarmUnshelve(by=by, code=code), key)

    def maintains(self, keys: str = "*", until: float | None = None, **fields: Any) -> Moment:
        """Somebody works there; until that second of the story, or until it is ended."""
        end = None if until is None else EPOCH + timedelta(seconds=until)
        request = MaintenanceStart(by="anna", source=SOURCE, keys=keys, until=end, **fields)
        return self.does(lambda story: story.engine.start_maintenance(request))

    def ends_maintenance(self, keys: str = "*") -> Moment:
        """The work is done."""
        request = MaintenanceEnd(by="anna", source=SOURCE, keys=keys)
        return self.does(lambda story: story.engine.end_maintenance(request))

    def _command(self, request: Callable[[str], Command], key: str) -> Moment:
        """Something with the newest alarm of a key."""

        async def act(story: Story) -> None:
            (result,) = await story.engine.apply([request(self.plan.codes[key])])
            assert result.verdict is Verdict.APPLIED

        return self.does(act)

    def replies(self, person: Person, text: str, route: str = "modem") -> Moment:
        """The person writes; ``{key}`` is the code of an alarm."""
        return self.does(lambda _: self.plan.route(route).receive(person, text.format(**self.plan.codes)))

    def delivers(self, route: str = "modem") -> Moment:
        """Delivery reports come for everything that left so far and has none."""

        async def act(_: Story) -> None:
            at = self.plan.route(route)
            for left in at.left[self.plan.reported.get(route, 0) :]:
                await at.deliver(left)
            self.plan.reported[route] = len(at.left)

        return self.does(act)

    def route_becomes(self, health: RouteHealth, route: str = "modem") -> Moment:
        """A route breaks, or comes back."""
        return self.does(lambda _: self.plan.route(route).become(health))

    def does(self, act: Callable[[Story], Awaitable[object]]) -> Moment:
        """Anything else."""
        self.plan.acts.append((self.seconds, act))
        return self


@dataclass
class Plan:
    """The schedule of what happens, and the windows of what is wanted."""

    story: Story
    routes: tuple[FakeRoute, ...]
    end: float = DAY
    acts: list[tuple[float, Callable[[Story], Awaitable[object]]]] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    reported: dict[str, int] = field(default_factory=dict)

    def at(self, seconds: float) -> Moment:
        """What happens at a moment."""
        return Moment(self, seconds)

    def between(self, begins: float, ends: float) -> Window:
        """What is wanted in a window, both ends included."""
        return Window(self, begins, ends)

    def until(self, seconds: float) -> None:
        """How long the story goes on; a day if nothing is said."""
        self.end = seconds

    def route(self, name: str) -> FakeRoute:
        """One of the routes."""
        return next(route for route in self.routes if route.name == name)

    async def play(self) -> None:
        """Let it all happen, and judge.

        Raises:
            AssertionError: with all that left, what was missed, and what nobody had asked for.
        """
        for seconds, act in sorted(self.acts, key=lambda planned: planned[0]):
            await self.story.until(seconds)
            await act(self.story)
        await self.story.until(self.end)
        self._judge(self._messages())

    def _messages(self) -> list[Message]:
        left = [
            Message(each.at, each.address, next(iter(route.channels)), each.text, route.name)
            for route in self.routes
            for each in route.left
            if each.segment == 0
        ]
        return sorted(left, key=lambda message: message.at)

    def _judge(self, left: list[Message]) -> None:
        unexpected = list(left)
        missed = []
        # Narrow windows choose first, so that a wide one does not take their message.
        for wish in sorted(self._spelt_out(), key=lambda wish: (wish.ends - wish.begins, wish.begins)):
            found = next((message for message in unexpected if wish.is_met_by(message)), None)
            if found is None:
                missed.append(wish)
            else:
                unexpected.remove(found)
        protocol = "\n  ".join(["it went so:", *map(str, left)])
        problems = [f"missed: {wish}" for wish in missed] + [f"not wanted: {each}" for each in unexpected]
        assert not problems, "\n".join([*problems, protocol])

    def _spelt_out(self) -> list[Wish]:
        return [
            replace(wish, words=tuple(word.format(**self.codes) for word in wish.words))
            for wish in self.wishes
        ]


@asynccontextmanager
async def acceptance(
    directory: Path,
    *,
    people: tuple[Person, ...] = (ANNA,),
    routes: tuple[FakeRoute, ...] = (),
    **settings: Any,
) -> AsyncIterator[Plan]:
    """Write the plan inside; it is played at the end. Without `routes` there is one, ``modem``, for SMS.

    Each route carries one channel, so that a message tells by which it came.
    """
    first, *others = routes or (FakeRoute(),)
    async with telling(directory, people=people, route=first, **settings) as told:
        for route in others:
            await told.engine.add_route(route)
        plan = Plan(told, (first, *others))
        yield plan
        await plan.play()
