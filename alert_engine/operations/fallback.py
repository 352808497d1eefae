"""The same person by the next way, where it is not proven in time that they were told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.fallback import FallbackReason, decide, watched
from alert_engine.decisions.restart import moved_proof, resumed_proof
from alert_engine.model import Address, AlarmState, MessageChanged, MessageKind, MessageState

from . import direct_proof, overdue, replies
from .messages import Draft, write
from .proof import proves
from .route_facts import of
from .telling import ask_gate
from .tried import may_go_on, tried

if TYPE_CHECKING:
    from alert_engine.decisions.fallback import Fallback, Tried
    from alert_engine.model import Alarm, Person
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.work import Work

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
        work.save(entry, resumed_proof(entry, work.now, _wait(work, entry) or timedelta(0)))


def _wait(work: Work, entry: OutboxEntry) -> timedelta | None:
    """How long a message has to be proven."""
    if direct_proof.is_watched(entry):
        return direct_proof.WAIT
    alarm = work.tx.alarms.get(entry.message.alarm_id) if entry.message.alarm_id else None
    return alarm.policy.fallback_after if alarm else None


def _look(work: Work, entry: OutboxEntry) -> None:
    message = entry.message
    if message.kind is MessageKind.REPLY:
        replies.look(work, entry)
        return
    if message.kind is MessageKind.DIRECT:
        direct_proof.look(work, entry)
        return
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
    stopped = work.tx.consent.all_stopped_routes()
    decision = decide(
        _tried(work, alarm, entry), others, person, of(work), work.now, full=full, stopped=stopped
    )
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
    return may_go_on(entry)


def _tried(work: Work, alarm: Alarm, entry: OutboxEntry) -> Tried:
    return tried(work, entry, proven=proves(work, alarm, entry))


def _carry_out(work: Work, alarm: Alarm, entry: OutboxEntry, decision: Fallback, wait: timedelta) -> None:
    due_at = None if entry.message.state.is_final else entry.proof_due_at
    after = replace(entry, proof_look_at=decision.look_at, proof_due_at=due_at)
    if decision.reason is FallbackReason.MOVED:
        moved = replace(entry, refusals=0, given_up=(*entry.given_up, *decision.excluded))
        after = watched(moved.changed(due_at=work.now), work.now, wait)
        work.announce(MessageChanged(message=after.message, at=work.now))  # the other route sleeps until then
    work.save(entry, after)
    if decision.address is not None:
        copy = write(work, _draft(work, alarm, entry, decision.address))
        linked = replace(copy, fallback_of=entry.chain, excluded=decision.excluded, given_up=decision.avoided)
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
