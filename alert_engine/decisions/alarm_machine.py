"""The states of an alarm: (alarm, event, now) to (alarm, effects), each with a reason.

=======  =======  =================  ===========  =================  ========  =============  ======
state    raise    more severe raise  acknowledge  clear              step due  unacknowledge  close
=======  =======  =================  ===========  =================  ========  =============  ======
pending  counted  raised             acked        closed, unsent     raised    -              closed
raised   counted  steps begin again  acked        closed or cleared  steps     -              closed
acked    counted  raised             -            closed             -         raised         closed
cleared  raised   raised             closed       -                  steps     -              closed
closed   -        -                  -            -                  -         -              -
=======  =======  =================  ===========  =================  ========  =============  ======

``cleared`` exists in latching policies only. A dash changes nothing and says so in its reason. Every event
may come twice: the second one changes nothing and sends nothing, so a source may repeat itself safely. An
episode that is over is never opened again: a raise after it begins a new one (`begin`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from alert_engine.model import Alarm, AlarmState, Policy, Severity, Step

from .escalation import Due, look

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Reason(StrEnum):
    """What became of an event."""

    RAISED = "raised"
    HELD = "held"  # raised, and nobody is told before the hold is over
    HOLD_OVER = "hold_over"
    REPEATED = "repeated"
    SEVERITY_ROSE = "severity_rose"
    REOPENED = "reopened"  # raised again after a latched clear
    STEP = "step"  # a step or a repeat ran
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    CLEARED = "cleared"
    CLEARED_UNSENT = "cleared_unsent"  # within the hold: nobody was told
    CLOSED = "closed"
    # Nothing changed:
    NOTHING_DUE = "nothing_due"
    ALREADY_ACKNOWLEDGED = "already_acknowledged"
    ALREADY_CLEARED = "already_cleared"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    OVER = "over"

    @property
    def changed(self) -> bool:
        """The alarm is another than before."""
        return self not in _UNCHANGED


_UNCHANGED = frozenset(
    {
        Reason.NOTHING_DUE,
        Reason.ALREADY_ACKNOWLEDGED,
        Reason.ALREADY_CLEARED,
        Reason.NOT_ACKNOWLEDGED,
        Reason.OVER,
    }
)


class Effect(StrEnum):
    """What must happen in the same commit, in this order."""

    WITHDRAW = "withdraw"  # messages that no route has taken and that are not true any more
    NOTIFY = "notify"  # write messages for `Transition.steps`
    TELL_TAKEN = "tell_taken"  # those who got the raise hear who took it
    TELL_CLEARED = "tell_cleared"  # those who got the raise hear that it is over
    TELL_CLOSED = "tell_closed"  # the same, closed by a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """A source says: it is on."""

    severity: Severity
    policy: Policy  # of that severity: it replaces the alarm's when the severity rises
    title: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    source_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """A source says: it is over."""

    source_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """Somebody takes it."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unacknowledge:
    """Whoever took it gives it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """A person ends the episode, whatever the source says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDue:
    """`next_due` has come."""


Event = Raise | Clear | Acknowledge | Unacknowledge | Close | StepDue


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """What an event made of an alarm."""

    alarm: Alarm
    reason: Reason
    effects: tuple[Effect, ...] = ()
    steps: tuple[Step, ...] = ()  # for NOTIFY


def begin(*, alarm_id: str, source: str, key: str, code: str, event: Raise, now: datetime) -> Transition:
    """Open a new episode."""
    hold = event.policy.hold
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
        next_due=now + hold if hold else None,
        raised_at=now,
        last_source_time=event.source_time,
        labels=dict(event.labels),
    )
    if hold:
        return Transition(alarm=alarm, reason=Reason.HELD)
    return _loud(alarm, Reason.RAISED, now)


def apply(alarm: Alarm, event: Event, now: datetime) -> Transition:
    """Take one event."""
    if alarm.state is AlarmState.CLOSED:
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
        case Close():
            return _close(alarm, now)
        case StepDue():
            return _step_due(alarm, now)
        case _:
            assert_never(event)


def _raise(alarm: Alarm, event: Raise, now: datetime) -> Transition:
    told = replace(
        alarm,
        count=alarm.count + 1,
        title=event.title or alarm.title,
        text=event.text or alarm.text,
        labels=dict(event.labels) or alarm.labels,
        last_source_time=_newest(alarm.last_source_time, event.source_time),
    )
    if event.severity.rank > alarm.severity.rank:
        return _loud(replace(told, severity=event.severity, policy=event.policy), Reason.SEVERITY_ROSE, now)
    if alarm.state is AlarmState.CLEARED:
        return _loud(told, Reason.REOPENED, now)
    return Transition(alarm=told, reason=Reason.REPEATED)


def _clear(alarm: Alarm, event: Clear, now: datetime) -> Transition:
    if alarm.state is AlarmState.CLEARED:
        return Transition(alarm=alarm, reason=Reason.ALREADY_CLEARED)
    cleared = replace(
        alarm, cleared_at=now, last_source_time=_newest(alarm.last_source_time, event.source_time)
    )
    if alarm.state is AlarmState.PENDING:
        return Transition(alarm=_closed(cleared, now), reason=Reason.CLEARED_UNSENT)
    latched = alarm.state is AlarmState.RAISED and alarm.policy.latch
    over = replace(cleared, state=AlarmState.CLEARED) if latched else _closed(cleared, now)
    return Transition(alarm=over, reason=Reason.CLEARED, effects=(Effect.WITHDRAW, Effect.TELL_CLEARED))


def _acknowledge(alarm: Alarm, event: Acknowledge, now: datetime) -> Transition:
    if alarm.state is AlarmState.ACKED:
        return Transition(alarm=alarm, reason=Reason.ALREADY_ACKNOWLEDGED)
    taken = replace(alarm, state=AlarmState.ACKED, acked_at=now, acked_by=event.by, next_due=None)
    if alarm.state is AlarmState.CLEARED:
        taken = _closed(taken, now)
    effects = () if alarm.state is AlarmState.PENDING else (Effect.WITHDRAW, Effect.TELL_TAKEN)
    return Transition(alarm=taken, reason=Reason.ACKNOWLEDGED, effects=effects)


def _unacknowledge(alarm: Alarm, now: datetime) -> Transition:
    if alarm.state is not AlarmState.ACKED:
        return Transition(alarm=alarm, reason=Reason.NOT_ACKNOWLEDGED)
    return _loud(alarm, Reason.UNACKNOWLEDGED, now)


def _close(alarm: Alarm, now: datetime) -> Transition:
    effects = () if alarm.state is AlarmState.PENDING else (Effect.WITHDRAW, Effect.TELL_CLOSED)
    return Transition(alarm=_closed(alarm, now), reason=Reason.CLOSED, effects=effects)


def _step_due(alarm: Alarm, now: datetime) -> Transition:
    if alarm.next_due is None or now < alarm.next_due:
        return Transition(alarm=alarm, reason=Reason.NOTHING_DUE)
    if alarm.state is AlarmState.PENDING:
        return _loud(alarm, Reason.HOLD_OVER, now)
    due = look(alarm.policy, alarm.steps_from or alarm.raised_at, alarm.next_due, now)
    return _run(alarm, due, Reason.STEP)


def _loud(alarm: Alarm, reason: Reason, now: datetime) -> Transition:
    """Raised, nobody has taken it, and the steps begin here."""
    raised = replace(
        alarm, state=AlarmState.RAISED, acked_at=None, acked_by=None, cleared_at=None, steps_from=now
    )
    transition = _run(raised, look(raised.policy, now, now, now), reason)
    if alarm.state is AlarmState.PENDING:
        return transition
    return replace(transition, effects=(Effect.WITHDRAW, *transition.effects))


def _run(alarm: Alarm, due: Due, reason: Reason) -> Transition:
    return Transition(
        alarm=replace(alarm, step=due.passed, next_due=due.next_due),
        reason=reason,
        effects=(Effect.NOTIFY,) if due.steps else (),
        steps=due.steps,
    )


def _closed(alarm: Alarm, now: datetime) -> Alarm:
    return replace(alarm, state=AlarmState.CLOSED, closed_at=now, next_due=None)


def _newest(known: datetime | None, told: datetime | None) -> datetime | None:
    return max((moment for moment in (known, told) if moment is not None), default=None)
