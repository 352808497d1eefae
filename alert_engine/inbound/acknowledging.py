"""The commands about alarms: which alarms they mean, what comes of it, and what to answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.model import Alarm, AlarmShelve, AlarmState, Verdict
from alert_engine.operations.alarms import command as do_command
from alert_engine.operations.alarms import take

if TYPE_CHECKING:
    from alert_engine.model import Person
    from alert_engine.work import Work

    from .grammar import Acknowledge, Snooze
    from .letter import Letter

_TAKEN_OR_OVER = frozenset({AlarmState.ACKED, AlarmState.CLOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The alarms that a command means."""

    alarms: tuple[Alarm, ...] = ()
    unknown_codes: tuple[str, ...] = ()
    foreign_codes: tuple[str, ...] = ()  # of alarms that were not sent to this person
    candidates: tuple[Alarm, ...] = ()  # a command without a code that could mean any of these


@dataclass(frozen=True, slots=True, kw_only=True)
class Effectiveness:
    """What came of a command."""

    effective: bool  # something was changed, or a question was answered
    answer: str = field(repr=False)


def understand(work: Work, codes: tuple[str, ...], sender: str, person: Person) -> Meaning:
    """Find what is meant: the named codes, or the one open alarm that was sent to this number.

    When no open one was sent there, a command without a code means the last one that was: it came late.
    """
    if codes:
        found = {code: work.tx.alarms.newest_of_code(code) for code in codes}
        known = [alarm for alarm in found.values() if alarm is not None]
        own = [alarm for alarm in known if work.tx.told.is_told(alarm.id, sender, person.id)]
        return Meaning(
            alarms=tuple(own),
            unknown_codes=tuple(code for code, alarm in found.items() if alarm is None),
            foreign_codes=tuple(alarm.code for alarm in known if alarm not in own),
        )
    sent = work.tx.alarms.sent_to(sender)
    if len(sent) > 1:
        return Meaning(candidates=sent)
    last = work.tx.alarms.last_sent_to(sender)
    return Meaning(alarms=sent or ((last,) if last is not None else ()))


def acknowledge(work: Work, letter: Letter, person: Person, asked: Acknowledge) -> Effectiveness:
    """Acknowledge what is meant, and say what is true of each alarm."""
    if asked.everything:
        return _acknowledge_all(work, letter, person)
    meaning = understand(work, asked.codes, letter.sender, person)
    speaker = work.speaker(person)
    if meaning.candidates:
        return Effectiveness(effective=False, answer=speaker.which(meaning.candidates))
    answers: list[str] = []
    effective = False
    for alarm in meaning.alarms:
        if alarm.state in _TAKEN_OR_OVER:
            answers.append(speaker.state(alarm, work.name_of(alarm.acked_by)))
        else:
            effective = take(work, alarm, person.id) or effective
            answers.append(speaker.confirmed(alarm))
    return _answered(work, letter, person, meaning, answers, effective=effective)


def snooze(work: Work, letter: Letter, person: Person, asked: Snooze) -> Effectiveness:
    """Be quiet about what is meant."""
    meaning = understand(work, asked.codes, letter.sender, person)
    speaker = work.speaker(person)
    if meaning.candidates:
        return Effectiveness(effective=False, answer=speaker.which(meaning.candidates))
    until = work.now + timedelta(minutes=asked.minutes)
    answers: list[str] = []
    effective = False
    for alarm in meaning.alarms:
        request = AlarmShelve(by=person.id, alarm_id=alarm.id, until=until)
        snoozed = do_command(work, request).verdict is Verdict.APPLIED
        effective = effective or snoozed
        pattern = letter.phrases.snoozed if snoozed else letter.phrases.not_snoozed
        time = until.astimezone(work.settings.time_zone).strftime("%H:%M")
        answers.append(pattern.format(code=alarm.code, title=alarm.title or alarm.key, time=time))
    return _answered(work, letter, person, meaning, answers, effective=effective)


def _acknowledge_all(work: Work, letter: Letter, person: Person) -> Effectiveness:
    """Everything open that was sent to this person and that nobody has taken."""
    taken = [
        alarm
        for alarm in work.tx.alarms.all_open()
        if alarm.state is not AlarmState.ACKED
        and work.tx.told.is_told(alarm.id, letter.sender, person.id)
        and take(work, alarm, person.id)
    ]
    speaker = work.speaker(person)
    if not taken:
        return Effectiveness(effective=False, answer=speaker.texts.nothing_open)
    if len(taken) == 1:
        return Effectiveness(effective=True, answer=speaker.confirmed(taken[0]))
    return Effectiveness(effective=True, answer=letter.phrases.all_taken.format(count=len(taken)))


def _answered(
    work: Work, letter: Letter, person: Person, meaning: Meaning, answers: list[str], *, effective: bool
) -> Effectiveness:
    speaker = work.speaker(person)
    answers += [letter.phrases.not_sent.format(code=code) for code in meaning.foreign_codes]
    answers += [speaker.unknown_code(code) for code in meaning.unknown_codes]
    return Effectiveness(effective=effective, answer=". ".join(answers or [speaker.texts.nothing_open]))
