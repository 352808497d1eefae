"""A message got somewhere, and all that follows from it is written in the same commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.decisions.follow_ups import due
from alert_engine.model import MessageChanged, MessageKind, MessageState, Severity, Verdict

from . import direct_proof, overdue
from .direct_proof import is_watched
from .fallback import end_chain
from .messages import Draft, write
from .proof import proves

if TYPE_CHECKING:
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.work import Work

_TAKEN = frozenset({MessageState.ACCEPTED, MessageState.DELIVERED})
_CANCELLED = "cancelled by whoever had asked for it"


def advance(work: Work, before: OutboxEntry, after: OutboxEntry) -> None:
    """Save what became of a message; write what follows upon it; end what is not needed any more."""
    now, later = due(after)
    saved = replace(after, follow_ups=later)
    work.save(before, saved)
    is_news = saved.message.state is not before.message.state
    if saved.message.read_at != before.message.read_at and not is_news:
        work.announce(MessageChanged(message=saved.message, at=work.now))
    for each in now:
        draft = Draft(
            kind=MessageKind.DIRECT,
            address=each.address,
            recipient=each.recipient,
            text=each.text,
            priority=saved.message.priority,
            expires_at=work.now + work.settings.expiry[Severity.NORMAL],
        )
        write(work, draft)
    if is_news and saved.message.state in _TAKEN:
        _note_proof(work, saved)


def cancel(work: Work, uid: str) -> Verdict:
    """Do not send a message; what a route has in hand is finished, but not sent again.

    Of a text whose delivery is to be proven, nothing is sent by another way either.
    """
    entries = work.tx.messages.get_all((uid,))
    if not entries:
        return Verdict.UNKNOWN
    (entry,) = entries
    is_text = entry.message.kind is MessageKind.DIRECT
    chain = work.tx.messages.chain(entry.chain) if is_text else entries
    cancelled = [_cancel_one(work, each) for each in chain]
    return Verdict.APPLIED if any(cancelled) else Verdict.UNCHANGED


def _cancel_one(work: Work, entry: OutboxEntry) -> bool:
    """Whether that was in time."""
    state = entry.message.state
    if state is MessageState.QUEUED:
        work.save(entry, entry.changed(state=MessageState.CANCELLED, reason=_CANCELLED))
        return True
    if state not in {MessageState.IN_FLIGHT, MessageState.IN_DOUBT} or entry.withdrawn:
        if is_watched(entry):
            work.save(entry, replace(entry, proof_look_at=None))
        return False
    withdrawn = replace(entry, withdrawn=True).changed(reason=_CANCELLED)
    work.save(entry, withdrawn)
    # Whoever has it in hand listens: a call that rings is hung up.
    work.announce(MessageChanged(message=withdrawn.message, at=work.now))
    return True


def _note_proof(work: Work, entry: OutboxEntry) -> None:
    message = entry.message
    alarm = work.tx.alarms.get(message.alarm_id) if message.alarm_id else None
    if alarm is not None and message.kind is MessageKind.RAISE and proves(work, alarm, entry):
        end_chain(work, entry)
        overdue.settle(work, alarm)
    elif is_watched(entry) and direct_proof.proves(work, entry):
        end_chain(work, entry)
