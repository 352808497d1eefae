"""What a restart must not prolong.

A machine without a battery clock begins each life in the past, and often without internet to put that right.
What waits may then not wait until the old time is reached again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .alarm_ladder import good_until, rescheduled

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from alert_engine.model import Alarm, Maintenance
    from alert_engine.outbox.entry import OutboxEntry


def resumed_message(entry: OutboxEntry, now: datetime) -> OutboxEntry:
    """Due now, and if it was written later than now, to live from now as long as it was meant to.

    One that was planned for a time of day keeps it.
    """
    message = entry.message
    if message.attempts == 0 and message.due_at > message.created_at:
        return entry
    set_back = max(message.created_at, now) - now
    return entry.changed(
        created_at=message.created_at - set_back,
        due_at=min(message.due_at, now),
        expires_at=message.expires_at and message.expires_at - set_back,
    )


def moved_proof(entry: OutboxEntry, jump: timedelta) -> OutboxEntry:
    """The times of its proof, earlier or later."""
    return replace(
        entry,
        proof_due_at=entry.proof_due_at and entry.proof_due_at + jump,
        proof_look_at=entry.proof_look_at and entry.proof_look_at + jump,
    )


def resumed_proof(entry: OutboxEntry, now: datetime, wait: timedelta) -> OutboxEntry:
    """It has as long to be proven as its policy says, at most."""
    latest = now + wait
    return replace(
        entry,
        proof_due_at=entry.proof_due_at and min(entry.proof_due_at, latest),
        proof_look_at=entry.proof_look_at and min(entry.proof_look_at, latest),
    )


def resumed_alarm(alarm: Alarm, now: datetime) -> Alarm:
    """Its next step comes now if its steps began later than now; the others follow at their distance.

    One of which nothing comes due any more began now. Its source, whom nobody could hear meanwhile, has its
    full time to say again that it is on.
    """
    began = alarm.steps_from or alarm.raised_at
    resumed = alarm if began <= now else moved(alarm, now - (alarm.next_due or began))
    if not alarm.is_active or alarm.ttl is None:
        return resumed
    return rescheduled(replace(resumed, ends_at=good_until(alarm.ttl, now)), now)


def moved(alarm: Alarm, jump: timedelta) -> Alarm:
    """All that waits, and where it counts from, earlier or later."""
    return replace(
        alarm,
        next_due=alarm.next_due and alarm.next_due + jump,
        steps_from=(alarm.steps_from or alarm.raised_at) + jump,
        ends_at=alarm.ends_at and alarm.ends_at + jump,
        remind_at=alarm.remind_at and alarm.remind_at + jump,
        shelved_until=alarm.shelved_until and alarm.shelved_until + jump,
        calm_at=alarm.calm_at and alarm.calm_at + jump,
        digest_at=alarm.digest_at and alarm.digest_at + jump,
        reopened_at=tuple(moment + jump for moment in alarm.reopened_at),
    )


def resumed_maintenance(maintenance: Maintenance, now: datetime) -> Maintenance:
    """It lasts as long as it was meant to, if it began later than now."""
    set_back = max(maintenance.since, now) - now
    return moved_maintenance(maintenance, -set_back)


def moved_maintenance(maintenance: Maintenance, jump: timedelta) -> Maintenance:
    """Its begin and its end, earlier or later."""
    return replace(
        maintenance,
        since=maintenance.since + jump,
        until=maintenance.until and maintenance.until + jump,
    )
