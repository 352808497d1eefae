"""When the steps of a policy come due.

A step runs `after` the start of its round, then `repeat` times again, `every` so often, on its own; the steps
of a policy do not wait for each other. Where the policy has rounds, the next one begins `round_every` after
the one before and ends it; the last one runs to its end. Somebody who acknowledges ends them all. After a
stop of the machine, whatever came due meanwhile runs once: nobody gets an hour of reminders in one minute.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from alert_engine.model import Channel

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from alert_engine.model import Policy, Step

_NEVER = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a look at the clock found."""

    steps: tuple[Step, ...]  # to run now, in the order of the policy, each once
    passed: int  # steps and repeats that have come due since the start
    next_due: datetime | None


def look(policy: Policy, start: datetime, since: datetime, now: datetime) -> Due:
    """What came due from `since` to `now`, both included, when the steps count from `start`."""
    just_before = since - start - timedelta.resolution
    elapsed = now - start
    upcoming = _next_after(policy, elapsed)
    return Due(
        steps=tuple(
            step
            for step in policy.steps
            if _passed(policy, step, elapsed) > _passed(policy, step, just_before)
        ),
        passed=sum(_passed(policy, step, elapsed) for step in policy.steps),
        next_due=None if upcoming is None else start + upcoming,
    )


def runs_before(policy: Policy, step: Step, elapsed: timedelta) -> int:
    """How many times the step had come due before its newest time, `elapsed` after the start."""
    return max(_passed(policy, step, elapsed) - 1, 0)


def without_calls(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The same people, and nobody's telephone rings; unless there is no other way at all."""
    all_steps = tuple(steps)
    silent = tuple(
        replace(step, channels=tuple(each for each in step.channels if each is not Channel.CALL))
        for step in all_steps
        if set(step.channels) != {Channel.CALL}
    )
    return silent or all_steps


def rehearsal(policy: Policy) -> Policy:
    """What a test runs: the first step at once, and once."""
    first = min((step.after for step in policy.steps), default=_NEVER)
    steps = tuple(
        replace(step, after=_NEVER, repeat=0, every=None) for step in policy.steps if step.after == first
    )
    return replace(policy, steps=steps, rounds=0, hold=None, latch=False, remind_every=None)


class _Place(NamedTuple):
    """Where in the rounds a moment is."""

    round: int  # 0 is the first
    within: timedelta  # since its start
    length: timedelta | None  # None: the policy has no rounds
    is_last: bool


def _place(policy: Policy, elapsed: timedelta) -> _Place:
    length = policy.round_every
    if policy.rounds == 0 or length is None or length <= _NEVER:
        return _Place(0, elapsed, None, is_last=True)
    number = max(elapsed // length, 0)
    if policy.rounds > 0:
        number = min(number, policy.rounds)
    return _Place(number, elapsed - number * length, length, is_last=number == policy.rounds)


def _passed(policy: Policy, step: Step, elapsed: timedelta) -> int:
    """How many times the step has come due when `elapsed` has gone by."""
    place = _place(policy, elapsed)
    passed = _passed_in_round(step, place.within)
    if place.length is not None:
        passed += place.round * _passed_in_round(step, place.length - timedelta.resolution)
    return passed


def _next_after(policy: Policy, elapsed: timedelta) -> timedelta | None:
    """The first time after `elapsed` at which any step comes due."""
    place = _place(policy, elapsed)
    begun = elapsed - place.within
    offset = min((each for step in policy.steps for each in _next_in_round(step, place.within)), default=None)
    if place.is_last or place.length is None:
        return None if offset is None else begun + offset
    if offset is not None and offset < place.length:
        return begun + offset
    return _first_of_later_rounds(policy, begun, place.length)


def _first_of_later_rounds(policy: Policy, begun: timedelta, length: timedelta) -> timedelta | None:
    first = min((step.after for step in policy.steps), default=None)
    if first is None:
        return None
    if first < length:
        return begun + length + first
    # No round is long enough for any step, but the last one is.
    return policy.rounds * length + first if policy.rounds > 0 else None


def _every(step: Step) -> timedelta | None:
    """The time between repeats, None for a step that has none."""
    return step.every if step.repeat != 0 and step.every is not None and step.every > _NEVER else None


def _passed_in_round(step: Step, elapsed: timedelta) -> int:
    if elapsed < step.after:
        return 0
    every = _every(step)
    if every is None:
        return 1
    repeats = (elapsed - step.after) // every
    return 1 + (repeats if step.repeat < 0 else min(repeats, step.repeat))


def _next_in_round(step: Step, elapsed: timedelta) -> tuple[timedelta, ...]:
    """The next time of this step after `elapsed`, if there is one."""
    passed = _passed_in_round(step, elapsed)
    if passed == 0:
        return (step.after,)
    every = _every(step)
    if every is None or 0 <= step.repeat < passed:
        return ()
    return (step.after + passed * every,)
