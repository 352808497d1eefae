"""An inbound message is recorded once; a known person's command is obeyed and answered in the same commit."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from alert_engine.decisions.replies import SPAN, may_reply
from alert_engine.journal.tables.inbound import InboundRecord
from alert_engine.model import Authorisation, InboundReceived, KeywordReceived
from alert_engine.operations.alarms import CODE_REST
from alert_engine.operations.messages import reply

from .acknowledging import Meaning, obey, understand
from .grammar import Acknowledge, parse
from .recogniser import canonical_sender, recognise

if TYPE_CHECKING:
    from alert_engine.model import Person
    from alert_engine.routes.base import InboundSms
    from alert_engine.work import Work


def receive(work: Work, route: str, message: InboundSms) -> None:
    """Take a message from a route. One that is here already is dropped."""
    sender = canonical_sender(message, work.settings.default_country)
    fingerprint = _fingerprint(route, sender, message)
    if work.tx.inbound.known(fingerprint):
        return
    person = recognise(message, sender, work.settings.people)
    command = _command(message) if person is not None else None
    meaning = understand(work, command, sender) if command is not None else Meaning()
    event = InboundReceived(
        id=work.ids.uid(),
        route=route,
        person=person.id if person else None,
        sender=sender,
        text=message.text,
        authorisation=_authorisation(person, command, meaning),
        keyword=command.keyword if command and person and person.can_acknowledge else None,
        received_at=message.received_at,
        service_centre_time=message.service_centre_time,
        segments=message.segments,
    )
    work.announce(event)
    effective = False
    if person is not None and command is not None:
        effective = _obey(work, person, command, meaning, event)
    work.tx.inbound.add(
        InboundRecord(
            event=event,
            fingerprint=fingerprint,
            is_text=message.is_text,
            missing_segments=message.missing_segments,
            effective=effective,
        )
    )


def _command(message: InboundSms) -> Acknowledge | None:
    """Only a whole, plain text of today can be a command."""
    if not message.is_text or message.missing_segments or _is_old(message):
        return None
    return parse(message.text)


def _is_old(message: InboundSms) -> bool:
    """It was under way, or on a SIM that cannot be emptied, so long that its code may be another alarm's."""
    written = message.service_centre_time
    return written is not None and message.received_at - written > CODE_REST


def _authorisation(person: Person | None, command: Acknowledge | None, meaning: Meaning) -> Authorisation:
    if person is None:
        return Authorisation.NONE
    named = command is not None and command.codes and meaning.names_open_alarm
    return Authorisation.CODE if named else Authorisation.KNOWN


def _obey(work: Work, person: Person, command: Acknowledge, meaning: Meaning, event: InboundReceived) -> bool:
    if person.can_acknowledge:
        work.announce(
            KeywordReceived(
                id=event.id,
                keyword=command.keyword,
                person=person.id,
                arguments=command.codes,
                authorisation=event.authorisation,
                at=work.now,
            )
        )
    outcome = obey(work, person, meaning)
    last = work.tx.inbound.last_effective(event.sender)
    since = max(work.now - SPAN, last or work.now - SPAN)
    written = work.tx.messages.replies_since(event.sender, since)
    if may_reply(written, work.settings.delivery.replies_per_hour, effective=outcome.effective):
        reply(work, event.sender, person.id, outcome.answer)
    return outcome.effective


def _fingerprint(route: str, sender: str, message: InboundSms) -> str:
    """Equal for every time that a modem reports the same message.

    Without a service centre time, the hour of arrival stands in for it: long enough for a modem that is asked
    twice, short enough that somebody can write the same again.
    """
    time = message.service_centre_time
    moment = time.isoformat() if time is not None else message.received_at.strftime("%Y-%m-%dT%H")
    parts = f"{route}\x00{sender}\x00{moment}\x00{message.text}"
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()
