"""The states of an alarm: (alarm, event, now) to (alarm, effects), each with a reason.

=======  ========  =================  ===========  =================  =========  =============  ======
state    raise     more severe raise  acknowledge  clear              deadline   unacknowledge  close
=======  ========  =================  ===========  =================  =========  =============  ======
pending  counted   raised             acked        closed, unsent     raised     -              closed
raised   counted   steps begin again  acked        closed or cleared  steps      -              closed
acked    counted   raised             -            closed             reminders  raised         closed
cleared  reopened  raised             closed       -                  steps      -              closed
closed   reopened  raised             -            -                  -          -              -
=======  ========  =================  ===========  =================  =========  =============  ======

``cleared`` exists in latching policies, and while an alarm chatters (`alarm_chatter`). A dash changes nothing
and says so in its reason. Every event may come twice: the second one changes nothing and sends nothing, so a
source may repeat itself safely. An episode that is over is opened again by a raise that comes soon after its
clear; any later one begins a new episode (`begin`).

Where the policy asks all to acknowledge, an alarm stays as it is until all have. Where its steps run until
the clear, they run in ``acked`` too. Shelving and suppression (`alarm_silence`) change no state: as long as
they last, no step runs. A rising severity ends them, as it ends whatever else keeps an alarm quiet.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from alert_engine.model import AcknowledgeBy, Alarm, AlarmState

from .alarm_chatter import calm, came_soon, reopen, standing, tell_flapping, went
from .alarm_events import (
    Acknowledge,
    Clear,
    Close,
    Deadline,
    Effect,
    Event,
    Raise,
    Reason,
    Shelve,
    Suppress,
    Transition,
    Unacknowledge,
    Unshelve,
    Unsuppress,
)
from .alarm_ladder import closed, good_until, has_come, loud, next_reminder, rescheduled, run_steps, scheduled
from .alarm_silence import silence, unshelve

if TYPE_CHECKING:
    from datetime import datetime


def begin(*, alarm_id: str, source: str, key: str, code: str, event: Raise, now: datetime) -> Transition:
    """Open a new episode."""
    alarm = Alarm(
        id=alarm_id,
        source=source,
        key=key,
        code=code,
        severity=event.severity,
        state=AlarmState.PENDING,
        title=event.title,
        text=event.text,
        count=1,
        policy=event.policy,
        step=0,
        next_due=None,
        raised_at=now,
        last_source_time=event.source_time,
        steps_from=now,
        ttl=event.ttl,
        ends_at=good_until(event.ttl, now),
        suppressed_by=event.suppressed_by,
        parent=event.parent,
        is_test=event.is_test,
        url=event.url,
        labels=dict(event.labels),
    )
    if event.policy.hold:
        return Transition(alarm=scheduled(alarm, now), reason=Reason.HELD)
    return loud(alarm, Reason.RAISED, now)


def can_reopen(alarm: Alarm, now: datetime) -> bool:
    """A raise now belongs to this episode although it is over. One of which nobody heard stays over."""
    return alarm.state is AlarmState.CLOSED and alarm.steps_from is not None and came_soon(alarm, now)


def apply(alarm: Alarm, event: Event, now: datetime) -> Transition:
    """Take one event."""
    is_over = alarm.state is AlarmState.CLOSED
    if is_over and not (isinstance(event, Raise) and can_reopen(alarm, now)):
        return Transition(alarm=alarm, reason=Reason.OVER)
    match event:
        case Raise():
            return _raise(alarm, event, now)
        case Clear():
            return _clear(alarm, event, now)
        case Acknowledge():
            return _acknowledge(alarm, event, now)
        case Unacknowledge():
            return _unacknowledge(alarm, now)
        case Shelve() | Unshelve() | Suppress() | Unsuppress():
            return silence(alarm, event, now)
        case Close():
            return _close(alarm, now)
        case Deadline():
            return _deadline(alarm, now)
        case _:
            assert_never(event)


def _raise(alarm: Alarm, event: Raise, now: datetime) -> Transition:
    told = replace(
        alarm,
        count=alarm.count + 1,
        title=event.title or alarm.title,
        text=event.text or alarm.text,
        url=event.url or alarm.url,
        parent=event.parent or alarm.parent,
        labels=dict(event.labels) or alarm.labels,
        last_source_time=_newest(alarm.last_source_time, event.source_time),
        ttl=event.ttl,
        ends_at=good_until(event.ttl, now),
    )
    if alarm.state is AlarmState.CLOSED:
        told = replace(told, suppressed_by=event.suppressed_by)
    if event.severity.rank > alarm.severity.rank:
        return _more_severe(told, event, now)
    if not alarm.is_active:
        return reopen(told, now)
    return Transition(alarm=rescheduled(told, now), reason=Reason.REPEATED)


def _more_severe(alarm: Alarm, event: Raise, now: datetime) -> Transition:
    """Whatever kept it quiet was about something less severe."""
    risen = replace(
        alarm,
        severity=event.severity,
        policy=event.policy,
        shelved_until=None,
        shelved_by=None,
        suppressed_by=event.suppressed_by,
        reopened_at=(),
    )
    return loud(risen, Reason.SEVERITY_ROSE, now)


def _clear(alarm: Alarm, event: Clear, now: datetime, reason: Reason = Reason.CLEARED) -> Transition:
    if not alarm.is_active:
        return Transition(alarm=alarm, reason=Reason.ALREADY_CLEARED)
    cleared = replace(
        alarm,
        cleared_at=now,
        ends_at=None,
        last_source_time=_newest(alarm.last_source_time, event.source_time),
    )
    if alarm.state is AlarmState.PENDING:
        unheard = closed(replace(cleared, steps_from=None), now)
        return Transition(alarm=unheard, reason=Reason.CLEARED_UNSENT)
    if alarm.is_chattering:
        return went(cleared, now)
    if alarm.state is AlarmState.RAISED and alarm.policy.latch:
        over = rescheduled(replace(cleared, state=AlarmState.CLEARED), now)
    else:
        over = closed(cleared, now)
    return Transition(alarm=over, reason=reason, effects=(Effect.WITHDRAW, Effect.TELL_CLEARED))


def _acknowledge(alarm: Alarm, event: Acknowledge, now: datetime) -> Transition:
    if alarm.state is AlarmState.ACKED:
        return Transition(alarm=alarm, reason=Reason.ALREADY_ACKNOWLEDGED)
    people = (*(each for each in alarm.acked_people if each != event.by), event.by)
    if alarm.policy.acknowledge_by is AcknowledgeBy.ALL and not event.needed.issubset(people):
        return _acknowledge_partly(alarm, event, people)
    taken = replace(
        alarm,
        state=AlarmState.ACKED,
        acked_at=now,
        acked_by=event.by,
        acked_people=people,
        remind_at=next_reminder(alarm, now),
        digest_at=None,
    )
    done = not alarm.is_active and not alarm.is_chattering
    effects = () if alarm.state is AlarmState.PENDING else (Effect.WITHDRAW, Effect.TELL_TAKEN)
    return Transition(
        alarm=closed(taken, now) if done else rescheduled(taken, now),
        reason=Reason.ACKNOWLEDGED,
        effects=effects,
    )


def _acknowledge_partly(alarm: Alarm, event: Acknowledge, people: tuple[str, ...]) -> Transition:
    """Whoever has taken it is left alone; the others are not."""
    if event.by in alarm.acked_people:
        return Transition(alarm=alarm, reason=Reason.ALREADY_ACKNOWLEDGED)
    taken = replace(alarm, acked_people=people)
    return Transition(alarm=taken, reason=Reason.PARTLY_ACKNOWLEDGED, effects=(Effect.SPARE,))


def _unacknowledge(alarm: Alarm, now: datetime) -> Transition:
    if alarm.state is not AlarmState.ACKED:
        return Transition(alarm=alarm, reason=Reason.NOT_ACKNOWLEDGED)
    if not alarm.is_chattering:
        return loud(alarm, Reason.UNACKNOWLEDGED, now)
    given_back = replace(alarm, acked_at=None, acked_by=None, acked_people=(), remind_at=None)
    return tell_flapping(standing(given_back), Reason.UNACKNOWLEDGED, now)


def _close(alarm: Alarm, now: datetime) -> Transition:
    effects = () if alarm.state is AlarmState.PENDING else (Effect.WITHDRAW, Effect.TELL_CLOSED)
    over = closed(replace(alarm, reopened_at=()), now)
    return Transition(alarm=over, reason=Reason.CLOSED, effects=effects)


def _deadline(alarm: Alarm, now: datetime) -> Transition:
    """One thing that has come due; `next_due` of the outcome may have come too."""
    if not has_come(alarm.next_due, now):
        return Transition(alarm=alarm, reason=Reason.NOTHING_DUE)
    if has_come(alarm.shelved_until, now):
        return unshelve(alarm, Reason.SHELVE_OVER, now)
    if has_come(alarm.ends_at, now):
        return _clear(alarm, Clear(), now, Reason.LAPSED)
    if alarm.state is AlarmState.PENDING:
        return loud(alarm, Reason.HOLD_OVER, now)
    if has_come(alarm.calm_at, now):
        return calm(alarm, now)
    if has_come(alarm.digest_at, now):
        return tell_flapping(alarm, Reason.DIGEST, now)
    return run_steps(alarm, now)


def _newest(known: datetime | None, told: datetime | None) -> datetime | None:
    return max((moment for moment in (known, told) if moment is not None), default=None)
