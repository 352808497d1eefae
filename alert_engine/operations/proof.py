"""From when on it is looked at whether a person was told of an alarm, and whether they were."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.fallback import is_proven, watched
from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.model import Severity

from .route_facts import gives_reports

if TYPE_CHECKING:
    from alert_engine.model import Alarm
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.work import Work

# EN 54-21: without a receipt for 100 s (type 1) or 240 s (type 2), whoever sends an alarm must complain.
OVERDUE_AFTER = {Severity.CRITICAL: timedelta(seconds=100), Severity.HIGH: timedelta(seconds=240)}


def watch(work: Work, alarm: Alarm, entry: OutboxEntry) -> OutboxEntry:
    """Look after a raise that was just written: its person, and whether anybody at all is told.

    Of an alarm about the gateway itself only the first: an alarm about that one would be about itself.
    """
    limit = OVERDUE_AFTER.get(alarm.severity)
    if alarm.is_test:
        return entry
    if limit is not None and alarm.source != SOURCE:
        work.tx.overdue.add(alarm.id, entry.message.uid, work.now + limit)
    return _watch_person(work, alarm, entry)


def watch_again(work: Work, alarm: Alarm, entry: OutboxEntry) -> OutboxEntry:
    """A raise that counted as told was not: look after its person, and whether anybody else was told."""
    earlier = work.tx.messages.raises_since(alarm.id, alarm.raised_at)
    if any(proves(work, alarm, other) for other in earlier):
        return _watch_person(work, alarm, entry)
    return watch(work, alarm, entry)


def _watch_person(work: Work, alarm: Alarm, entry: OutboxEntry) -> OutboxEntry:
    wait = alarm.policy.fallback_after
    if wait is None or entry.message.recipient is None:
        return entry
    after = watched(entry, entry.message.due_at, wait)
    work.save(entry, after)
    return after


def proves(work: Work, alarm: Alarm, entry: OutboxEntry) -> bool:
    """This message shows that its person was told."""
    message = entry.message
    reports = gives_reports(work.tx, message.route, message.channel, work.routes, work.now)
    return is_proven(message.state, alarm.policy.proof, reports=reports)
