"""What comes due by itself: of alarms, ends of maintenance and doubts, expiries; what is too old to keep."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions import in_doubt
from alert_engine.decisions.restart import moved, moved_maintenance
from alert_engine.decisions.routing import has_alternative
from alert_engine.model import MessageState

from . import digests, fallback, heartbeats, keywords, overdue, returning, route_facts, troubles
from .advancing import advance
from .alarms import come_due
from .intake import MEMORY
from .maintenance import end_overdue
from .reports import KEPT

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.journal.transaction import Transaction
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.work import Work

# So many of each kind in one commit: a storm must not hold up a raise.
_BATCH = 50

# How long is kept what nobody can set; the rest is `retention.Retention`.
_KEEP_PROOFS = timedelta(days=30)
_KEEP_REHEARSALS = timedelta(days=400)
_FORGET_BATCH = 500


def next_deadline(tx: Transaction) -> datetime | None:
    """When something comes due."""
    moments = (
        tx.alarms.next_due(),
        tx.maintenance.next_end(),
        tx.messages.next_deadline(),
        tx.heartbeats.next_due(),
        tx.overdue.next_due(),
        tx.held.next_due(),
        tx.troubles.next_check(),
        keywords.next_end(tx),
    )
    return min((moment for moment in moments if moment is not None), default=None)


def run_due(work: Work) -> int:
    """Do what has come due, a batch of each kind; how much that was."""
    ended = end_overdue(work) + heartbeats.miss_overdue(work, _BATCH)
    alarms = work.tx.alarms.due(work.now, _BATCH)
    for alarm in alarms:
        come_due(work, alarm)
    told = digests.leave_due(work, _BATCH) + troubles.look_due(work)
    told += keywords.give_up_overdue(work, _BATCH)
    expired = tuple(work.tx.messages.expired(work.now, _BATCH))
    for entry in expired:
        advance(work, entry, entry.changed(state=MessageState.EXPIRED))
    doubts = tuple(work.tx.messages.doubts_due(work.now, _BATCH))
    for entry in doubts:
        end_doubt(work, entry)
    # Last: who is told by the next way depends on all of the above.
    unproven = fallback.run_due(work, _BATCH) + overdue.run_due(work, _BATCH)
    return ended + told + len(alarms) + len(expired) + len(doubts) + unproven


def wait_anew(work: Work, route: str | None = None) -> None:
    """Give doubts their full wait from now on: the route was away, and brings its stored reports only now."""
    for entry in tuple(work.tx.messages.in_state(MessageState.IN_DOUBT)):
        if route in {None, entry.message.route}:
            wait = work.settings.delivery.doubt_wait_of(entry.message.priority, entry.resends)
            work.save(entry, entry.changed(due_at=work.now + wait))


def follow_clock(work: Work, jump: timedelta) -> None:
    """The wall clock jumped: what waits, waits as long as before.

    A message that was planned for a time of day keeps it.
    """
    heartbeats.follow_clock(work, jump)
    digests.follow_clock(work, jump)
    returning.follow_clock(work)
    work.tx.troubles.look_now(work.now)
    for alarm in work.tx.alarms.all_open():
        work.tx.alarms.save(moved(alarm, jump))
    for maintenance in work.tx.maintenance.every():
        work.tx.maintenance.put(moved_maintenance(maintenance, jump))
    for state in (MessageState.QUEUED, MessageState.IN_FLIGHT, MessageState.IN_DOUBT):
        for entry in tuple(work.tx.messages.in_state(state)):
            message = entry.message
            planned = message.attempts == 0 and message.due_at > work.now - jump
            if not planned:
                waiting = entry.changed(
                    created_at=message.created_at + jump,
                    due_at=message.due_at + jump,
                    expires_at=message.expires_at and message.expires_at + jump,
                )
                work.save(entry, waiting)
    fallback.follow_clock(work, jump)
    overdue.follow_clock(work, jump)
    work.expect(work.now)  # what looked expired, or far away, may leave now


def forget_old(work: Work) -> bool:
    """Delete what is too old to keep, a batch of each kind; True if there may be more."""
    returning.note_alive(work)
    keep = work.settings.retention
    deleted = (
        work.tx.intake.forget(work.now - MEMORY, _FORGET_BATCH),
        work.tx.reports.forget(work.now - KEPT, _FORGET_BATCH),
        work.tx.inbound.forget(work.now - keep.inbound, _FORGET_BATCH),
        work.tx.commands.forget(work.now - keep.inbound, _FORGET_BATCH),
        work.tx.audit.forget(work.now - keep.audit, _FORGET_BATCH, work.now),
        work.tx.alarms.forget(work.now - keep.alarms, _FORGET_BATCH),
        work.tx.messages.forget(work.now - keep.messages, _FORGET_BATCH),
        work.tx.proofs.forget(work.now - _KEEP_PROOFS, _FORGET_BATCH),
        work.tx.rehearsals.forget(work.now - _KEEP_REHEARSALS, _FORGET_BATCH),
    )
    return _FORGET_BATCH in deleted


def end_doubt(work: Work, entry: OutboxEntry) -> None:
    """Its wait for a report is over: whatever follows from that."""
    message = entry.message
    after = in_doubt.waited(
        entry,
        work.now,
        work.settings.delivery,
        route_usable=any(route.usable for route in work.routes if route.name == message.route),
        alternative=has_alternative(
            message.channel,
            message.route or "",
            entry.given_up,
            route_facts.of(work),
            excluded=entry.excluded,
            urgent=entry.is_urgent,
        ),
    )
    advance(work, entry, after.entry)
