"""Crashes: the story of an alarm is cut at every commit, before and after it, and begun again from the files.

A crash is simulated exactly: at the failpoint the journal's files are copied as they are, and the next engine
starts on the copy. What had left for the network by then has left; what had not been answered is asked again.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.failpoints import Moment
from alert_engine.model import AlarmClear, AlarmRaise, AlarmState, MessageState, SendRequest, Severity
from alert_engine.routes.base import ErrorClass
from tests.engine.support import (
    ANNA,
    EPOCH,
    FAILED,
    LOST,
    OK,
    CountedIds,
    FakeRoute,
    InlineExecutor,
    Left,
    Story,
    rejected,
    telling,
)
from tests.virtual_time import START, story

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

RAISE = AlarmRaise(
    source="plc1",
    key="pump",
    severity=Severity.CRITICAL,
    title="Pump",
    text="water " * 45,  # two segments
    message_id="m1",
)
CLEAR = AlarmClear(source="plc1", key="pump", message_id="m2")
DAY = timedelta(days=1)


@dataclass
class Crash:
    """Counts failpoints, and copies the files at one of them."""

    source: Path
    copy: Path
    at: int | None = None
    route: FakeRoute = field(default_factory=FakeRoute)
    names: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    answered: int = 0
    answered_then: int = 0
    time_then: float = 0

    def failpoint(self, name: str) -> None:
        if len(self.names) == self.at:
            shutil.copytree(self.source, self.copy)
            self.left = list(self.route.left)
            self.answered_then = self.answered
            self.time_then = asyncio.get_running_loop().time() - START
        self.names.append(name)


async def play(told: Story, crash: Crash, done: int) -> None:
    """The story: raise, wait, acknowledge, wait, clear, wait. The first `done` parts were answered before."""

    async def acknowledge() -> None:
        # The SMS lies on the SIM until it was taken over: the same one comes again.
        alarms = await told.engine.open_alarms()
        await told.route.receive(ANNA, f"OK {alarms[0].code}", service_centre_time=EPOCH)

    parts: list[Callable[[], Awaitable[object]]] = [
        lambda: told.engine.raise_alarm(RAISE),
        acknowledge,
        lambda: told.engine.clear(CLEAR),
    ]
    for part in parts[done:]:
        await told.clock.sleep_until(told.clock.monotonic() + 30)
        await part()
        crash.answered += 1
    await told.clock.sleep_until(told.clock.monotonic() + 600)


def run(directory: Path, at: int | None, *, reports: bool) -> tuple[Crash, list[Left], list[MessageState]]:
    """Play the story up to the crash, and from there again; all that left, and what became of it."""
    first, second = directory / f"first-{at}", directory / f"second-{at}"
    crash = Crash(source=first, copy=second, at=at)
    left: list[Left] = []
    states: list[MessageState] = []

    @story
    async def before() -> None:
        async with telling(first, route=crash.route, failpoint=crash.failpoint) as told:
            await play(told, crash, 0)

    @story
    async def after() -> None:
        ids = CountedIds(seed=2)
        ids.prefix = "second"
        route = FakeRoute(first_reference=100)
        offset = timedelta(seconds=crash.time_then)
        async with telling(second, route=route, ids=ids, offset=offset) as told:
            for each in crash.left if reports else ():
                await route.deliver(each)
            await play(told, crash, crash.answered_then)
            assert await told.engine.open_alarms() == ()
            left.extend([*crash.left, *route.left])
            states.extend(message.state for message in await told.engine.messages())

    before()
    if at is not None:
        after()
    return crash, left, states


def copies(left: list[Left], beginning: str) -> dict[int, int]:
    """How often each segment of a text left."""
    found = [each.segment for each in left if each.text.startswith(beginning)]
    return {segment: found.count(segment) for segment in sorted(set(found))}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("reports", [False, True])
def test_cut_at_every_commit_nothing_is_lost_and_only_doubts_are_doubled(
    tmp_path: Path, *, reports: bool
) -> None:
    names = run(tmp_path, None, reports=False)[0].names
    assert {Moment.RAISE.after, Moment.ACCEPTED.before, Moment.INBOUND.before} <= set(names)
    for at in range(2, len(names)):  # before the first commit there is nothing to recover
        _, left, states = run(tmp_path, at, reports=reports)
        raised, answered, cleared = copies(left, "CRITICAL"), copies(left, ""), copies(left, "CLEARED")
        where = f"{names[at]} ({at} of {len(names)})"
        assert set(raised) == {0, 1}, where
        assert set(cleared) == {0}, where
        total = sum(answered.values())
        # A segment that had left when the crash came before its answer was journalled, and nothing else:
        doubled = names[at] == Moment.ACCEPTED.before and not reports
        assert total == len(crash_free(raised, cleared)) + 1 + doubled, where
        assert MessageState.FAILED not in states, where


def crash_free(raised: dict[int, int], cleared: dict[int, int]) -> list[int]:
    """The segments of a story without a crash, the confirmation aside."""
    return [*raised, *cleared]


class TestAtStart:
    @story
    async def test_an_attempt_that_sent_nothing_goes_back_to_the_queue(self, tmp_path: Path) -> None:
        def copy(name: str) -> None:
            if name == Moment.INFLIGHT.after:
                shutil.copytree(tmp_path / "a", tmp_path / "b")

        async with telling(tmp_path / "a", failpoint=copy) as told:
            await told.engine.send(SendRequest(to=("anna",), text="hello"))
            await told.until(10)
        async with telling(tmp_path / "b") as told:
            (message,) = await told.engine.messages()
            assert (message.state, message.in_doubt) == (MessageState.QUEUED, False)
            await told.clock.sleep_until(told.clock.monotonic() + 10)
            (message,) = await told.engine.messages()
            assert (message.state, message.attempts) == (MessageState.ACCEPTED, 2)

    @story
    async def test_a_doubt_waits_anew_because_its_report_may_lie_on_the_sim(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[LOST])) as told:
            await told.engine.send(SendRequest(to=("anna",), text="hello"))
            await told.until(5)
            (left,) = told.route.left
        await told.until(3600)
        async with telling(tmp_path, ids=CountedIds(7)) as told:
            await told.until(3600 + 80)
            await told.route.deliver(left)
            await told.until(3600 + 600)
            (message,) = await told.engine.messages()
            assert message.state is MessageState.DELIVERED
            assert told.route.left == []

    @story
    async def test_policies_go_on_where_they_were_and_do_not_catch_up(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await told.engine.raise_alarm(replace(RAISE, text=""))
            await told.until(10)
        await told.until(1000)
        ids = CountedIds()
        ids.prefix = "later"
        async with telling(tmp_path, ids=ids) as told:
            await told.until(1400)
            assert [left.at for left in told.route.left] == [1000, 1200]
            (alarm,) = await told.engine.open_alarms()
            assert alarm.state is AlarmState.RAISED

    @story
    async def test_a_source_has_its_full_time_to_say_again_that_it_is_on(self, tmp_path: Path) -> None:
        """It says so every minute, and nobody heard it while the gateway was away."""
        async with telling(tmp_path) as told:
            await told.engine.raise_alarm(replace(RAISE, ttl=timedelta(minutes=3)))
            await told.until(30)
        async with telling(tmp_path, ids=later(), offset=timedelta(minutes=5)) as told:
            await told.until(30 + 179)
            assert not any("CLEARED" in text for _, text in told.route.texts)
            (alarm,) = await told.engine.open_alarms()
            assert alarm.is_active
            await told.until(30 + 185)
            assert any("CLEARED" in text for _, text in told.route.texts)

    @story
    async def test_a_start_that_fails_leaves_the_journal_free(self, tmp_path: Path) -> None:
        def fail(_name: str) -> None:
            raise RuntimeError

        with pytest.raises(RuntimeError):
            async with telling(tmp_path, failpoint=fail):
                pass
        async with telling(tmp_path) as told:
            assert await told.engine.open_alarms() == ()


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=7), timedelta(days=20_000)])
class TestStartInThePast:
    """A machine whose clock stands still without power: nothing may wait until the old time is reached."""

    def test_what_was_never_sent_is_sent_at_once_and_lives_as_long_as_before(
        self, tmp_path: Path, back: timedelta
    ) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
                await told.engine.raise_alarm(replace(RAISE, text=""))
                await told.until(30)
            async with telling(tmp_path, ids=later(), route=FakeRoute(health=FAILED), offset=-back) as told:
                await told.until(60)
                (message,) = await told.engine.messages()
                assert message.expires_at == EPOCH - back + timedelta(seconds=30, hours=24)
                told.clock.offset = timedelta(0)  # by NTP
                await told.until(200)
                await told.route.become(OK)
                await told.until(210)
                assert [left.at for left in told.route.left] == [200]

        told()

    def test_a_refused_one_is_tried_again(self, tmp_path: Path, back: timedelta) -> None:
        @story
        async def told() -> None:
            script = [rejected(ErrorClass.TEMPORARY)] * 8
            async with telling(tmp_path, route=FakeRoute(script=script)) as told:
                await told.engine.send(SendRequest(to=("anna",), text="hello"))
                await told.until(600)
            async with telling(tmp_path, ids=later(), offset=-back) as told:
                await told.until(605)
                assert [left.at for left in told.route.left] == [600]

        told()

    def test_reminders_go_on(self, tmp_path: Path, back: timedelta) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path) as told:
                await told.engine.raise_alarm(replace(RAISE, text=""))
                await told.until(400)
            async with telling(tmp_path, ids=later(), offset=-back) as told:
                await told.until(400 + 610)
                assert [left.at for left in told.route.left] == [400, 700, 1000]
                assert len((await told.engine.open_alarms())[0].policy.steps) == 3
                await told.until(20_000)
                times = [left.at for left in told.route.left]
                gaps = [later - earlier for earlier, later in pairwise(times)]
                assert gaps == [300] * 10 + [1800] * (
                    len(gaps) - 10
                )  # the 2nd to the 12th reminder, then slowly
                assert len(gaps) > 15

        told()

    def test_a_doubt_waits_no_longer(self, tmp_path: Path, back: timedelta) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, route=FakeRoute(script=[LOST])) as told:
                await told.engine.send(SendRequest(to=("anna",), text="hello"))
                await told.until(5)
            async with telling(tmp_path, ids=later(), offset=-back) as told:
                await told.until(100)
                assert [left.at for left in told.route.left] == [95]

        told()

    def test_a_planned_time_of_day_stays(self, tmp_path: Path, back: timedelta) -> None:
        @story
        async def told() -> None:
            planned_for = EPOCH + timedelta(days=3)
            async with telling(tmp_path) as told:
                await told.engine.send(SendRequest(to=("anna",), text="hello", not_before=planned_for))
            async with telling(tmp_path, ids=later(), offset=-back) as told:
                await told.until(100)
                (message,) = await told.engine.messages()
                assert (message.due_at, message.state) == (planned_for, MessageState.QUEUED)

        told()


def later() -> CountedIds:
    """Ids that an earlier life of the engine did not give."""
    ids = CountedIds(seed=2)
    ids.prefix = "later"
    return ids


@story
async def test_after_a_jump_back_a_restart_moves_nothing_again(tmp_path: Path) -> None:
    async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
        await told.engine.raise_alarm(replace(RAISE, text=""))
        told.clock.offset = timedelta(days=-1)
        await told.until(120)
        (before,) = await told.engine.messages()
        (alarm,) = await told.engine.open_alarms()
    async with telling(tmp_path, ids=later(), route=FakeRoute(health=FAILED), offset=-DAY) as told:
        assert await told.engine.messages() == (before,)
        assert await told.engine.open_alarms() == (alarm,)


class TestClockJumps:
    """The clock of the machine is set by a day, by somebody or by NTP after a start without one."""

    @pytest.mark.parametrize("days", [-1, 1])
    def test_waits_stay_as_long_as_they_were(
        self, tmp_path: Path, days: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        @story
        async def told() -> None:
            script = [LOST, rejected(ErrorClass.TEMPORARY)]
            async with telling(tmp_path, route=FakeRoute(script=script)) as told:
                await told.engine.raise_alarm(replace(RAISE, text=""))
                await told.until(2)
                told.clock.offset = timedelta(days=days)
                # The doubt is looked at once a minute at least; a refusal waits two seconds.
                await told.until(130)
                assert [left.at for left in told.route.left][:1] == [0]
                assert len(told.route.left) == 2
                await told.until(400)
                assert [left.at for left in told.route.left][2:] == [300]
                assert "jumped by" in caplog.text

        told()

    @pytest.mark.parametrize("days", [-1, 1])
    def test_nothing_expires_by_it_and_a_planned_time_of_day_stays(self, tmp_path: Path, days: int) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
                planned_for = EPOCH + timedelta(days=3)
                await told.engine.send(SendRequest(to=("anna",), text="now"))
                await told.engine.send(SendRequest(to=("anna",), text="later", not_before=planned_for))
                told.clock.offset = timedelta(days=days)
                await told.until(120)
                later, now = await told.engine.messages()
                assert later.due_at == planned_for
                assert (now.state, now.expires_at) == (
                    MessageState.QUEUED,
                    EPOCH + timedelta(days=days, hours=4),
                )

        told()

    @story
    async def test_a_jump_while_the_journal_is_asked_makes_nothing_late(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:

            class Jumping(InlineExecutor):
                def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
                    told.clock.offset = timedelta(days=1)
                    return super().submit(fn, *args, **kwargs)

            await told.engine.send(SendRequest(to=("anna",), text="now"))
            told.engine._journal._reader = Jumping()
            await told.until(120)
            (message,) = await told.engine.messages()
            assert message.state is MessageState.QUEUED

    @story
    async def test_what_waited_leaves_with_the_route_and_does_not_look_expired(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            await told.engine.send(SendRequest(to=("anna",), text="now"))
            await told.until(1)
            told.clock.offset = timedelta(days=1)
            await told.route.become(OK)
            await told.until(13)
            assert [left.text for left in told.route.left] == ["now"]

    @pytest.mark.parametrize("days", [1, -1])
    @story
    async def test_an_alarm_with_nothing_due_has_nothing_due(self, tmp_path: Path, days: int) -> None:
        async with telling(tmp_path) as told:
            await told.engine.raise_alarm(replace(RAISE, severity=Severity.NORMAL))
            told.clock.offset = timedelta(days=days)
            await told.until(600)
            (alarm,) = await told.engine.open_alarms()
            assert (alarm.next_due, alarm.steps_from) == (None, EPOCH + timedelta(days=days))
