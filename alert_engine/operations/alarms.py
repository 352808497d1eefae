"""Raise, clear, acknowledge, give back, shelve, close; and whatever comes due of an alarm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from alert_engine.decisions.alarm_events import (
    Acknowledge,
    Clear,
    Close,
    Deadline,
    Event,
    Raise,
    Shelve,
    Transition,
    Unacknowledge,
    Unshelve,
)
from alert_engine.decisions.alarm_machine import apply, begin, can_reopen
from alert_engine.decisions.codes import choose_code
from alert_engine.decisions.escalation import rehearsal
from alert_engine.decisions.ordering import has_lapsed, trusted
from alert_engine.model import (
    AcknowledgeBy,
    AlarmAcknowledge,
    AlarmClose,
    AlarmRaise,
    AlarmResult,
    AlarmShelve,
    AlarmState,
    AlarmUnacknowledge,
    AlarmUnshelve,
    Verdict,
)

from .effects import carry_out
from .intake import Ticket, earlier_answer, is_new_episode, record_alarms, stale
from .suppression import follow, suppressor_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alert_engine.model import Alarm, AlarmClear, Command, KeyAcknowledge, Policy
    from alert_engine.work import Work

# How long the code of a closed alarm is not given to another: a late reply must not acknowledge a stranger.
CODE_REST = timedelta(hours=24)

# A test alarm whose source does not end it is over after this: it has shown what there is to see.
TEST_LIFE = timedelta(hours=1)

# How often one alarm is looked at in a row: a shelf, a hold and a reminder may end at the same moment.
_MAX_LOOKS = 8

_KINDS = {
    AlarmAcknowledge: "acknowledge",
    AlarmUnacknowledge: "unacknowledge",
    AlarmClose: "close",
    AlarmShelve: "shelve",
    AlarmUnshelve: "unshelve",
}


def raise_alarm(work: Work, request: AlarmRaise, *, policy: Policy | None = None) -> AlarmResult:
    """Open an episode, open one again that has just ended, or count one that is open.

    A test does not touch an alarm that is real; a real one ends a test. `policy` replaces a configured one.
    """
    ticket = _ticket("raise", request)
    if (known := _known(work, ticket)) is not None:
        return known
    if has_lapsed(request.source_time, request.ttl, work.now):
        return _not_applied(work, ticket)
    alarm = work.tx.alarms.open_of_key(request.source, request.key) or _reopenable(work, request)
    if alarm is not None and alarm.is_test != request.is_test:
        if request.is_test:
            return record_alarms(work, ticket, AlarmResult(verdict=Verdict.UNCHANGED, alarms=(alarm,)))
        apply_event(work, alarm, Close())
        alarm = None
    if alarm is not None and request.is_level and _is_no_news(alarm, request):
        return record_alarms(work, ticket, AlarmResult(verdict=Verdict.UNCHANGED, alarms=(alarm,)))
    event = _raise_event(work, request, policy)
    transition = _begin(work, request, event) if alarm is None else _apply(work, alarm, event)
    uids = carry_out(work, transition)
    follow(work, transition.alarm)
    return record_alarms(work, ticket, _result(transition, uids))


def clear(work: Work, request: AlarmClear) -> AlarmResult:
    """End an episode, because its source says so."""
    ticket = _ticket("clear", request)
    if (known := _known(work, ticket)) is not None:
        return known
    alarm = work.tx.alarms.open_of_key(request.source, request.key)
    if alarm is None:
        return record_alarms(work, ticket, AlarmResult(verdict=Verdict.UNCHANGED, alarms=()))
    event = Clear(source_time=trusted(request.source_time, work.now))
    return record_alarms(work, ticket, apply_event(work, alarm, event, words=request.text))


def command(work: Work, request: Command) -> AlarmResult:
    """Do what somebody asks, with one alarm or with all that are open."""
    kind, about = _KINDS[type(request)], request.alarm_id or request.code or "*"
    ticket = Ticket(kind=kind, source=request.by, message_id=request.message_id, key=about)
    if (known := duplicate(work, ticket)) is not None:
        return known
    named = _named(work, request)
    results = [apply_event(work, alarm, _event(work, request, alarm), by=request.by) for alarm in named]
    if any(result.verdict is Verdict.APPLIED for result in results):
        verdict = Verdict.APPLIED
    else:
        verdict = Verdict.UNCHANGED if results or request.all_open else Verdict.UNKNOWN
    return record_alarms(work, ticket, _merged(results, verdict))


def acknowledge_key(work: Work, request: KeyAcknowledge) -> AlarmResult:
    """A source takes its own alarm."""
    about = f"{request.source}/{request.key}"
    ticket = Ticket(kind="acknowledge", source=request.by, message_id=request.message_id, key=about)
    if (known := duplicate(work, ticket)) is not None:
        return known
    alarm = work.tx.alarms.open_of_key(request.source, request.key)
    if alarm is None:
        return record_alarms(work, ticket, AlarmResult(verdict=Verdict.UNKNOWN, alarms=()))
    event = _acknowledgement(work, alarm, request.by)
    return record_alarms(work, ticket, apply_event(work, alarm, event, by=request.by))


def take(work: Work, alarm: Alarm, by: str) -> bool:
    """Acknowledge this alarm; False if that changed nothing."""
    return apply_event(work, alarm, _acknowledgement(work, alarm, by), by=by).verdict is Verdict.APPLIED


def needed_for(work: Work, alarm: Alarm) -> frozenset[str]:
    """Where all must take it: all who are told, also those whose message waits or did not arrive, and may."""
    meant = work.tx.told.meant(alarm.id)
    return frozenset(
        person.id for person in work.settings.people if person.id in meant and person.can_acknowledge
    )


def come_due(work: Work, alarm: Alarm) -> None:
    """Do all that has come due of it."""
    for _ in range(_MAX_LOOKS):
        if alarm.next_due is None or alarm.next_due > work.now:
            return
        (alarm,) = apply_event(work, alarm, Deadline()).alarms


def apply_event(work: Work, alarm: Alarm, event: Event, *, by: str = "", words: str = "") -> AlarmResult:
    """Let this happen to the alarm, with all that follows."""
    transition = _apply(work, alarm, event)
    uids = carry_out(work, transition, by=by, words=words)
    follow(work, transition.alarm)
    return _result(transition, uids)


def duplicate(work: Work, ticket: Ticket) -> AlarmResult | None:
    """The answer to a request that is a repeat."""
    earlier = earlier_answer(work, ticket)
    if earlier is None:
        return None
    alarms = (work.tx.alarms.get(alarm_id) for alarm_id in earlier.alarm_ids)
    return AlarmResult(
        verdict=Verdict.DUPLICATE,
        alarms=tuple(alarm for alarm in alarms if alarm is not None),
        message_uids=earlier.message_uids,
    )


def _is_no_news(alarm: Alarm, request: AlarmRaise) -> bool:
    """The alarm lasts already, as its source says it does."""
    says_more = request.severity.rank > alarm.severity.rank or request.ttl is not None
    words = ((request.title, alarm.title), (request.text, alarm.text))
    return alarm.is_active and not says_more and all(new in {"", old} for new, old in words)


def _raise_event(work: Work, request: AlarmRaise, policy: Policy | None) -> Raise:
    return Raise(
        severity=request.severity,
        policy=_policy(work, request, policy),
        title=request.title,
        text=request.text,
        labels=request.labels,
        source_time=trusted(request.source_time or request.began_at, work.now),
        ttl=request.ttl or (TEST_LIFE if request.is_test else None),
        url=request.url,
        parent=request.parent,
        is_test=request.is_test,
        suppressed_by=suppressor_of(work, request.source, request.key, request.parent, request.severity),
    )


def _policy(work: Work, request: AlarmRaise, given: Policy | None) -> Policy:
    policy = given or work.settings.policy_for(request.severity, request.policy)
    if request.hold is not None:
        policy = replace(policy, hold=request.hold)
    return rehearsal(policy) if request.is_test else policy


def _reopenable(work: Work, request: AlarmRaise) -> Alarm | None:
    """The last episode of the key, if a raise now belongs to it and its code is still its own."""
    last = work.tx.alarms.newest_of_key(request.source, request.key)
    if last is None or last.is_test or request.is_test or not can_reopen(last, work.now):
        return None
    return None if work.tx.alarms.code_used(last.code, work.now) else last


def _ticket(kind: str, request: AlarmRaise | AlarmClear) -> Ticket:
    return Ticket(
        kind=kind,
        source=request.source,
        message_id=request.message_id,
        key=request.key,
        source_time=request.source_time,
        tells_beginning=isinstance(request, AlarmRaise) and request.began_at is not None,
    )


def _known(work: Work, ticket: Ticket) -> AlarmResult | None:
    """The answer to a request that is a repeat, or older than what is known."""
    known, is_stale = duplicate(work, ticket), stale(work, ticket)
    if known is None:
        return _not_applied(work, ticket) if is_stale else None
    begins_again = ticket.kind == "raise" and is_new_episode(ticket, known.alarms, work.now)
    # The time of a raise that tells its beginning stays the same however often it is told.
    return None if begins_again and (ticket.tells_beginning or not is_stale) else known


def _not_applied(work: Work, ticket: Ticket) -> AlarmResult:
    """The answer to what is too old to count."""
    alarm = work.tx.alarms.open_of_key(ticket.source, ticket.key)
    return record_alarms(
        work, ticket, AlarmResult(verdict=Verdict.STALE, alarms=() if alarm is None else (alarm,))
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


def _event(work: Work, request: Command, alarm: Alarm) -> Event:
    match request:
        case AlarmAcknowledge():
            return _acknowledgement(work, alarm, request.by)
        case AlarmUnacknowledge():
            return Unacknowledge()
        case AlarmShelve():
            return Shelve(by=request.by, until=request.until)
        case AlarmUnshelve():
            return Unshelve()
        case AlarmClose():
            return Close()
        case _:
            assert_never(request)


def _acknowledgement(work: Work, alarm: Alarm, by: str) -> Acknowledge:
    if alarm.policy.acknowledge_by is AcknowledgeBy.ANY:
        return Acknowledge(by=by)
    return Acknowledge(by=by, needed=needed_for(work, alarm))


def _named(work: Work, request: Command) -> tuple[Alarm, ...]:
    """The alarms that a request names."""
    if request.all_open:
        alarms = work.tx.alarms.all_open()
        is_acknowledge = isinstance(request, AlarmAcknowledge)
        return tuple(alarm for alarm in alarms if not (is_acknowledge and alarm.state is AlarmState.ACKED))
    if request.code is not None:
        alarm = work.tx.alarms.newest_of_code(request.code)
    else:
        alarm = work.tx.alarms.get(request.alarm_id or "")
    return () if alarm is None else (alarm,)


def _merged(results: Sequence[AlarmResult], verdict: Verdict) -> AlarmResult:
    """One answer for several alarms."""
    return AlarmResult(
        verdict=verdict,
        alarms=tuple(alarm for result in results for alarm in result.alarms),
        message_uids=tuple(uid for result in results for uid in result.message_uids),
    )


def _result(transition: Transition, uids: tuple[str, ...]) -> AlarmResult:
    return AlarmResult(
        verdict=Verdict.APPLIED if transition.reason.changed else Verdict.UNCHANGED,
        alarms=(transition.alarm,),
        message_uids=uids,
    )
