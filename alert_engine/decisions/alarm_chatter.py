"""Alarms that come back.

A raise within `Policy.reopen_within` of the clear is the same episode, with the same code. People hear of it,
but no telephone rings for it at once. One that comes back `CHATTERING` times in that time chatters: everybody
on its ladder hears so once, then every `DIGEST_EVERY` until somebody takes it. Coming and going is only noted
now, until nothing has changed for twice that time. Then it is over, or loud, as it stands.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.model import AlarmState

from .alarm_events import Effect, Reason, Transition
from .alarm_ladder import begin_steps, climbs, closed, loud, raised, scheduled
from .escalation import without_calls

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.model import Alarm

CHATTERING = 3
DIGEST_EVERY = timedelta(minutes=30)
_NEVER = timedelta(0)


def came_soon(alarm: Alarm, now: datetime) -> bool:
    """A raise now follows the clear so soon that it is the same episode."""
    window = alarm.policy.reopen_within
    return alarm.cleared_at is not None and window > _NEVER and _NEVER <= now - alarm.cleared_at <= window


def reopen(alarm: Alarm, now: datetime) -> Transition:
    """A raise of an alarm whose cause was gone. A latched one stays the same however late it is."""
    if alarm.is_chattering:
        return _flap(replace(alarm, cleared_at=None), Reason.REOPENED, now)
    if not came_soon(alarm, now):
        return loud(replace(alarm, reopened_at=()), Reason.REOPENED, now)
    counted = (moment for moment in alarm.reopened_at if now - moment < alarm.policy.reopen_within)
    reopened = replace(alarm, reopened_at=(*counted, now)[-CHATTERING:])
    if len(reopened.reopened_at) < CHATTERING:
        return loud(reopened, Reason.REOPENED, now, calls=False)
    chattering = replace(raised(reopened), steps_from=now, step=0, calm_at=_calm_at(alarm, now))
    return tell_flapping(chattering, Reason.CHATTERING, now)


def went(alarm: Alarm, now: datetime) -> Transition:
    """The cause of a chattering one is gone again."""
    return _flap(replace(alarm, cleared_at=now), Reason.CLEARED, now)


def tell_flapping(alarm: Alarm, reason: Reason, now: datetime) -> Transition:
    """Everybody on the ladder of a chattering one hears how it stands; nobody is called for that."""
    alarm = scheduled(replace(alarm, digest_at=now + DIGEST_EVERY), now)
    if alarm.is_silenced:
        return Transition(alarm=alarm, reason=reason, effects=(Effect.WITHDRAW,))
    return Transition(
        alarm=alarm,
        reason=reason,
        effects=(Effect.WITHDRAW, Effect.NOTIFY_FLAPPING),
        steps=without_calls(alarm.policy.steps),
    )


def calm(alarm: Alarm, now: datetime) -> Transition:
    """Nothing has changed for long enough."""
    calmed = replace(alarm, calm_at=None, digest_at=None, reopened_at=())
    if calmed.is_active:
        if climbs(calmed):
            return begin_steps(calmed, Reason.CALMED, now)
        return Transition(alarm=scheduled(calmed, now), reason=Reason.CALMED)
    latched = calmed.policy.latch and calmed.state is AlarmState.CLEARED
    over = scheduled(replace(calmed, steps_from=now), now) if latched else closed(calmed, now)
    effects = (Effect.WITHDRAW, Effect.TELL_CLEARED)
    return Transition(alarm=over, reason=Reason.CALMED, effects=effects)


def standing(alarm: Alarm) -> Alarm:
    """In the state of a chattering alarm that nobody has taken."""
    return replace(alarm, state=AlarmState.RAISED if alarm.cleared_at is None else AlarmState.CLEARED)


def _flap(alarm: Alarm, reason: Reason, now: datetime) -> Transition:
    """It is noted, and nobody is told. Whoever has taken it keeps it."""
    changed = alarm if alarm.state is AlarmState.ACKED else standing(alarm)
    return Transition(alarm=scheduled(replace(changed, calm_at=_calm_at(alarm, now)), now), reason=reason)


def _calm_at(alarm: Alarm, now: datetime) -> datetime:
    return now + 2 * alarm.policy.reopen_within
