"""When steps come due: tables, and a minute-by-minute count as the oracle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alert_engine.decisions.escalation import look, rehearsal, without_calls
from alert_engine.model import Channel, Policy, Step

START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def step(after: int, repeat: int = 0, every: int | None = None) -> Step:
    return Step(
        after=after * MINUTE, notify=(), repeat=repeat, every=None if every is None else every * MINUTE
    )


def at(minute: int) -> datetime:
    return START + minute * MINUTE


ONCE, REPEATED, ENDLESS, LATER = step(0), step(0, 2, 5), step(0, -1, 5), step(10, 1, 5)


@pytest.mark.parametrize(
    ("steps", "since", "now", "due", "passed", "next_due"),
    [
        ((ONCE,), 0, 0, (ONCE,), 1, None),
        ((REPEATED,), 0, 0, (REPEATED,), 1, 5),
        ((REPEATED,), 5, 5, (REPEATED,), 2, 10),
        ((REPEATED,), 10, 10, (REPEATED,), 3, None),
        ((ENDLESS,), 500, 500, (ENDLESS,), 101, 505),
        ((LATER,), 0, 0, (), 0, 10),
        ((LATER,), 10, 12, (LATER,), 1, 15),
        ((ONCE, LATER), 0, 0, (ONCE,), 1, 10),
        ((REPEATED, LATER), 10, 10, (REPEATED, LATER), 4, 15),
        # The machine stood still for an hour: once, not twelve times.
        ((ENDLESS,), 5, 65, (ENDLESS,), 14, 70),
        ((REPEATED, LATER), 5, 65, (REPEATED, LATER), 5, None),
        ((), 0, 0, (), 0, None),
    ],
)
def test_look(
    *, steps: tuple[Step, ...], since: int, now: int, due: tuple[Step, ...], passed: int, next_due: int | None
) -> None:
    found = look(Policy(name="p", steps=steps), START, at(since), at(now))
    assert (found.steps, found.passed) == (due, passed)
    assert found.next_due == (None if next_due is None else at(next_due))


@pytest.mark.parametrize("broken", [step(0, 3, None), step(0, 3, 0), step(0, -1, -5)])
def test_repeats_without_a_time_between_them_are_none(broken: Step) -> None:
    found = look(Policy(name="p", steps=(broken,)), START, START, at(60))
    assert (found.passed, found.next_due) == (1, None)


STEPS = st.builds(step, st.integers(0, 20), st.integers(-1, 4), st.integers(1, 7))


def moments(each: Step) -> list[int]:
    """The oracle: every minute up to 100 at which the step comes due."""
    assert each.every is not None
    times = range(101) if each.repeat < 0 else range(each.repeat + 1)
    minutes = [int((each.after + number * each.every) / MINUTE) for number in times]
    return [minute for minute in minutes if minute <= 100]


def moments_in_rounds(each: Step, rounds: int, length: int) -> list[int]:
    """The same, where the next round cuts off what is left of the one before."""
    last = 100 if rounds < 0 else rounds
    found = [
        number * length + minute
        for number in range(last + 1)
        for minute in moments(each)
        if minute < length or number == last
    ]
    return [minute for minute in found if minute <= 100]


@settings(deadline=None)  # it is about results; a loaded machine is slow
@given(
    st.lists(STEPS, max_size=4),
    st.integers(0, 60),
    st.integers(0, 30),
    st.integers(-1, 3),
    st.integers(1, 25),
)
def test_like_counting_minutes(steps: list[Step], since: int, gap: int, rounds: int, length: int) -> None:
    now = since + gap
    policy = Policy(name="p", steps=tuple(steps), rounds=rounds, round_every=length * MINUTE)
    found = look(policy, START, at(since), at(now))
    minutes = [(each, minute) for each in steps for minute in moments_in_rounds(each, rounds, length)]
    assert found.passed == sum(minute <= now for _, minute in minutes)
    assert found.steps == tuple(
        each
        for each in steps
        if any(since <= minute <= now for minute in moments_in_rounds(each, rounds, length))
    )
    later = [minute for _, minute in minutes if minute > now]
    assert found.next_due == (at(min(later)) if later else None)


SMS, CALL, BOTH, ANY = (
    Step(after=n * MINUTE, notify=(), channels=channels)
    for n, channels in enumerate([(Channel.SMS,), (Channel.CALL,), (Channel.CALL, Channel.SMS), ()])
)


class TestRounds:
    @pytest.mark.parametrize("length", [None, timedelta(0)])
    def test_none_without_a_length(self, length: timedelta | None) -> None:
        policy = Policy(name="p", steps=(ONCE,), rounds=3, round_every=length)
        assert look(policy, START, START, START).next_due is None

    def test_a_ladder_without_steps_has_nothing_to_do_in_any_round(self) -> None:
        policy = Policy(name="p", steps=(), rounds=-1, round_every=MINUTE)
        assert look(policy, START, START, at(10)).next_due is None

    @pytest.mark.parametrize(("rounds", "next_due"), [(-1, None), (2, at(20))])
    def test_a_step_that_no_round_reaches_runs_in_the_last_one(
        self, rounds: int, next_due: datetime | None
    ) -> None:
        policy = Policy(name="p", steps=(LATER,), rounds=rounds, round_every=5 * MINUTE)
        assert look(policy, START, START, at(1)).next_due == next_due


def test_without_calls() -> None:
    silent = without_calls((SMS, CALL, BOTH, ANY))
    assert [step.channels for step in silent] == [(Channel.SMS,), (Channel.SMS,), ()]
    assert without_calls((CALL,)) == (CALL,)


def test_a_rehearsal_is_the_first_step_and_once() -> None:
    policy = Policy(name="p", steps=(LATER, ENDLESS, ONCE), rounds=2, hold=MINUTE, latch=True)
    assert rehearsal(policy) == Policy(name="p", steps=(ONCE, ONCE))
    assert rehearsal(Policy(name="p", steps=(LATER,))).steps == (ONCE,)
    assert rehearsal(Policy(name="p", steps=())).steps == ()
