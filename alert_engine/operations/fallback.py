"""The same person by the next way, where it is not proven in time that they were told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.fallback import FallbackReason, Tried, decide, watched
from alert_engine.decisions.outcome import OutcomeReason
from alert_engine.decisions.restart import moved_proof, resumed_proof
from alert_engine.model import Address, AlarmState, MessageKind, MessageState

from . import overdue
from .messages import OPTED_OUT, OWN_NUMBER, Draft, write
from .proof import proves
from .route_facts import of
from .telling import ask_gate

if TYPE_CHECKING:
    from alert_engine.decisions.fallback import Fallback
    from alert_engine.model import Alarm, Person
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.work import Work

_BARRED = frozenset({OPTED_OUT, OWN_NUMBER})
_TOLD = "told already, by another way"


def run_due(work: Work, limit: int) -> int:
    """Look at messages whose proof is due; how many that were."""
    looked_at = work.tx.messages.proof_looks(work.now, limit)
    for entry in looked_at:
        _look(work, entry)
    return len(looked_at)


def end_chain(work: Work, proven: OutboxEntry) -> None:
    """Its person was told: what has not left yet of the same chain need not, and nothing is sent again."""
    for entry in work.tx.messages.chain(proven.chain):
        message = entry.message
        ended = replace(entry, proof_look_at=None)
        if message.uid == proven.message.uid:
            pass
        elif message.state is MessageState.QUEUED:
            ended = ended.changed(state=MessageState.CANCELLED, reason=_TOLD)
        elif not message.state.is_final:
            ended = replace(ended, withdrawn=True)
        work.save(entry, ended)


def follow_clock(work: Work, jump: timedelta) -> None:
    """The wall clock jumped: what waits, waits as long as before."""
    for entry in work.tx.messages.awaiting_proof():
        work.save(entry, moved_proof(entry, jump))


def resume(work: Work) -> None:
    """After a restart that may have set the clock back, nothing waits longer than its policy says."""
    for entry in work.tx.messages.awaiting_proof():
        alarm = work.tx.alarms.get(entry.message.alarm_id) if entry.message.alarm_id else None
        wait = alarm.policy.fallback_after if alarm else None
        work.save(entry, resumed_proof(entry, work.now, wait or timedelta(0)))


def _look(work: Work, entry: OutboxEntry) -> None:
    message = entry.message
    alarm = work.tx.alarms.get(message.alarm_id) if message.alarm_id else None
    wait = alarm.policy.fallback_after if alarm else None
    if (
        alarm is None
        or wait is None
        or not _is_wanted(alarm, entry)
        or _was_just_told(work, alarm, entry, wait)
    ):
        work.save(entry, replace(entry, proof_look_at=None))
        return
    others = tuple(
        _tried(work, alarm, other)
        for other in work.tx.messages.raises(alarm.id, entry.chain)
        if other.message.recipient == message.recipient and other.message.uid != message.uid
    )
    person = work.settings.person(message.recipient or "")
    full = _full(work, alarm, person)
    decision = decide(_tried(work, alarm, entry), others, person, of(work), work.now, full=full)
    _carry_out(work, alarm, entry, decision, wait)


def _was_just_told(work: Work, alarm: Alarm, entry: OutboxEntry, wait: timedelta) -> bool:
    """Another step told the same person, not longer ago than this message may take: that is enough."""
    earlier = work.tx.messages.raises_since(alarm.id, entry.message.created_at - wait)
    return any(
        proves(work, alarm, other)
        for other in earlier
        if other.message.recipient == entry.message.recipient and other.message.uid != entry.message.uid
    )


def _full(work: Work, alarm: Alarm, person: Person | None) -> set[Address]:
    """Addresses that bear no more for now: a storm is not to come twice, by two routes."""
    return {
        address
        for address in (person.addresses if person else ())
        if ask_gate(work, address, alarm_id=alarm.id, severity=alarm.severity) is not None
    }


def _is_wanted(alarm: Alarm, entry: OutboxEntry) -> bool:
    """The person must hear of it still."""
    message = entry.message
    if alarm.state is not AlarmState.RAISED or alarm.is_silenced or message.recipient in alarm.acked_people:
        return False
    is_barred = message.state is MessageState.CANCELLED and message.reason in _BARRED
    return is_barred or not (entry.withdrawn or message.state is MessageState.CANCELLED)


def _tried(work: Work, alarm: Alarm, entry: OutboxEntry) -> Tried:
    history = work.tx.attempts.history(entry.message.uid)
    last_outcome = history[-1][1] if history else ""
    return Tried(
        entry=entry,
        proven=proves(work, alarm, entry),
        routes=tuple(dict.fromkeys(route for route, _ in history)),
        refused=last_outcome == OutcomeReason.REFUSED or entry.message.reason in _BARRED,
    )


def _carry_out(work: Work, alarm: Alarm, entry: OutboxEntry, decision: Fallback, wait: timedelta) -> None:
    due_at = None if entry.message.state.is_final else entry.proof_due_at
    after = replace(entry, proof_look_at=decision.look_at, proof_due_at=due_at)
    if decision.reason is FallbackReason.MOVED:
        moved = replace(entry, refusals=0, given_up=(*entry.given_up, *decision.excluded))
        after = watched(moved.changed(due_at=work.now), work.now, wait)
    work.save(entry, after)
    if decision.address is not None:
        copy = write(work, _draft(work, alarm, entry, decision.address))
        linked = replace(copy, fallback_of=entry.chain, excluded=decision.excluded)
        work.save(copy, watched(linked, work.now, wait))
    elif decision.reason is FallbackReason.EXHAUSTED:
        overdue.give_up(work, alarm)


def _draft(work: Work, alarm: Alarm, entry: OutboxEntry, address: Address) -> Draft:
    """The same words."""
    return Draft(
        kind=MessageKind.RAISE,
        address=address,
        recipient=entry.message.recipient,
        text=entry.message.text,
        priority=entry.message.priority,
        alarm_id=alarm.id,
        expires_at=work.now + work.settings.expiry[alarm.severity],
        plain=entry.plain and not entry.simplified,
    )
