"""What is said about alarms. It fits the channel: the source's words and names are cut, never the code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from typing import TYPE_CHECKING

from alert_engine.model import AcknowledgeBy, AlarmState, Channel

from .fitting import MORE, Medium, cut, one_line
from .moments import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from alert_engine.decisions.digest import DigestTexts
    from alert_engine.model import Alarm

    from .catalogue import Texts

# UTF-16 units.
_MAX_TITLE = 60
_MAX_NAME = 30
_MAX_LISTED_TITLE = 20
_MAX_TAKEN_TITLE = 30

_MAX_LISTED = 5  # alarms named in one reply


class Manner(Enum):
    """In which voice an alarm is told."""

    FIRST = auto()
    REMINDER = auto()  # they were told before, and nothing has changed
    AGAIN = auto()  # they heard that it was over
    FLAPPING = auto()  # it comes and goes


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Says things about alarms to one reader, at one moment, in one time zone."""

    texts: Texts
    now: datetime
    time_zone: tzinfo
    channel: Channel = Channel.SMS  # how long a text may be
    plain: bool = False  # an alarm panel or pager: GSM 7 bit without its extension
    transliterate: bool = False  # letters that cost a segment become their nearest plain ones

    @property
    def medium(self) -> Medium:
        """What it is read on."""
        return Medium(channel=self.channel, plain=self.plain, transliterate=self.transliterate)

    @property
    def digest_texts(self) -> DigestTexts:
        """The words for many alarms in one text."""
        return self.texts.digest

    def letters(self, text: str) -> str:
        """Any text, in the letters that this reader will be shown."""
        return self.medium.letters(text)

    def segments(self, text: str) -> int:
        """How many SMS segments any text takes in those letters."""
        return self.medium.segments(self.medium.letters(text))

    def raised(
        self, alarm: Alarm, *, may_acknowledge: bool, manner: Manner = Manner.FIRST, who: str = ""
    ) -> str:
        """The alarm itself, with how to answer; `who` has taken it, or nobody."""
        pattern = self._raised(alarm, manner)
        answer = self._answer(alarm, may_acknowledge=may_acknowledge).format(code=alarm.code)
        title, words, name = self._title(alarm), self._words(alarm), one_line(who)

        def compose(room: int) -> str:
            body = pattern.format(
                severity=self.texts.severities[alarm.severity.rank],
                words=cut(words, room),
                title=cut(title, room),
                count=alarm.count,
                code=alarm.code,
                who=cut(name, min(room, _MAX_NAME)),
            )
            return self._marked(alarm, f"{_sentence(body.strip())} {answer}")

        return self.medium.write(compose)

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
        return self._about(self.texts.taken, alarm, who=who, at=alarm.acked_at)

    def still_yours(self, alarm: Alarm) -> str:
        """You have it, and the cause is still there."""
        return self._about(self.texts.still_yours, alarm, at=alarm.raised_at)

    def shelved(self, alarm: Alarm, who: str) -> str:
        """Somebody wants it to be silent for a while."""
        return self._about(self.texts.shelved, alarm, who=who, at=alarm.shelved_until)

    def cleared(self, alarm: Alarm, words: str) -> str:
        """The all-clear, with what the source had to say about it."""
        return self._about(self.texts.cleared, alarm, at=alarm.cleared_at, words=words)

    def closed(self, alarm: Alarm, who: str) -> str:
        """A person ended it."""
        return self._about(self.texts.closed, alarm, who=who, at=alarm.closed_at)

    def delivered(self, alarm: Alarm, who: str) -> str:
        """It is proven now that somebody got it."""
        return self._about(self.texts.delivered, alarm, who=who)

    def not_delivered(self, alarm: Alarm, who: str) -> str:
        """Nothing proves that somebody got it."""
        return self._about(self.texts.not_delivered, alarm, who=who)

    def confirmed(self, alarm: Alarm) -> str:
        """You have it now."""
        return self._about(self.texts.confirmed, alarm)

    def partly(self, alarm: Alarm, *, have: int, needed: int) -> str:
        """You have it now, and others have to take it too."""
        return self._about(self.texts.partly, alarm, have=have, needed=needed)

    def state(self, alarm: Alarm, who: str) -> str:
        """The truth about an alarm that needs no acknowledgement any more; `who` took it, or nobody."""
        if alarm.state is not AlarmState.CLOSED:
            return self._about(self.texts.already_taken, alarm, who=who, at=alarm.acked_at)
        template = self.texts.over_and_taken if who else self.texts.over
        return self._about(template, alarm, who=who, at=alarm.closed_at)

    def snoozed(self, alarm: Alarm, until: datetime) -> str:
        """You made it quiet."""
        return self._about(self.texts.snoozed, alarm, at=until)

    def not_snoozed(self, alarm: Alarm) -> str:
        """It cannot be made quiet now."""
        return self._about(self.texts.not_snoozed, alarm)

    def unknown_code(self, code: str) -> str:
        """No alarm was ever called so."""
        return self.texts.unknown_code.format(code=code)

    def which(self, alarms: Iterable[Alarm]) -> str:
        """Several alarms could be meant."""
        known = tuple(islice(alarms, _MAX_LISTED + 1))

        def compose(room: int) -> str:
            width = min(room, _MAX_LISTED_TITLE)
            named = [f"{alarm.code} {cut(self._title(alarm), width)}".rstrip() for alarm in known]
            return self.texts.which.format(alarms=_listed(named))

        return self.medium.write(compose)

    def who(self, takers: Sequence[tuple[Alarm, str]]) -> str:
        """Who has taken each of these alarms; an empty name: nobody."""

        def compose(room: int) -> str:
            return _listed(
                [
                    self.texts.who_of.format(
                        code=alarm.code,
                        title=cut(self._title(alarm), min(room, _MAX_TAKEN_TITLE)),
                        who=cut(one_line(who or self.texts.nobody), min(room, _MAX_NAME)),
                    )
                    for alarm, who in takers[: _MAX_LISTED + 1]
                ]
            )

        return self.medium.write(compose)

    def own(self, text: str) -> str:
        """A text that is not ours: its beginning, if it is too long."""
        return self.medium.write(lambda room: cut(text, room))

    def together(self, answers: Sequence[str]) -> str:
        """Several answers in one text: as many whole ones as fit, then dots; the first one in any case."""
        for count in range(len(answers), 1, -1):
            more = [MORE] if count < len(answers) else []
            text = ". ".join([*answers[:count], *more])
            if self.medium.fits(self.letters(text)):
                return text
        return answers[0]

    def time(self, at: datetime) -> str:
        """A moment on this reader's wall clock."""
        return moment(at, self.now, self.time_zone, self.texts)

    def _about(
        self,
        pattern: str,
        alarm: Alarm,
        *,
        who: str = "",
        at: datetime | None = None,
        words: str = "",
        **counts: int,
    ) -> str:
        """A text with the code in it; without `at` it is about this moment. `words` follow."""
        time = self.time(at or self.now)
        title, name, line = self._title(alarm), one_line(who), self._bounded(words)

        def compose(room: int) -> str:
            text = pattern.format(
                code=alarm.code,
                title=cut(title, room),
                who=cut(name, min(room, _MAX_NAME)),
                time=time,
                **counts,
            ).strip()
            said = cut(line, room)
            return self._marked(alarm, f"{text}: {said}" if said else text)

        return self.medium.write(compose)

    def _marked(self, alarm: Alarm, text: str) -> str:
        return self.texts.test.format(text=text) if alarm.is_test else text

    def _title(self, alarm: Alarm) -> str:
        title = one_line(alarm.title) or one_line(alarm.key)
        return cut(title, _MAX_TITLE if self.medium.is_short else self.medium.most)

    def _words(self, alarm: Alarm) -> str:
        title, text = self._title(alarm), one_line(alarm.text)
        return self._bounded(f"{title}: {text}" if text else title)

    def _bounded(self, words: str) -> str:
        """What can be shown at all: the search for what fits need not look at more."""
        return cut(one_line(words), self.medium.most)


def direct(title: str, text: str) -> str:
    """A message without an alarm: the sender's own words."""
    return f"{title}: {text}" if title else text


def _listed(named: Sequence[str]) -> str:
    return ", ".join([*named[:_MAX_LISTED], *([MORE] if len(named) > _MAX_LISTED else [])])


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
