"""How an alarm is loud: where its steps begin, whether they run, and when anything of it comes due next."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.model import AlarmState, Until

from .alarm_events import Effect, Reason, Transition
from .escalation import look, without_calls

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from alert_engine.model import Alarm, Step

_AT_ONCE = timedelta(0)


def loud(alarm: Alarm, reason: Reason, now: datetime, *, calls: bool = True) -> Transition:
    """Nobody has taken it, the cause is there, and the steps begin here; without `calls` the first ones."""
    transition = begin_steps(raised(alarm), reason, now, calls=calls)
    if alarm.state is AlarmState.PENDING:
        return transition
    return replace(transition, effects=(Effect.WITHDRAW, *transition.effects))


def raised(alarm: Alarm) -> Alarm:
    """Nobody has taken it, the cause is there, and it does not chatter."""
    return replace(
        alarm,
        state=AlarmState.RAISED,
        acked_at=None,
        acked_by=None,
        acked_people=(),
        remind_at=None,
        cleared_at=None,
        closed_at=None,
        calm_at=None,
        digest_at=None,
    )


def begin_steps(alarm: Alarm, reason: Reason, now: datetime, *, calls: bool = True) -> Transition:
    """The steps count from now on; those that come at once run, if any may."""
    begun = replace(alarm, steps_from=now, step=0)
    if not climbs(begun):
        return Transition(alarm=scheduled(begun, now), reason=reason)
    due = look(begun.policy, now, now, now)
    steps = due.steps if calls else without_calls(due.steps)
    return Transition(
        alarm=scheduled(replace(begun, step=due.passed), now),
        reason=reason,
        effects=(Effect.NOTIFY,) if steps else (),
        steps=steps,
    )


def run_steps(alarm: Alarm, now: datetime) -> Transition:
    """What has come due since `next_due`: steps of the policy, and the reminder of whoever took it."""
    steps: tuple[Step, ...] = ()
    if climbs(alarm):
        due = look(alarm.policy, start_of(alarm), alarm.next_due or now, now)
        alarm, steps = replace(alarm, step=due.passed), due.steps
    effects: tuple[Effect, ...] = (Effect.NOTIFY,) if steps else ()
    reminds = _may_remind(alarm) and has_come(alarm.remind_at, now)
    if reminds:
        alarm = replace(alarm, remind_at=next_reminder(alarm, now))
        effects = (*effects, Effect.REMIND)
    reason = Reason.REMINDED if reminds and not steps else Reason.STEP
    return Transition(alarm=scheduled(alarm, now), reason=reason, effects=effects, steps=steps)


def climbs(alarm: Alarm) -> bool:
    """Its steps run."""
    if alarm.is_silenced or alarm.is_chattering:
        return False
    if alarm.policy.until is Until.CLEARED:
        return alarm.is_active and alarm.state in {AlarmState.RAISED, AlarmState.ACKED}
    return alarm.state in {AlarmState.RAISED, AlarmState.CLEARED}


def closed(alarm: Alarm, now: datetime) -> Alarm:
    """The episode is over, and with it all that was to come."""
    return replace(
        alarm,
        state=AlarmState.CLOSED,
        closed_at=now,
        next_due=None,
        ends_at=None,
        remind_at=None,
        shelved_until=None,
        shelved_by=None,
        suppressed_by=None,
        calm_at=None,
        digest_at=None,
    )


def scheduled(alarm: Alarm, now: datetime) -> Alarm:
    """With `next_due` as it follows from everything else, all steps up to `now` done."""
    return replace(alarm, next_due=min(_moments(alarm, now), default=None))


def rescheduled(alarm: Alarm, now: datetime) -> Alarm:
    """The same, where steps may have come due that are not done yet."""
    overdue = alarm.next_due is not None and alarm.next_due <= now
    return alarm if overdue and climbs(alarm) else scheduled(alarm, now)


def next_reminder(alarm: Alarm, now: datetime) -> datetime | None:
    """When whoever takes it now, or was reminded now, hears of it next."""
    return None if alarm.policy.remind_every is None else now + alarm.policy.remind_every


def good_until(ttl: timedelta | None, now: datetime) -> datetime | None:
    """Until when the word that a source gives now is good."""
    return None if ttl is None else now + ttl


def start_of(alarm: Alarm) -> datetime:
    """Where the hold or the steps count from."""
    return alarm.steps_from or alarm.raised_at


def has_come(moment: datetime | None, now: datetime) -> bool:
    """The moment is not in the future."""
    return moment is not None and moment <= now


def _moments(alarm: Alarm, now: datetime) -> Iterator[datetime]:
    """When what comes due."""
    if alarm.state is AlarmState.PENDING:
        yield start_of(alarm) + (alarm.policy.hold or _AT_ONCE)
    waits = [alarm.shelved_until, alarm.ends_at, alarm.calm_at]
    if not alarm.is_silenced:
        waits.append(alarm.digest_at)
    if _may_remind(alarm):
        waits.append(alarm.remind_at)
    if climbs(alarm):
        waits.append(look(alarm.policy, start_of(alarm), now, now).next_due)
    yield from (moment for moment in waits if moment is not None)


def _may_remind(alarm: Alarm) -> bool:
    return alarm.state is AlarmState.ACKED and alarm.is_active and not alarm.is_silenced
