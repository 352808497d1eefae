"""The commands that ask: STATUS, WHO, HELP; and TEST, which asks everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.model import AlarmRaise, AlarmState, Severity
from alert_engine.operations.alarms import raise_alarm
from alert_engine.operations.queries import summary

from .acknowledging import Effectiveness, understand
from .authorising import is_permitted
from .grammar import Question, Use
from .words import BuiltIn

if TYPE_CHECKING:
    from alert_engine.model import Person
    from alert_engine.work import Work

    from .letter import Letter

_MAX_KEYWORDS = 10  # in the help


def ask(work: Work, letter: Letter, person: Person, question: Question) -> Effectiveness:
    """Answer a question."""
    match question.built_in:
        case BuiltIn.HELP:
            return Effectiveness(effective=False, answer=help_text(work, letter, person))
        case BuiltIn.TEST:
            return _test(work, letter, person)
        case BuiltIn.WHO:
            return _who(work, letter, person, question)
        case _:
            return _status(work, letter, person, question)


def help_text(work: Work, letter: Letter, person: Person) -> str:
    """What this person can write."""
    phrases = letter.phrases
    parts = [phrases.help_alarms] if person.can_acknowledge else []
    words = [
        keyword.words[0]
        for keyword in work.settings.commands.keywords
        if is_permitted(person, Use(definition=keyword), keyword.tier)
    ]
    parts.append(phrases.help_status)
    if words:
        parts.append(phrases.help_keywords.format(words=", ".join(words[:_MAX_KEYWORDS])))
    return " ".join(parts)


def _status(work: Work, letter: Letter, person: Person, question: Question) -> Effectiveness:
    if question.codes:
        return _of_one(work, letter, person, question)
    now = summary(work.tx)
    pattern = letter.phrases.status if now.open else letter.phrases.status_quiet
    text = pattern.format(open=now.open, unacknowledged=now.unacknowledged, queue=now.queue)
    return Effectiveness(effective=True, answer=text)


def _of_one(work: Work, letter: Letter, person: Person, question: Question) -> Effectiveness:
    """What is true of one alarm."""
    meaning = understand(work, question.codes, letter.sender, person)
    speaker = work.speaker(person)
    if not meaning.alarms:
        return _not_yours(work, letter, person, question)
    (alarm,) = meaning.alarms
    if alarm.state in {AlarmState.ACKED, AlarmState.CLOSED}:
        return Effectiveness(effective=True, answer=speaker.state(alarm, work.name_of(alarm.acked_by)))
    text = speaker.raised(alarm, may_acknowledge=person.can_acknowledge)
    return Effectiveness(effective=True, answer=text)


def _who(work: Work, letter: Letter, person: Person, question: Question) -> Effectiveness:
    """Who took which of the alarms that were sent to this person."""
    if question.codes:
        alarms = understand(work, question.codes, letter.sender, person).alarms
        if not alarms:
            return _not_yours(work, letter, person, question)
    else:
        alarms = work.tx.alarms.sent_to(letter.sender)
    if not alarms:
        return Effectiveness(effective=True, answer=work.speaker(person).texts.nothing_open)
    takers = [(alarm, work.name_of(alarm.acked_by)) for alarm in alarms]
    return Effectiveness(effective=True, answer=work.speaker(person).who(takers))


def _not_yours(work: Work, letter: Letter, person: Person, question: Question) -> Effectiveness:
    (code,) = question.codes
    is_known = work.tx.alarms.newest_of_code(code) is not None
    speaker = work.speaker(person)
    text = letter.phrases.not_sent.format(code=code) if is_known else speaker.unknown_code(code)
    return Effectiveness(effective=False, answer=text)


def _test(work: Work, letter: Letter, person: Person) -> Effectiveness:
    """An alarm that says it is a test goes the way of a real one."""
    request = AlarmRaise(
        source=SOURCE,
        key=f"test/{work.ids.uid()}",  # each time anew: a repeat would tell nobody
        severity=Severity.HIGH,
        title=person.name,
        is_test=True,
    )
    (alarm,) = raise_alarm(work, request).alarms
    return Effectiveness(effective=True, answer=letter.phrases.test_sent.format(code=alarm.code))
