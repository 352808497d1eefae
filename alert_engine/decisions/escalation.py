"""When the steps of a policy come due.

A step runs `after` its start, then `repeat` times again, `every` so often, on its own; the steps of a
policy do not wait for each other. Somebody who acknowledges ends them all. After a stop of the machine,
whatever came due meanwhile runs once: nobody gets an hour of reminders in one minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    before = since - start
    elapsed = now - start
    upcoming = [offset for step in policy.steps if (offset := _next_after(step, elapsed)) is not None]
    return Due(
        steps=tuple(step for step in policy.steps if _comes_between(step, before, elapsed)),
        passed=sum(_passed(step, elapsed) for step in policy.steps),
        next_due=start + min(upcoming) if upcoming else None,
    )


def _every(step: Step) -> timedelta | None:
    """The time between repeats, None for a step that has none."""
    return step.every if step.repeat != 0 and step.every is not None and step.every > _NEVER else None


def _passed(step: Step, elapsed: timedelta) -> int:
    """How many times the step has come due when `elapsed` has gone by."""
    if elapsed < step.after:
        return 0
    every = _every(step)
    if every is None:
        return 1
    repeats = (elapsed - step.after) // every
    return 1 + (repeats if step.repeat < 0 else min(repeats, step.repeat))


def _comes_between(step: Step, before: timedelta, elapsed: timedelta) -> bool:
    just_before = _passed(step, before - timedelta.resolution)
    return _passed(step, elapsed) > just_before


def _next_after(step: Step, elapsed: timedelta) -> timedelta | None:
    """The first time after `elapsed` at which the step comes due."""
    passed = _passed(step, elapsed)
    if passed == 0:
        return step.after
    every = _every(step)
    if every is None or 0 <= step.repeat < passed:
        return None
    return step.after + passed * every
