"""What the engine promised and forgot. Everything found here is a mistake of ours, and is put right.

The promises: an open alarm that can come due has a moment when it does; whatever waits in the outbox has a
moment when it expires, a doubt one when it ends; whatever is in flight is in somebody's hand; what is held
for a digest leaves, or is looked at again, when it said so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.model import MessageState

from .alarm_ladder import scheduled, start_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from alert_engine.model import Alarm, Message

# What comes due is done within a second; a full batch of everything takes a few.
OVERDUE_AFTER = timedelta(minutes=1)


class Neglect(StrEnum):
    """Which promise was forgotten."""

    NO_NEXT_DUE = "no_next_due"  # an alarm that something should come due of
    ALARM_OVERDUE = "alarm_overdue"  # it came due, and nothing happened
    NO_EXPIRY = "no_expiry"  # a message that would wait for ever
    NOT_EXPIRED = "not_expired"
    DOUBT_OVERDUE = "doubt_overdue"
    HELD_OVERDUE = "held_overdue"  # news that was to leave, or to be looked at again
    IN_NOBODYS_HAND = "in_nobodys_hand"  # in flight, and no route has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One promise that was forgotten."""

    neglect: Neglect
    id: str  # of the alarm or message
    attempt: int = 0  # of a message in flight: another attempt is another matter

    def __str__(self) -> str:
        """For the log."""
        return f"{self.neglect.value} {self.id}"


def of_alarm(alarm: Alarm, now: datetime) -> Finding | None:
    """What was forgotten of an open alarm."""
    if alarm.next_due is None:
        # Steps that begin later than now: the clock was set back, and the timers are about to follow it.
        forgotten = start_of(alarm) <= now and scheduled(alarm, now).next_due is not None
        return Finding(neglect=Neglect.NO_NEXT_DUE, id=alarm.id) if forgotten else None
    if alarm.next_due < now - OVERDUE_AFTER:
        return Finding(neglect=Neglect.ALARM_OVERDUE, id=alarm.id)
    return None


def of_held(item_id: str, due_at: datetime, now: datetime) -> Finding | None:
    """What was forgotten of held news."""
    return Finding(neglect=Neglect.HELD_OVERDUE, id=item_id) if due_at < now - OVERDUE_AFTER else None


def of_message(message: Message, now: datetime, in_hand: Collection[str]) -> Finding | None:
    """What was forgotten of a message; `in_hand` are the uids that routes are sending."""
    long_ago = now - OVERDUE_AFTER
    if message.state is MessageState.IN_FLIGHT:
        if message.uid in in_hand:
            return None
        return Finding(neglect=Neglect.IN_NOBODYS_HAND, id=message.uid, attempt=message.attempts)
    if message.state not in {MessageState.QUEUED, MessageState.IN_DOUBT}:
        return None
    if message.expires_at is None:
        return Finding(neglect=Neglect.NO_EXPIRY, id=message.uid)
    if message.expires_at < long_ago:
        return Finding(neglect=Neglect.NOT_EXPIRED, id=message.uid)
    if message.state is MessageState.IN_DOUBT and message.due_at < long_ago:
        return Finding(neglect=Neglect.DOUBT_OVERDUE, id=message.uid)
    return None
