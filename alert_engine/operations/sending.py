"""Texts for persons and numbers, without an alarm."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from alert_engine.decisions.directory import ResolutionReason
from alert_engine.decisions.recipients import address_for
from alert_engine.errors import UnknownRecipientError
from alert_engine.model import Address, Channel, MessageKind, Person, Severity, Verdict
from alert_engine.phone.canonical import canonical_phone
from alert_engine.texts import direct

from .follow_ups import Planned, follow
from .intake import Ticket, earlier_answer, record
from .messages import Draft, priority_of, write
from .telling import resolution_of

if TYPE_CHECKING:
    from alert_engine.model import SendRequest
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.settings import EngineSettings
    from alert_engine.work import Work

# Requests to send have no source of their own; their ids share this name.
_SOURCE = "send"


def send(work: Work, request: SendRequest) -> tuple[Verdict, tuple[OutboxEntry, ...]]:
    """Put one message per recipient into the outbox, each address once.

    Raises:
        UnknownRecipientError: one of them is nobody; then nothing is sent to the others either.
    """
    ticket = Ticket(kind="send", source=_SOURCE, message_id=request.request_id, key=_said(request))
    if (earlier := earlier_answer(work, ticket)) is not None:
        return Verdict.DUPLICATE, work.tx.messages.get_all(earlier.message_uids)
    addressed: dict[Address, str | None] = {}
    for number, recipient in enumerate(request.to, start=1):
        for address, person in _find_all(work, recipient, request.channel, f"recipient {number}"):
            addressed.setdefault(address, person)
    following = _following(work.settings, request)
    written = tuple(
        follow(work, write(work, _draft(work, request, address, person)), following)
        for address, person in addressed.items()
    )
    record(work, ticket, Verdict.APPLIED, message_uids=tuple(entry.message.uid for entry in written))
    return Verdict.APPLIED, written


def _said(request: SendRequest) -> str:
    """What tells it from another with the same id: to whom, how, and the words."""
    said = json.dumps([request.to, request.channel, request.title, request.text])
    return hashlib.sha256(said.encode()).hexdigest()


def _following(settings: EngineSettings, request: SendRequest) -> tuple[Planned, ...]:
    """What is sent after each message, and to whom: looked up now, while somebody hears of mistakes."""
    return tuple(
        Planned(
            on=each.on,
            text=each.text,
            to=tuple(find(settings, name, each.channel, "whoever hears next") for name in each.to),
        )
        for each in request.follow_ups
    )


def _find_all(
    work: Work, recipient: str, channel: Channel | None, called: str
) -> tuple[tuple[Address, str | None], ...]:
    """The same as `find`, and of a group or on-call schedule all whom it stands for now.

    A text that somebody wrote is told at any time, but never to others than those it was for.
    """
    named = work.settings.directory.recipient(recipient)
    if named is None or isinstance(named, Person):
        return (find(work.settings, recipient, channel, called),)
    resolution = resolution_of(work, (recipient,), Severity.CRITICAL)
    reached = ((address_for(person, channel), person.id) for person in resolution.persons)
    found = tuple((address, person) for address, person in reached if address is not None)
    if not found or any(note.reason is ResolutionReason.EVERYBODY for note in resolution.notes):
        raise UnknownRecipientError(f"{called} stands for nobody who has an address for {channel or 'this'}")
    return found


def find(
    settings: EngineSettings, recipient: str, channel: Channel | None, called: str
) -> tuple[Address, str | None]:
    """The address of a person, with the person's id, or of a bare phone number.

    Raises:
        UnknownRecipientError: names the recipient as `called`, because it may be a number.
    """
    person = settings.person(recipient)
    if person is not None:
        address = address_for(person, channel)
        if address is None:
            raise UnknownRecipientError(f"{called} has no address for {channel or 'anything'}: add one")
        return address, person.id
    try:
        number = canonical_phone(recipient, default_country=settings.default_country)
    except ValueError as error:
        raise UnknownRecipientError(f"{called} is neither a person nor a phone number: {error}") from error
    known = Address(channel=channel or Channel.SMS, value=number)
    owner = next((person for person in settings.people if known in person.addresses), None)
    return known, owner.id if owner else None


def _draft(work: Work, request: SendRequest, address: Address, person: str | None) -> Draft:
    due_at = max(work.now, request.not_before or work.now)
    return Draft(
        kind=MessageKind.DIRECT,
        address=address,
        recipient=person,
        text=direct(request.title, request.text),
        priority=priority_of(request.severity),
        due_at=due_at,
        expires_at=request.expires_at or due_at + work.settings.expiry[request.severity],
        plain=request.plain,
        flash=request.flash,
    )
