"""An inbound message is recorded once; a known person's command is obeyed and answered in the same commit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.consent import Consent, consent_of
from alert_engine.decisions.replies import REPEATED, AnswerKind
from alert_engine.journal.tables.inbound import InboundRecord
from alert_engine.model import Authorisation, Channel, InboundReceived

from .answering import answer
from .commanding import consider, respond
from .consenting import honour
from .grammar import hide_proof, read
from .letter import open_letter
from .meaning import meaning_of

if TYPE_CHECKING:
    from alert_engine.decisions.consent import ConsentWord
    from alert_engine.routes.base import InboundSms
    from alert_engine.work import Work

    from .commanding import Case
    from .letter import Letter
    from .meaning import Meaning
    from .pin_check import PinCheck

# Where neither a service centre nor a provider tells messages apart, the same words within this time are one
# message: a callback that got no answer comes again within seconds or a few minutes, and whoever writes the
# same again later means it.
_TOLD_TWICE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message that was recorded."""

    letter: Letter
    case: Case | None  # what was decided; None: its sender may give no commands, or it is about consent
    meaning: Meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """By what a message is known again."""

    shown: str = field(repr=False)  # its text without a proof
    content: str
    fingerprint: str


def receive(work: Work, route: str, message: InboundSms, checked: PinCheck | None = None) -> None:
    """Take a message from a route. One that is here already is dropped.

    `checked` is what the comparison of its PIN gave, if it has one.
    """
    letter = open_letter(work.settings, route, message)
    traits = traits_of(work, letter)
    if not work.tx.inbound.known(traits.fingerprint) and not _is_told_twice(work, letter, traits.content):
        take_in(work, letter, traits, checked)


def traits_of(work: Work, letter: Letter) -> Traits:
    """Those of a message."""
    shown = _shown(work, letter)
    content = _content(letter, shown)
    return Traits(shown=shown, content=content, fingerprint=_fingerprint(letter, content))


def take_in(work: Work, letter: Letter, traits: Traits, checked: PinCheck | None) -> Taken:
    """Record a new message, and do what follows from it."""
    message, content = letter.message, traits.content
    letter = replace(letter, id=work.ids.uid())
    repeats = work.tx.inbound.is_near(content, message.received_at, REPEATED)
    done = repeats and work.tx.inbound.is_near(content, message.received_at, REPEATED, effective=True)
    word = consent_of(message.text) if letter.is_plain else None
    case = None
    if letter.person is not None and letter.may_command and not _is_wish(word):
        case = consider(work, letter, letter.person, checked, repeats=repeats, done=done)
    event = _event(letter, traits.shown, case)
    work.announce(event)
    effective = _act(work, letter, word, case, repeats=repeats)
    meaning = meaning_of(letter, word, case)
    work.tx.inbound.add(
        InboundRecord(
            event=event,
            fingerprint=traits.fingerprint,
            content=content,
            is_text=message.is_text,
            missing_segments=message.missing_segments,
            effective=effective,
            channel=message.channel,
            meaning=meaning.kind,
            refusal=meaning.refusal,
        )
    )
    return Taken(letter=letter, case=case, meaning=meaning)


def _is_wish(word: ConsentWord | None) -> bool:
    """It says STOP or START; HELP is a command as well."""
    return word is not None and word.meaning is not Consent.HELP


def _act(work: Work, letter: Letter, word: ConsentWord | None, case: Case | None, *, repeats: bool) -> bool:
    """Do what follows; True if it was a valid command."""
    if case is not None:
        return respond(work, case, letter.id)
    if word is not None and _is_wish(word):
        honour(work, letter, word, letter.id)
    elif word is not None and letter.person is None:
        text = letter.phrases.help_stranger.format(gateway=work.settings.gateway)
        answer(work, letter, AnswerKind.PASSIVE, text, repeats=repeats)
    return False


def _event(letter: Letter, shown: str, case: Case | None) -> InboundReceived:
    if case is not None:
        authorisation = case.authorisation
    else:
        authorisation = Authorisation.KNOWN if letter.person is not None else Authorisation.NONE
    message = letter.message
    return InboundReceived(
        id=letter.id,
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


def _fingerprint(letter: Letter, content: str) -> str:
    """Equal for every time that a modem or a provider reports the same message.

    With the time of the service centre it is equal for every route: the SIM may sit in another modem by now.
    """
    message = letter.message
    if message.reference:
        return _digest(f"{letter.route}\x00{message.reference}")
    # The same words by two channels are two messages, and the second opens a window of its own.
    channel = "" if message.channel is Channel.SMS else f"\x00{message.channel}\x00{letter.route}"
    written_at = (message.service_centre_time or message.received_at).isoformat()
    return _digest(f"{content}\x00{written_at}{channel}")


def _is_told_twice(work: Work, letter: Letter, content: str) -> bool:
    """It was reported a moment ago, and has nothing by which to know."""
    message = letter.message
    if message.reference or message.service_centre_time is not None:
        return False
    return work.tx.inbound.is_near(content, message.received_at, _TOLD_TWICE, channel=message.channel)


def _content(letter: Letter, shown: str) -> str:
    """Equal for the same words of the same sender.

    Of a hidden proof one byte is in it: enough to tell a typing error from a repeat, and no help in guessing.
    """
    text = letter.message.text
    proof = _digest(text)[:2] if shown != text else ""
    return _digest(f"{letter.sender}\x00{shown}\x00{proof}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
