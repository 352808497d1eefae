"""STOP and START: honoured at once, confirmed once, and seen by whoever looks after the alarms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.decisions.consent import Consent, fewest_left
from alert_engine.decisions.replies import AnswerKind
from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.journal.tables.consent import OptOut
from alert_engine.model import AlarmClear, AlarmRaise, MessageState, Severity
from alert_engine.operations.alarms import clear, raise_alarm
from alert_engine.operations.messages import OPTED_OUT
from alert_engine.settings import BUILT_IN_POLICIES

from .answering import answer
from .phrases import PHRASES, Phrases

if TYPE_CHECKING:
    from alert_engine.decisions.consent import ConsentWord
    from alert_engine.model import Person
    from alert_engine.work import Work

    from .letter import Letter


def honour(work: Work, letter: Letter, word: ConsentWord, message_id: str) -> None:
    """Do what STOP or START asks for. What is so already is not answered again."""
    if not letter.message.sender_can_be_answered:
        return
    if word.meaning is Consent.STOP:
        _stop(work, letter, word, message_id)
    elif work.tx.consent.start(letter.sender):
        _audit(work, letter, "opted_in", message_id)
        if letter.person is not None:
            clear(work, AlarmClear(source=SOURCE, key=_key(letter.person)))
        text = _phrases(letter, word).started.format(gateway=work.settings.gateway)
        answer(work, letter, AnswerKind.CONSENT, text)


def _stop(work: Work, letter: Letter, word: ConsentWord, message_id: str) -> None:
    opt_out = OptOut(address=letter.sender, since=work.now, word=word.word, language=word.language)
    if not work.tx.consent.stop(opt_out):
        return
    for entry in tuple(work.tx.messages.under_way_to(letter.sender)):
        if entry.message.state is MessageState.QUEUED:
            work.save(entry, entry.changed(state=MessageState.CANCELLED, reason=OPTED_OUT))
        else:
            work.save(entry, replace(entry, withdrawn=True))
    _audit(work, letter, "opted_out", message_id)
    text = _phrases(letter, word).stopped.format(gateway=work.settings.gateway)
    answer(work, letter, AnswerKind.CONSENT, text)
    if letter.person is not None:
        _complain(work, letter.person)


def _complain(work: Work, person: Person) -> None:
    """Whoever looks after the alarms must know that one of the recipients hears nothing any more."""
    opted_out = {each.address for each in work.tx.consent.all()}
    configured = {policy.name for policy in work.settings.policies}
    built_in = (policy for policy in BUILT_IN_POLICIES if policy.name not in configured)
    left = fewest_left(person, (*work.settings.policies, *built_in), work.settings.people, opted_out)
    raise_alarm(
        work,
        AlarmRaise(
            source=SOURCE,
            key=_key(person),
            severity=Severity.HIGH,
            title=f"{person.name} opted out",
            text="" if left is None else f"Policy {left.policy} has {_recipients(left.people)} left",
            policy=work.settings.supervision.policy,
        ),
    )


def _recipients(count: int) -> str:
    return "1 recipient" if count == 1 else f"{count} recipients"


def _key(person: Person) -> str:
    return f"person/{person.id}/opt-out"


def _phrases(letter: Letter, word: ConsentWord) -> Phrases:
    """In the language of the word; an English one is written everywhere and says nothing of that."""
    return letter.phrases if word.language == "en" else PHRASES.get(word.language, letter.phrases)


def _audit(work: Work, letter: Letter, action: str, message_id: str) -> None:
    actor = letter.person.id if letter.person is not None else "unknown"
    work.tx.audit.add(work.now, actor, action, message_id)
