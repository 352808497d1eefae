"""A message got somewhere, and all that follows from it is written in the same commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.decisions.follow_ups import due
from alert_engine.model import MessageChanged, MessageKind, MessageState, Severity, Verdict

from . import overdue
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
    """Do not send a message; what a route has in hand is finished, but not sent again."""
    entries = work.tx.messages.get_all((uid,))
    if not entries:
        return Verdict.UNKNOWN
    (entry,) = entries
    state = entry.message.state
    if state is MessageState.QUEUED:
        work.save(entry, entry.changed(state=MessageState.CANCELLED, reason=_CANCELLED))
        return Verdict.APPLIED
    if state not in {MessageState.IN_FLIGHT, MessageState.IN_DOUBT} or entry.withdrawn:
        return Verdict.UNCHANGED
    withdrawn = replace(entry, withdrawn=True).changed(reason=_CANCELLED)
    work.save(entry, withdrawn)
    # Whoever has it in hand listens: a call that rings is hung up.
    work.announce(MessageChanged(message=withdrawn.message, at=work.now))
    return Verdict.APPLIED


def _note_proof(work: Work, entry: OutboxEntry) -> None:
    message = entry.message
    alarm = work.tx.alarms.get(message.alarm_id) if message.alarm_id else None
    if alarm is not None and message.kind is MessageKind.RAISE and proves(work, alarm, entry):
        end_chain(work, entry)
        overdue.settle(work, alarm)
