"""Writing messages to people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.model import Address, Alarm, Message, MessageKind, MessageState, Priority, Severity
from alert_engine.outbox.entry import OutboxEntry

from .proof import watch
from .route_facts import closed

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.routes.base import Media
    from alert_engine.work import Work

# Why a message is not sent, for people.
OPTED_OUT = "whoever has this address wants no messages: they wrote STOP, and START undoes it"
CLOSED = (
    "whoever has this address told all providers that could carry it to stop: they undo it with START to the "
    "number of a provider"
)
OWN_NUMBER = "this is the gateway's own number"

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
    only_route: str | None = None  # no other may carry it
    preferred_route: str | None = None  # before the others
    exempt: bool = False  # written also to whoever wants no messages
    media: Media | None = None
    data: bytes | None = field(default=None, repr=False)


def write(work: Work, draft: Draft) -> OutboxEntry:
    """Put a message into the outbox; cancelled already, with the reason, if it must not be sent there."""
    reason = _barred(work, draft)
    person = work.settings.person(draft.recipient) if draft.recipient else None
    message = Message(
        uid=work.ids.uid(),
        kind=draft.kind,
        channel=draft.address.channel,
        address=draft.address.value,
        recipient=draft.recipient,
        alarm_id=draft.alarm_id,
        text=draft.text,
        priority=draft.priority,
        state=MessageState.CANCELLED if reason else MessageState.QUEUED,
        segments=0,
        attempts=0,
        in_doubt=False,
        route=None,
        created_at=work.now,
        due_at=draft.due_at or work.now,
        expires_at=draft.expires_at,
        reason=reason,
    )
    plain = draft.plain or (person is not None and person.plain)
    entry = OutboxEntry(
        message=message,
        plain=plain,
        flash=draft.flash,
        only_route=draft.only_route,
        preferred_route=draft.preferred_route,
        media=draft.media,
        data=draft.data,
    )
    work.write(entry)
    return entry


def _barred(work: Work, draft: Draft) -> str:
    """Why it must not be sent; empty: it may. What one route sends to itself proves that route."""
    if draft.only_route is None and draft.address.value in work.settings.own_numbers:
        return OWN_NUMBER
    if not draft.exempt and work.tx.consent.is_stopped(draft.address):
        return OPTED_OUT
    is_closed = draft.only_route is None and _is_closed(work, draft.address)
    return CLOSED if is_closed else ""


def _is_closed(work: Work, address: Address) -> bool:
    """The providers of all routes that could carry it do not let us write there."""
    if not work.tx.consent.stopped_routes(address.value):
        return False
    return not work.tx.consent.is_stopped(address) and address in closed(work)


def barred(work: Work, address: Address) -> bool:
    """News of alarms must not be sent there."""
    return address.value in work.settings.own_numbers or address in closed(work)


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
    entry = write(work, draft)
    return watch(work, alarm, entry) if kind is MessageKind.RAISE else entry
