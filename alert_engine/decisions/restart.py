"""What a restart must not prolong.

A machine without a battery clock begins each life in the past, and often without internet to put that right.
What waits may then not wait until the old time is reached again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.model import Alarm
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


def resumed_alarm(alarm: Alarm, now: datetime) -> Alarm:
    """Its next step comes now if its steps began later than now; the others follow at their distance."""
    began = alarm.steps_from or alarm.raised_at
    if alarm.next_due is None or began <= now:
        return alarm
    return replace(alarm, next_due=now, steps_from=began - (alarm.next_due - now))
