"""What people read. Short, so that it fits one SMS of 160 characters where the source's own words allow it.

Each text about an alarm holds its code, and each that wants an answer says how to give it. The templates are
`str.format` patterns with named fields; another language is another `Texts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from alert_engine.model import AcknowledgeBy, AlarmState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from alert_engine.model import Alarm

# A source may be talkative; an SMS must not be. About three segments, with the code and the way to answer
# in sight.
_MAX_WORDS = 400
_MAX_TITLE = 60
_MAX_LISTED = 5  # alarms named in one reply
_MAX_LISTED_TITLE = 20


class Manner(Enum):
    """In which voice an alarm is told."""

    FIRST = auto()
    REMINDER = auto()  # they were told before, and nothing has changed
    AGAIN = auto()  # they heard that it was over
    FLAPPING = auto()  # it comes and goes


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The templates of one language."""

    severities: tuple[str, str, str, str]  # by rank, info first
    raised: str
    reminder: str
    again: str
    cleared_reminder: str
    still_taken: str
    flapping: str
    flapping_off: str
    test: str
    call_to_answer: str
    call_to_all: str
    code_only: str
    taken: str
    still_yours: str
    shelved: str
    cleared: str
    closed: str
    confirmed: str
    already_taken: str
    over: str
    over_and_taken: str
    unknown_code: str
    which: str
    nothing_open: str
    not_allowed: str
    date: str  # strftime, for a time that is not today's


ENGLISH = Texts(
    severities=("INFO", "NORMAL", "HIGH", "CRITICAL"),
    raised="{severity} {words}",
    reminder="STILL {severity} {words}",
    again="AGAIN {severity} {words}",
    cleared_reminder="CLEARED, but nobody took it: {title}",
    still_taken="STILL {severity} {words}. {who} has it",
    flapping="FLAPPING {severity} {title}: on {count} times, now ON",
    flapping_off="FLAPPING {severity} {title}: on {count} times, now off",
    test="TEST {text}",
    call_to_answer="Reply OK {code}",
    call_to_all="Everybody: reply OK {code}",
    code_only="Code {code}",
    taken="{code} taken by {who} {time}: {title}",
    still_yours="{code} is yours and still on since {time}: {title}",
    shelved="{code} shelved by {who} until {time}: {title}",
    cleared="CLEARED {code} {title} {time}",
    closed="CLOSED {code} {title} by {who} {time}",
    confirmed="{code} is yours: {title}",
    already_taken="{code} already taken by {who} {time}: {title}",
    over="{code} is over since {time}: {title}",
    over_and_taken="{code} is over since {time}, taken by {who}: {title}",
    unknown_code="There is no alarm {code}",
    which="Which one? Reply OK and its code: {alarms}",
    nothing_open="No open alarm was sent to you",
    not_allowed="You may not acknowledge alarms",
    date="%d %b %H:%M",
)

_LANGUAGES = {"en": ENGLISH}


def texts_for(language: str) -> Texts:
    """The templates of a language ("en", "en-GB"); English where there are none."""
    return _LANGUAGES.get(language.partition("-")[0], ENGLISH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Says things about alarms in one language, at one moment, in one time zone."""

    texts: Texts
    now: datetime
    time_zone: tzinfo

    def raised(
        self, alarm: Alarm, *, may_acknowledge: bool, manner: Manner = Manner.FIRST, who: str = ""
    ) -> str:
        """The alarm itself, with how to answer; `who` has taken it, or nobody."""
        body = self._raised(alarm, manner).format(
            severity=self.texts.severities[alarm.severity.rank],
            words=_words(alarm),
            title=_title(alarm),
            count=alarm.count,
            who=who,
        )
        answer = self._answer(alarm, may_acknowledge=may_acknowledge).format(code=alarm.code)
        return self._marked(alarm, f"{_sentence(body)} {answer}")

    def _raised(self, alarm: Alarm, manner: Manner) -> str:
        texts = self.texts
        if manner is Manner.FLAPPING:
            return texts.flapping if alarm.is_active else texts.flapping_off
        if alarm.state is AlarmState.CLEARED:
            return texts.cleared_reminder
        if alarm.state is AlarmState.ACKED:
            return texts.still_taken
        return {Manner.REMINDER: texts.reminder, Manner.AGAIN: texts.again}.get(manner, texts.raised)

    def _answer(self, alarm: Alarm, *, may_acknowledge: bool) -> str:
        if alarm.state is AlarmState.ACKED or not may_acknowledge:
            return self.texts.code_only
        for_all = alarm.policy.acknowledge_by is AcknowledgeBy.ALL
        return self.texts.call_to_all if for_all else self.texts.call_to_answer

    def taken(self, alarm: Alarm, who: str) -> str:
        """Somebody else has it."""
        return self._about(self.texts.taken, alarm, who, alarm.acked_at)

    def still_yours(self, alarm: Alarm) -> str:
        """You have it, and the cause is still there."""
        return self._about(self.texts.still_yours, alarm, "", alarm.raised_at)

    def shelved(self, alarm: Alarm, who: str) -> str:
        """Somebody wants it to be silent for a while."""
        return self._about(self.texts.shelved, alarm, who, alarm.shelved_until)

    def cleared(self, alarm: Alarm, words: str) -> str:
        """The all-clear, with what the source had to say about it."""
        text = self._about(self.texts.cleared, alarm, "", alarm.cleared_at)
        return f"{text}: {_cut(words, _MAX_WORDS)}" if words else text

    def closed(self, alarm: Alarm, who: str) -> str:
        """A person ended it."""
        return self._about(self.texts.closed, alarm, who, alarm.closed_at)

    def confirmed(self, alarm: Alarm) -> str:
        """You have it now."""
        return self._about(self.texts.confirmed, alarm, "", None)

    def state(self, alarm: Alarm, who: str) -> str:
        """The truth about an alarm that needs no acknowledgement any more; `who` took it, or nobody."""
        if alarm.state is not AlarmState.CLOSED:
            return self._about(self.texts.already_taken, alarm, who, alarm.acked_at)
        template = self.texts.over_and_taken if who else self.texts.over
        return self._about(template, alarm, who, alarm.closed_at)

    def unknown_code(self, code: str) -> str:
        """No alarm was ever called so."""
        return self.texts.unknown_code.format(code=code)

    def which(self, alarms: Iterable[Alarm]) -> str:
        """Several alarms could be meant."""
        named = [f"{alarm.code} {_cut(_title(alarm), _MAX_LISTED_TITLE)}" for alarm in alarms]
        more = ["..."] if len(named) > _MAX_LISTED else []
        return self.texts.which.format(alarms=", ".join([*named[:_MAX_LISTED], *more]))

    def _about(self, template: str, alarm: Alarm, who: str, at: datetime | None) -> str:
        text = template.format(code=alarm.code, title=_title(alarm), who=who, time=self._time(at or self.now))
        return self._marked(alarm, text)

    def _marked(self, alarm: Alarm, text: str) -> str:
        return self.texts.test.format(text=text) if alarm.is_test else text

    def _time(self, at: datetime) -> str:
        there, today = at.astimezone(self.time_zone), self.now.astimezone(self.time_zone)
        return there.strftime("%H:%M" if there.date() == today.date() else self.texts.date)


def direct(title: str, text: str) -> str:
    """A message without an alarm: the sender's own words."""
    return f"{title}: {text}" if title else text


def _title(alarm: Alarm) -> str:
    return _cut(alarm.title or alarm.key, _MAX_TITLE)


def _words(alarm: Alarm) -> str:
    return _cut(f"{_title(alarm)}: {alarm.text}" if alarm.text else _title(alarm), _MAX_WORDS)


def _cut(text: str, limit: int) -> str:
    """One line, not longer than `limit`."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 3].rstrip()}..."


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
