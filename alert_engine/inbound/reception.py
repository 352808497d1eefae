"""An inbound message is recorded once; a known person's command is obeyed and answered in the same commit."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from alert_engine.decisions.consent import Consent, consent_of
from alert_engine.decisions.replies import REPEATED, AnswerKind
from alert_engine.journal.tables.inbound import InboundRecord
from alert_engine.model import Authorisation, InboundReceived

from .answering import answer
from .commanding import consider, respond
from .consenting import honour
from .grammar import hide_proof, read
from .letter import open_letter

if TYPE_CHECKING:
    from alert_engine.decisions.consent import ConsentWord
    from alert_engine.routes.base import InboundSms
    from alert_engine.work import Work

    from .commanding import Case
    from .letter import Letter
    from .pin_check import PinCheck


def receive(work: Work, route: str, message: InboundSms, checked: PinCheck | None = None) -> None:
    """Take a message from a route. One that is here already is dropped.

    `checked` is what the comparison of its PIN gave, if it has one.
    """
    letter = open_letter(work.settings, route, message)
    shown = _shown(work, letter)
    fingerprint = _fingerprint(letter, shown)
    if work.tx.inbound.known(fingerprint):
        return
    repeats = work.tx.inbound.repeats(letter.sender, shown, message.received_at - REPEATED)
    word = consent_of(message.text) if letter.is_plain else None
    case = None
    if letter.person is not None and letter.may_command and not _is_wish(word):
        case = consider(work, letter, letter.person, checked, repeats=repeats)
    event = _event(work, letter, shown, case)
    work.announce(event)
    effective = _act(work, letter, word, case, event.id, repeats=repeats)
    work.tx.inbound.add(
        InboundRecord(
            event=event,
            fingerprint=fingerprint,
            is_text=message.is_text,
            missing_segments=message.missing_segments,
            effective=effective,
        )
    )


def _is_wish(word: ConsentWord | None) -> bool:
    """It says STOP or START; HELP is a command as well."""
    return word is not None and word.meaning is not Consent.HELP


def _act(
    work: Work, letter: Letter, word: ConsentWord | None, case: Case | None, message_id: str, *, repeats: bool
) -> bool:
    """Do what follows; True if it was a valid command."""
    if case is not None:
        return respond(work, case, message_id)
    if word is not None and _is_wish(word):
        honour(work, letter, word, message_id)
    elif word is not None and letter.person is None:
        text = letter.phrases.help_stranger.format(gateway=work.settings.gateway)
        answer(work, letter, AnswerKind.PASSIVE, text, repeats=repeats)
    return False


def _event(work: Work, letter: Letter, shown: str, case: Case | None) -> InboundReceived:
    if case is not None:
        authorisation = case.authorisation
    else:
        authorisation = Authorisation.KNOWN if letter.person is not None else Authorisation.NONE
    message = letter.message
    return InboundReceived(
        id=work.ids.uid(),
        route=letter.route,
        person=letter.person.id if letter.person is not None else None,
        sender=letter.sender,
        text=shown,
        authorisation=authorisation,
        keyword=case.keyword if case is not None else None,
        received_at=message.received_at,
        service_centre_time=message.service_centre_time,
        segments=message.segments,
    )


def _shown(work: Work, letter: Letter) -> str:
    """The text without a PIN or one-time code: what is kept, and what everybody is told."""
    text = letter.message.text
    if letter.person is None:
        return text
    reading = read(text, work.settings.commands)
    if reading.proof:
        return reading.shown
    secrets = work.tx.secrets.of(letter.person.id)
    has_any = secrets.pin is not None or secrets.totp_key is not None
    return hide_proof(text) if reading.command is None and has_any else text


def _fingerprint(letter: Letter, shown: str) -> str:
    """Equal for every time that a modem reports the same message.

    Without a service centre time, the hour of arrival stands in for it: long enough for a modem that is asked
    twice, short enough that somebody can write the same again. Of a hidden proof one byte is in it: enough to
    tell a typing error from a repeat, and no help in guessing.
    """
    message = letter.message
    time = message.service_centre_time
    moment = time.isoformat() if time is not None else message.received_at.strftime("%Y-%m-%dT%H")
    parts = f"{letter.route}\x00{letter.sender}\x00{moment}\x00{shown}"
    if shown != message.text:
        parts += f"\x00{_digest(message.text)[:2]}"
    return _digest(parts)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
