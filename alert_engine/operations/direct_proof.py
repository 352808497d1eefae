"""A text whose delivery is to be proven: the next way for its person, where no report says that it arrived.

It begins with the address that the send chose, and goes on by other routes and to the person's other
addresses, as an alarm does. When all is tried, that is all: the messages say what became of them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.fallback import FallbackReason, decide, is_proven, watched
from alert_engine.model import MessageChanged, MessageKind, MessageState, Proof

from .messages import Draft, write
from .route_facts import gives_reports, of
from .tried import may_go_on, tried

if TYPE_CHECKING:
    from alert_engine.decisions.fallback import Fallback
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.work import Work

# A phone that is switched on reports within seconds, by a busy network within two minutes. Whoever is reached
# later is told twice at worst.
WAIT = timedelta(minutes=5)


def watch(work: Work, entry: OutboxEntry) -> OutboxEntry:
    """Look after a text that was just written."""
    after = watched(entry, entry.message.due_at, WAIT)
    work.save(entry, after)
    return after


def is_watched(entry: OutboxEntry) -> bool:
    """Its delivery is to be proven."""
    return entry.message.kind is MessageKind.DIRECT and entry.proof_due_at is not None


def proves(work: Work, entry: OutboxEntry) -> bool:
    """This message shows that its person was told."""
    message = entry.message
    reports = gives_reports(work.tx, message.route, message.channel, work.routes, work.now)
    return is_proven(message.state, Proof.DELIVERED, reports=reports)


def look(work: Work, entry: OutboxEntry) -> None:
    """Look whether a text arrived."""
    message = entry.message
    if entry.expired(work.now) or not may_go_on(entry):
        work.save(entry, replace(entry, proof_look_at=None))
        return
    if message.state is MessageState.QUEUED and not message.attempts and message.due_at > work.now:
        watch(work, entry)  # it is not to be sent before then; a restart looks earlier
        return
    others = tuple(
        tried(work, other, proven=proves(work, other))
        for other in work.tx.messages.chain(entry.chain)
        if other.message.uid != message.uid
    )
    person = work.settings.person(message.recipient or "")
    stopped = work.tx.consent.all_stopped_routes()
    now_tried = tried(work, entry, proven=proves(work, entry))
    decision = decide(now_tried, others, person, of(work), work.now, stopped=stopped)
    _carry_out(work, entry, decision)


def _carry_out(work: Work, entry: OutboxEntry, decision: Fallback) -> None:
    after = replace(entry, proof_look_at=decision.look_at)
    if decision.reason is FallbackReason.MOVED:
        moved = replace(entry, refusals=0, given_up=(*entry.given_up, *decision.excluded))
        after = watched(moved.changed(due_at=work.now), work.now, WAIT)
        work.announce(MessageChanged(message=after.message, at=work.now))  # the other route sleeps until then
    work.save(entry, after)
    if decision.address is None:
        return
    message = entry.message
    draft = Draft(
        kind=MessageKind.DIRECT,
        address=decision.address,
        recipient=message.recipient,
        text=message.text,
        priority=message.priority,
        expires_at=message.expires_at,
        plain=entry.plain and not entry.simplified,
        flash=entry.flash,
    )
    copy = write(work, draft)
    linked = replace(copy, fallback_of=entry.chain, excluded=decision.excluded, given_up=decision.avoided)
    work.save(copy, watched(linked, work.now, WAIT))
