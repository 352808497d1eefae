"""A text of a person, tried: the very operations that a real one brings about, never committed.

A proof in it is taken for right. Else a dry run would be an oracle, at which nobody is locked out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.decisions.authorisation import Challenged, Refusal, Refused
from alert_engine.errors import InvalidRequestError, RequestReason, UnknownRecipientError
from alert_engine.model import (
    AlarmChanged,
    Channel,
    Deed,
    DeedKind,
    DryRun,
    InboundMeaning,
    KeywordReceived,
    MessageChanged,
    MessageKind,
    MessageState,
    ProofState,
    Tier,
)
from alert_engine.routes.base import InboundSms

from .authorising import is_permitted
from .grammar import bare_digits, read
from .letter import open_letter
from .one_time_codes import code_at, counter_at
from .pin_check import PinCheck
from .reception import take_in, traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alert_engine.model import EngineEvent, Message, Person
    from alert_engine.work import Work

    from .commanding import Case
    from .grammar import Command, Reading
    from .reception import Taken

_PHONES = (Channel.SMS, Channel.WHATSAPP, Channel.CALL)
_STEPS_AROUND = (0, 1, -1)  # of one-time codes, that are taken
_NO_PROOF = {Refusal.NO_PROOF: ProofState.MISSING, Refusal.NOTHING_SET: ProofState.NOTHING_SET}


def try_out(work: Work, *, person_id: str, text: str) -> DryRun:
    """What would happen; to be run by `Ledger.try_out` only.

    Raises:
        UnknownRecipientError: there is no such person.
        InvalidRequestError: the person has no number to write from.
    """
    person = work.settings.person(person_id)
    if person is None:
        raise UnknownRecipientError("person: there is no person with this id", RequestReason.PERSON_UNKNOWN)
    sender, route = _number_of(person), _route(work)
    text, checked = _proven(work, person, sender, text)
    letter = open_letter(work.settings, route, _message(work, sender, text))
    return _told(work, person, take_in(work, letter, traits_of(work, letter), checked))


def _number_of(person: Person) -> str:
    for channel in _PHONES:
        for address in person.addresses:
            if address.channel is channel:
                return address.value
    words = "person: there is no phone number from which this person could write"
    raise InvalidRequestError(words, RequestReason.NO_SENDER)


def _route(work: Work) -> str:
    return next((route.name for route in work.routes if Channel.SMS in route.channels), "dry-run")


def _message(work: Work, sender: str, text: str) -> InboundSms:
    return InboundSms(
        sender=sender,
        sender_can_be_answered=True,
        text=text,
        received_at=work.now,
        service_centre_time=work.now,
        is_text=True,
        reference=work.ids.uid(),
    )


def _proven(work: Work, person: Person, sender: str, text: str) -> tuple[str, PinCheck | None]:
    """The text with a right proof where it has any, and what the comparison of a PIN would give."""
    pending = work.tx.commands.pending(sender)
    if (given := bare_digits(text)) is not None and pending is not None:
        answered = replace(pending, challenge=replace(pending.challenge, code=given))
        work.tx.commands.challenge(sender, answered)
        return text, None
    proof = read(text, work.settings.commands).proof
    secrets = work.tx.secrets.of(person.id)
    if proof and secrets.totp_key is not None:
        counters = [counter_at(work.now) + step for step in _STEPS_AROUND]
        unused = next((each for each in counters if each > secrets.totp_counter), counters[0])
        head, _, tail = text.rpartition(proof)
        return f"{head}{code_at(secrets.totp_key, unused)}{tail}", None
    if proof and secrets.pin is not None:
        return text, PinCheck(person=person.id, salt=secrets.pin.salt, matches=True)
    return text, None


def _told(work: Work, person: Person, taken: Taken) -> DryRun:
    case, letter = taken.case, taken.letter
    reading = None if case is None else case.reading
    misuse = None if reading is None else reading.misuse
    command = None if reading is None else _command(reading)
    messages = [event.message for event in work.events if isinstance(event, MessageChanged)]
    answer = next((each for each in messages if _is_answer(each, letter.sender)), None)
    return DryRun(
        person=person.id,
        meaning=taken.meaning.kind,
        command=None if command is None else command.keyword,
        words="" if reading is None else reading.words,
        arguments=() if command is None else command.arguments,
        values={} if command is None else dict(command.values),
        usage=None if misuse is None else misuse.usage,
        tier=None if command is None or reading is None else reading.tier,
        proof=_proof(case),
        refusal=taken.meaning.refusal or None,
        allowed=() if reading is None else _allowed(work, reading),
        answer=None if answer is None else answer.text,
        deeds=tuple(_deeds(work, taken, answer)),
    )


def _command(reading: Reading) -> Command | None:
    """The command, also where what follows it does not fit."""
    return reading.command if reading.misuse is None else reading.misuse.command


def _is_answer(message: Message, sender: str) -> bool:
    is_reply = message.kind is MessageKind.REPLY and message.state is MessageState.QUEUED
    return is_reply and message.address == sender


def _proof(case: Case | None) -> ProofState:
    if case is None or case.reading.tier < Tier.PROVEN:
        return ProofState.NOT_NEEDED
    if isinstance(case.decision, Challenged):
        return ProofState.ASKED_FOR
    if isinstance(case.decision, Refused) and case.decision.reason in _NO_PROOF:
        return _NO_PROOF[case.decision.reason]
    has_any = case.reading.proof or (case.decision is not None and not isinstance(case.decision, Refused))
    return ProofState.GIVEN if has_any else ProofState.MISSING


def _allowed(work: Work, reading: Reading) -> tuple[str, ...]:
    command = _command(reading)
    if command is None:
        return ()
    people = work.settings.people
    return tuple(person.id for person in people if is_permitted(person, command, reading.tier))


def _deeds(work: Work, taken: Taken, answer: Message | None) -> Iterator[Deed]:
    if taken.meaning.kind is InboundMeaning.STOP:
        yield Deed(kind=DeedKind.OPTED_OUT, words="this number gets no messages any more")
    if taken.meaning.kind is InboundMeaning.START:
        yield Deed(kind=DeedKind.OPTED_IN, words="this number gets messages")
    for event in work.events:
        if (deed := _deed(work, event, answer)) is not None:
            yield deed


def _deed(work: Work, event: EngineEvent, answer: Message | None) -> Deed | None:
    match event:
        case AlarmChanged(alarm=alarm):
            said = str(event.event).replace("_", " ")
            words = f"alarm {alarm.code} ({alarm.title or alarm.key}): {said}"
            return Deed(
                kind=DeedKind.ALARM, words=words, alarm_id=alarm.id, code=alarm.code, event=str(event.event)
            )
        case KeywordReceived() if work.tx.waiting_keywords.waits(event.id):
            words = f"keyword {event.keyword} is handed to whoever acts on it"
            return Deed(kind=DeedKind.KEYWORD, words=words)
        case MessageChanged(message=message) if message != answer and message.state is MessageState.QUEUED:
            to = work.name_of(message.recipient) if message.recipient else "a number"
            words = f"a message to {to} by {message.channel}"
            return Deed(
                kind=DeedKind.MESSAGE,
                words=words,
                person=message.recipient,
                channel=message.channel,
                text=message.text,
            )
        case _:
            return None
