"""Raise, clear, acknowledge, give back, close; and the steps of policies."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.alarm_machine import (
    Acknowledge,
    Clear,
    Close,
    Event,
    Raise,
    StepDue,
    Transition,
    Unacknowledge,
    apply,
    begin,
)
from alert_engine.decisions.codes import choose_code
from alert_engine.decisions.ordering import trusted
from alert_engine.model import AlarmResult, AlarmState, Verdict

from .effects import carry_out
from .intake import Ticket, earlier_answer, record_alarms, stale

if TYPE_CHECKING:
    from alert_engine.model import Alarm, AlarmAcknowledge, AlarmClear, AlarmRaise
    from alert_engine.work import Work

# How long the code of a closed alarm is not given to another: a late reply must not acknowledge a stranger.
CODE_REST = timedelta(hours=24)


def raise_alarm(work: Work, request: AlarmRaise) -> AlarmResult:
    """Open an episode, or count one that is open."""
    ticket = _ticket("raise", request)
    if (known := _known(work, ticket)) is not None:
        return known
    alarm = work.tx.alarms.open_of_key(request.source, request.key)
    event = Raise(
        severity=request.severity,
        policy=work.settings.policy_for(request.severity, request.policy),
        title=request.title,
        text=request.text,
        labels=request.labels,
        source_time=trusted(request.source_time, work.now),
    )
    transition = _begin(work, request, event) if alarm is None else _apply(work, alarm, event)
    return record_alarms(work, ticket, _result(transition, carry_out(work, transition)))


def clear(work: Work, request: AlarmClear) -> AlarmResult:
    """End an episode, because its source says so."""
    ticket = _ticket("clear", request)
    if (known := _known(work, ticket)) is not None:
        return known
    alarm = work.tx.alarms.open_of_key(request.source, request.key)
    if alarm is None:
        return record_alarms(work, ticket, AlarmResult(verdict=Verdict.UNCHANGED, alarms=()))
    transition = _apply(work, alarm, Clear(source_time=trusted(request.source_time, work.now)))
    uids = carry_out(work, transition, words=request.text)
    return record_alarms(work, ticket, _result(transition, uids))


def acknowledge(work: Work, request: AlarmAcknowledge) -> AlarmResult:
    """Take one alarm, or all that nobody has taken."""
    ticket = Ticket(kind="acknowledge", source=request.by, message_id=request.message_id)
    if (known := _duplicate(work, ticket)) is not None:
        return known
    results = [_take(work, alarm, request.by) for alarm in _named(work, request)]
    if any(result.verdict is Verdict.APPLIED for result in results):
        verdict = Verdict.APPLIED
    else:
        verdict = Verdict.UNCHANGED if results or request.all_open else Verdict.UNKNOWN
    merged = AlarmResult(
        verdict=verdict,
        alarms=tuple(alarm for result in results for alarm in result.alarms),
        message_uids=tuple(uid for result in results for uid in result.message_uids),
    )
    return record_alarms(work, ticket, merged)


def take(work: Work, alarm: Alarm, by: str) -> bool:
    """Acknowledge this alarm; False if that changed nothing."""
    return _take(work, alarm, by).verdict is Verdict.APPLIED


def unacknowledge(work: Work, alarm_id: str, by: str) -> AlarmResult:
    """Give an alarm back: it is loud again."""
    return _on_one(work, alarm_id, Unacknowledge(), by)


def close(work: Work, alarm_id: str, by: str) -> AlarmResult:
    """End an episode, because a person says so."""
    return _on_one(work, alarm_id, Close(), by)


def step_due(work: Work, alarm: Alarm) -> None:
    """Run what has come due in the alarm's policy."""
    carry_out(work, _apply(work, alarm, StepDue()))


def _ticket(kind: str, request: AlarmRaise | AlarmClear) -> Ticket:
    return Ticket(
        kind=kind,
        source=request.source,
        message_id=request.message_id,
        key=request.key,
        source_time=request.source_time,
    )


def _known(work: Work, ticket: Ticket) -> AlarmResult | None:
    """The answer to a request that is a repeat, or older than what is known."""
    if (duplicate := _duplicate(work, ticket)) is not None:
        return duplicate
    if not stale(work, ticket):
        return None
    alarm = work.tx.alarms.open_of_key(ticket.source, ticket.key)
    return record_alarms(
        work, ticket, AlarmResult(verdict=Verdict.STALE, alarms=() if alarm is None else (alarm,))
    )


def _duplicate(work: Work, ticket: Ticket) -> AlarmResult | None:
    earlier = earlier_answer(work, ticket)
    if earlier is None:
        return None
    alarms = (work.tx.alarms.get(alarm_id) for alarm_id in earlier.alarm_ids)
    return AlarmResult(
        verdict=Verdict.DUPLICATE,
        alarms=tuple(alarm for alarm in alarms if alarm is not None),
        message_uids=earlier.message_uids,
    )


def _begin(work: Work, request: AlarmRaise, event: Raise) -> Transition:
    rested = work.now - CODE_REST
    transition = begin(
        alarm_id=work.ids.uid(),
        source=request.source,
        key=request.key,
        code=choose_code(lambda code: work.tx.alarms.code_used(code, rested), work.ids.draw),
        event=event,
        now=work.now,
    )
    work.tx.alarms.add(transition.alarm)
    return transition


def _apply(work: Work, alarm: Alarm, event: Event) -> Transition:
    transition = apply(alarm, event, work.now)
    if transition.reason.changed:
        work.tx.alarms.save(transition.alarm)
    return transition


def _take(work: Work, alarm: Alarm, by: str) -> AlarmResult:
    transition = _apply(work, alarm, Acknowledge(by=by))
    return _result(transition, carry_out(work, transition, by=by))


def _on_one(work: Work, alarm_id: str, event: Event, by: str) -> AlarmResult:
    alarm = work.tx.alarms.get(alarm_id)
    if alarm is None:
        return AlarmResult(verdict=Verdict.UNKNOWN, alarms=())
    transition = _apply(work, alarm, event)
    return _result(transition, carry_out(work, transition, by=by))


def _named(work: Work, request: AlarmAcknowledge) -> tuple[Alarm, ...]:
    """The alarms that a request names."""
    if request.all_open:
        return tuple(alarm for alarm in work.tx.alarms.all_open() if alarm.state is not AlarmState.ACKED)
    if request.code is not None:
        alarm = work.tx.alarms.newest_of_code(request.code)
    else:
        alarm = work.tx.alarms.get(request.alarm_id or "")
    return () if alarm is None else (alarm,)


def _result(transition: Transition, uids: tuple[str, ...]) -> AlarmResult:
    return AlarmResult(
        verdict=Verdict.APPLIED if transition.reason.changed else Verdict.UNCHANGED,
        alarms=(transition.alarm,),
        message_uids=uids,
    )
