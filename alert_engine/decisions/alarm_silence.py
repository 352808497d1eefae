"""Alarms that are open and counted while nobody is told: shelved by a person, or explained by something.

Each lasts until its own end; people are told again when the last one is over. Neither outlives the episode,
and a rising severity ends them: see `alarm_machine`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from alert_engine.model import AlarmState

from .alarm_events import Effect, Reason, Shelve, Suppress, Transition, Unshelve, Unsuppress
from .alarm_ladder import begin_steps, climbs, scheduled

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.model import Alarm


def silence(alarm: Alarm, event: Shelve | Unshelve | Suppress | Unsuppress, now: datetime) -> Transition:
    """Begin or end to keep an open alarm silent."""
    match event:
        case Shelve():
            return _shelve(alarm, event, now)
        case Unshelve():
            return unshelve(alarm, Reason.UNSHELVED, now)
        case Suppress():
            return _suppress(alarm, event, now)
        case Unsuppress():
            return _unsuppress(alarm, event, now)
        case _:
            assert_never(event)


def _shelve(alarm: Alarm, event: Shelve, now: datetime) -> Transition:
    """A person wants it to be silent for a while; the last one who says so counts."""
    if alarm.shelved_until == event.until:
        return Transition(alarm=alarm, reason=Reason.ALREADY_SHELVED)
    shelved = replace(alarm, shelved_until=event.until, shelved_by=event.by)
    return _silent(shelved, Reason.SHELVED, (Effect.WITHDRAW, Effect.TELL_SHELVED), now)


def unshelve(alarm: Alarm, reason: Reason, now: datetime) -> Transition:
    """A person, or the time, has ended it."""
    if alarm.shelved_until is None:
        return Transition(alarm=alarm, reason=Reason.NOT_SHELVED)
    return _audible(replace(alarm, shelved_until=None, shelved_by=None), reason, now)


def _suppress(alarm: Alarm, event: Suppress, now: datetime) -> Transition:
    """Something explains it; the first explanation counts."""
    if alarm.suppressed_by is not None:
        return Transition(alarm=alarm, reason=Reason.ALREADY_SUPPRESSED)
    return _silent(replace(alarm, suppressed_by=event.by), Reason.SUPPRESSED, (Effect.WITHDRAW,), now)


def _unsuppress(alarm: Alarm, event: Unsuppress, now: datetime) -> Transition:
    """The explanation does not hold any more; that of another one changes nothing."""
    if alarm.suppressed_by is None or event.by not in {None, alarm.suppressed_by}:
        return Transition(alarm=alarm, reason=Reason.NOT_SUPPRESSED)
    return _audible(replace(alarm, suppressed_by=None), Reason.UNSUPPRESSED, now)


def _silent(alarm: Alarm, reason: Reason, effects: tuple[Effect, ...], now: datetime) -> Transition:
    """Nobody knows of a pending one, so nothing has to be said."""
    told = alarm.state is not AlarmState.PENDING
    return Transition(alarm=scheduled(alarm, now), reason=reason, effects=effects if told else ())


def _audible(alarm: Alarm, reason: Reason, now: datetime) -> Transition:
    """From the first step on, where nothing else keeps it silent."""
    if climbs(alarm):
        return begin_steps(alarm, reason, now)
    return Transition(alarm=scheduled(alarm, now), reason=reason)
