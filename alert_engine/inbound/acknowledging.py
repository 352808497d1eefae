"""The commands about alarms: which alarms they mean, what comes of it, and what to answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.model import Alarm, AlarmShelve, AlarmState, Verdict
from alert_engine.operations.alarms import command as do_command
from alert_engine.operations.alarms import needed_for, take

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.model import Person
    from alert_engine.work import Work

    from .grammar import Acknowledge, Snooze
    from .letter import Letter

_TAKEN_OR_OVER = frozenset({AlarmState.ACKED, AlarmState.CLOSED})

# The clock of a service centre may be behind ours by so much: its stamps are good to the minute.
_CLOCKS_DIFFER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The alarms that a command means."""

    alarms: tuple[Alarm, ...] = ()
    unknown_codes: tuple[str, ...] = ()
    foreign_codes: tuple[str, ...] = ()  # of alarms that were not sent to this person
    candidates: tuple[Alarm, ...] = ()  # a command without a code that could mean any of these
    is_late: bool = False  # it was written before any of them was sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Effectiveness:
    """What came of a command."""

    effective: bool  # something was changed, or a question was answered
    answer: str = field(repr=False)


def understand(
    work: Work, codes: tuple[str, ...], sender: str, person: Person, *, before: datetime | None = None
) -> Meaning:
    """Find what is meant: the named codes, or the one open alarm that was sent to this number.

    With `before`, an alarm that was sent there later can only be meant by its code. When no open one was sent
    there, a command without a code means the last one that was: it came late.
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
    heard = sent if before is None else work.tx.alarms.sent_to(sender, before)
    if len(heard) == 1:
        return Meaning(alarms=heard)
    if sent:
        return Meaning(candidates=heard or sent, is_late=not heard)
    last = work.tx.alarms.last_sent_to(sender)
    return Meaning(alarms=() if last is None else (last,))


def _untaken(meaning: Meaning) -> Meaning:
    """To take an alarm: of several, the only one that nobody has taken is meant."""
    left = tuple(alarm for alarm in meaning.candidates if alarm.state is not AlarmState.ACKED)
    return Meaning(alarms=left) if len(left) == 1 and not meaning.is_late else meaning


def _written(letter: Letter) -> datetime:
    """What was sent to a person after this, a message without a code cannot be about: it was held up."""
    return letter.written_at + _CLOCKS_DIFFER


def acknowledge(work: Work, letter: Letter, person: Person, asked: Acknowledge) -> Effectiveness:
    """Acknowledge what is meant, and say what is true of each alarm."""
    if asked.everything:
        return _acknowledge_all(work, letter, person)
    meaning = _untaken(understand(work, asked.codes, letter.sender, person, before=_written(letter)))
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
            answers.append(_confirmed(work, person, alarm))
    return _answered(work, letter, person, meaning, answers, effective=effective)


def snooze(work: Work, letter: Letter, person: Person, asked: Snooze) -> Effectiveness:
    """Be quiet about what is meant."""
    meaning = understand(work, asked.codes, letter.sender, person, before=_written(letter))
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
        answers.append(speaker.snoozed(alarm, until) if snoozed else speaker.not_snoozed(alarm))
    return _answered(work, letter, person, meaning, answers, effective=effective)


def _acknowledge_all(work: Work, letter: Letter, person: Person) -> Effectiveness:
    """Everything open that was sent to this person before it was written, and that nobody has taken."""
    told = [
        alarm
        for alarm in work.tx.alarms.all_open()
        if alarm.state is not AlarmState.ACKED and work.tx.told.is_told(alarm.id, letter.sender, person.id)
    ]
    known = [alarm for alarm in told if _is_known(work, alarm, letter, person)]
    taken = [alarm for alarm in known if take(work, alarm, person.id)]
    speaker = work.speaker(person)
    if not taken:
        answer = speaker.which(told) if told and not known else speaker.texts.nothing_open
        return Effectiveness(effective=False, answer=answer)
    if len(taken) == 1:
        return Effectiveness(effective=True, answer=_confirmed(work, person, taken[0]))
    answers = [letter.phrases.all_taken.format(count=len(taken))]
    if waiting := sum(_waits_for_others(work, alarm) is not None for alarm in taken):
        answers.append(letter.phrases.some_wait.format(count=waiting))
    return Effectiveness(effective=True, answer=". ".join(answers))


def _is_known(work: Work, alarm: Alarm, letter: Letter, person: Person) -> bool:
    """It was on its way to this person when the message was written."""
    return work.tx.told.is_told(alarm.id, letter.sender, person.id, before=_written(letter))


def _confirmed(work: Work, person: Person, before: Alarm) -> str:
    """What is true of an alarm that this person has just taken."""
    speaker = work.speaker(person)
    waiting = _waits_for_others(work, before)
    if waiting is None:
        return speaker.confirmed(before)
    needed = needed_for(work, waiting)
    return speaker.partly(waiting, have=len(needed.intersection(waiting.acked_people)), needed=len(needed))


def _waits_for_others(work: Work, before: Alarm) -> Alarm | None:
    """The alarm as it is now, if others have to take it too."""
    now = work.tx.alarms.get(before.id)
    return None if now is None or now.state in _TAKEN_OR_OVER else now


def _answered(
    work: Work, letter: Letter, person: Person, meaning: Meaning, answers: list[str], *, effective: bool
) -> Effectiveness:
    speaker = work.speaker(person)
    answers += [letter.phrases.not_sent.format(code=code) for code in meaning.foreign_codes]
    answers += [speaker.unknown_code(code) for code in meaning.unknown_codes]
    return Effectiveness(
        effective=effective, answer=speaker.together(answers or [speaker.texts.nothing_open])
    )
