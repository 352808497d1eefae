"""The command ``OK``: which alarms it means, what comes of it, and what to answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.model import Alarm, AlarmState
from alert_engine.operations.alarms import take

if TYPE_CHECKING:
    from alert_engine.model import Person
    from alert_engine.work import Work

    from .grammar import Acknowledge

_TAKEN_OR_OVER = frozenset({AlarmState.ACKED, AlarmState.CLOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The alarms that a command means."""

    alarms: tuple[Alarm, ...] = ()
    unknown_codes: tuple[str, ...] = ()
    candidates: tuple[Alarm, ...] = ()  # a bare OK that could mean any of these

    @property
    def names_open_alarm(self) -> bool:
        """At least one of the alarms is open."""
        return any(alarm.state.is_open for alarm in self.alarms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effectiveness:
    """What came of a command."""

    effective: bool  # something was acknowledged
    answer: str = field(repr=False)


def understand(work: Work, command: Acknowledge, sender: str) -> Meaning:
    """Find what is meant: the named codes, or the one open alarm that was sent to this number.

    When no open one was sent there, a bare OK means the last one that was: it came late.
    """
    if command.codes:
        found = {code: work.tx.alarms.newest_of_code(code) for code in command.codes}
        return Meaning(
            alarms=tuple(alarm for alarm in found.values() if alarm is not None),
            unknown_codes=tuple(code for code, alarm in found.items() if alarm is None),
        )
    sent = work.tx.alarms.sent_to(sender)
    if len(sent) > 1:
        return Meaning(candidates=sent)
    last = work.tx.alarms.last_sent_to(sender)
    return Meaning(alarms=sent or ((last,) if last is not None else ()))


def obey(work: Work, person: Person, meaning: Meaning) -> Effectiveness:
    """Acknowledge what is meant, and say what is true of each alarm."""
    speaker = work.speaker(person)
    if not person.can_acknowledge:
        return Effectiveness(effective=False, answer=speaker.texts.not_allowed)
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
    answers += [speaker.unknown_code(code) for code in meaning.unknown_codes]
    return Effectiveness(effective=effective, answer=". ".join(answers or [speaker.texts.nothing_open]))
