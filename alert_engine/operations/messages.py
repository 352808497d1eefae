"""Writing messages to people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.model import Address, Alarm, Channel, Message, MessageKind, MessageState, Priority, Severity
from alert_engine.outbox.entry import OutboxEntry

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.work import Work

# A reply that comes later than this puzzles more than it helps.
REPLY_LIFE = timedelta(minutes=30)

_PRIORITIES = {Severity.CRITICAL: Priority.CRITICAL, Severity.HIGH: Priority.HIGH}


def priority_of(severity: Severity) -> Priority:
    """How urgent a message about this is."""
    return _PRIORITIES.get(severity, Priority.NORMAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to be written."""

    kind: MessageKind
    address: Address = field(repr=False)
    recipient: str | None
    text: str = field(repr=False)
    priority: Priority
    alarm_id: str | None = None
    due_at: datetime | None = None  # None: now
    expires_at: datetime | None = None
    plain: bool = False
    flash: bool = False


def write(work: Work, draft: Draft) -> OutboxEntry:
    """Put a message into the outbox."""
    message = Message(
        uid=work.ids.uid(),
        kind=draft.kind,
        channel=draft.address.channel,
        address=draft.address.value,
        recipient=draft.recipient,
        alarm_id=draft.alarm_id,
        text=draft.text,
        priority=draft.priority,
        state=MessageState.QUEUED,
        segments=0,
        attempts=0,
        in_doubt=False,
        route=None,
        created_at=work.now,
        due_at=draft.due_at or work.now,
        expires_at=draft.expires_at,
    )
    entry = OutboxEntry(message=message, plain=draft.plain, flash=draft.flash)
    work.write(entry)
    return entry


def about_alarm(
    work: Work,
    alarm: Alarm,
    kind: MessageKind,
    *,
    to: tuple[Address, str | None],
    text: str,
    priority: Priority,
) -> OutboxEntry:
    """Put a message about an alarm into the outbox. It expires as the alarm's severity says."""
    address, recipient = to
    draft = Draft(
        kind=kind,
        address=address,
        recipient=recipient,
        text=text,
        priority=priority,
        alarm_id=alarm.id,
        expires_at=work.now + work.settings.expiry[alarm.severity],
    )
    return write(work, draft)


def reply(work: Work, address: str, recipient: str, text: str) -> OutboxEntry:
    """Answer an inbound SMS."""
    draft = Draft(
        kind=MessageKind.REPLY,
        address=Address(channel=Channel.SMS, value=address),
        recipient=recipient,
        text=text,
        priority=Priority.REPLY,
        expires_at=work.now + REPLY_LIFE,
    )
    return write(work, draft)
