"""Texts for persons and numbers, without an alarm."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from alert_engine.decisions.directory import ResolutionReason
from alert_engine.decisions.recipients import address_for
from alert_engine.errors import InvalidRequestError, RequestReason, UnknownRecipientError
from alert_engine.model import Address, Channel, MessageKind, Person, Proof, Severity, Verdict
from alert_engine.phone.canonical import canonical_phone
from alert_engine.texts import direct

from . import direct_proof
from .follow_ups import Planned, follow
from .intake import Ticket, earlier_answer, record
from .messages import Draft, priority_of, write
from .route_facts import closed
from .telling import resolution_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from alert_engine.model import SendRequest
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.settings import EngineSettings
    from alert_engine.work import Work

# Requests to send have no source of their own; their ids share this name.
_SOURCE = "send"


def send(
    work: Work, request: SendRequest, carried: Collection[Channel] | None = None
) -> tuple[Verdict, tuple[OutboxEntry, ...]]:
    """Put one message per recipient into the outbox, each address once.

    `carried` are the channels by which it can be carried; None: by any.

    Raises:
        UnknownRecipientError: one of them is nobody; then nothing is sent to the others either.
        InvalidRequestError: no route carries it to one of them.
    """
    ticket = Ticket(kind="send", source=_SOURCE, message_id=request.request_id, key=_said(request))
    if (earlier := earlier_answer(work, ticket)) is not None:
        return Verdict.DUPLICATE, work.tx.messages.get_all(earlier.message_uids)
    addressed: dict[Address, str | None] = {}
    for number, recipient in enumerate(request.to, start=1):
        called = f"recipient {number}"
        ways = _Ways(work=work, channel=request.channel, carried=carried, closed=closed(work), called=called)
        for address, person in _find_all(ways, recipient):
            addressed.setdefault(address, person)
    following = _following(work.settings, request)
    written = tuple(
        _written(work, request, follow(work, write(work, _draft(work, request, address, person)), following))
        for address, person in addressed.items()
    )
    if request.answers is not None:
        for entry in written:
            work.tx.inbound.answer(request.answers, entry.message.uid)
    record(work, ticket, Verdict.APPLIED, message_uids=tuple(entry.message.uid for entry in written))
    return Verdict.APPLIED, written


def _written(work: Work, request: SendRequest, entry: OutboxEntry) -> OutboxEntry:
    return direct_proof.watch(work, entry) if request.proof is Proof.DELIVERED else entry


def _said(request: SendRequest) -> str:
    """What tells it from another with the same id: to whom, how, and the words."""
    media = None if request.media is None else [request.media.url, request.media.file_name]
    data = None if request.data is None else request.data.hex()
    special = [media, data] if media or data else []
    said = json.dumps([request.to, request.channel, request.title, request.text, *special])
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ways:
    """Where a message may go."""

    work: Work
    channel: Channel | None
    carried: Collection[Channel] | None
    closed: Collection[Address]
    called: str

    def to(self, person: Person) -> Address | None:
        """The person's first address that is open to us; if none is, the first, so that it is told why."""
        fitting = [
            each
            for each in person.addresses
            if self.channel in {None, each.channel} and (self.carried is None or each.channel in self.carried)
        ]
        left = [each for each in fitting if each not in self.closed]
        return next(iter(left or fitting), None)

    def refuse(self) -> NoReturn:
        """There is no address, or no route that could carry it there."""
        if self.carried is not None:
            text = f"{self.called}: no route to it carries media or data"
            raise InvalidRequestError(text, RequestReason.NO_CARRIER, {"place": _place(self.called)})
        raise _without_address(self.called, self.channel)


def _find_all(ways: _Ways, recipient: str) -> tuple[tuple[Address, str | None], ...]:
    """The same as `find`, and of a group or on-call schedule all whom it stands for now.

    A text that somebody wrote is told at any time, but never to others than those it was for.
    """
    work, called = ways.work, ways.called
    named = work.settings.directory.recipient(recipient)
    if named is None:
        address, owner = find(work.settings, recipient, ways.channel or _first(ways.carried), called)
        if ways.carried is not None and address.channel not in ways.carried:
            ways.refuse()
        return ((address, owner),)
    if isinstance(named, Person):
        address_of_person = ways.to(named)
        if address_of_person is None:
            ways.refuse()
        return ((address_of_person, named.id),)
    resolution = resolution_of(work, (recipient,), Severity.CRITICAL)
    reached = ((ways.to(person), person.id) for person in resolution.persons)
    found = tuple((address, person) for address, person in reached if address is not None)
    if ways.carried is not None and not found:
        ways.refuse()
    if not found or any(note.reason is ResolutionReason.EVERYBODY for note in resolution.notes):
        text = f"{called} stands for nobody who has an address for {ways.channel or 'this'}"
        raise UnknownRecipientError(text, RequestReason.NOBODY_REACHED, {"place": _place(called)})
    return found


def _first(carried: Collection[Channel] | None) -> Channel | None:
    """By which a bare number is written to, if that is not SMS."""
    phones = (Channel.SMS, Channel.WHATSAPP)
    return next((each for each in phones if carried is not None and each in carried), None)


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
            raise _without_address(called, channel)
        return address, person.id
    try:
        number = canonical_phone(recipient, default_country=settings.default_country)
    except ValueError as error:
        text = f"{called} is neither a person nor a phone number: {error}"
        raise _unknown(called, text, RequestReason.NO_RECIPIENT) from error
    known = Address(channel=channel or Channel.SMS, value=number)
    owner = next((person for person in settings.people if known in person.addresses), None)
    return known, owner.id if owner else None


def _without_address(called: str, channel: Channel | None) -> UnknownRecipientError:
    text = f"{called} has no address for {channel or 'anything'}: add one"
    return _unknown(called, text, RequestReason.NO_ADDRESS)


def _unknown(called: str, text: str, reason: RequestReason) -> UnknownRecipientError:
    """Whoever hears next has no place in the request."""
    place = _place(called)
    return (
        UnknownRecipientError(text, reason, {"place": place})
        if place.isdecimal()
        else UnknownRecipientError(text, RequestReason.FOLLOW_UP_UNKNOWN)
    )


def _place(called: str) -> str:
    """With which `called` ends, for whoever is named in the request."""
    return called.rpartition(" ")[2]


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
        media=request.media,
        data=request.data,
        preferred_route=_preferred(work, request),
    )


def _preferred(work: Work, request: SendRequest) -> str | None:
    """The route by which came what it answers."""
    answered = work.tx.history.inbound(request.answers) if request.answers is not None else None
    return None if answered is None else answered.route
