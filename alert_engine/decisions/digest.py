"""Many alarms in one text: how many of each severity, then the worst by code and title, as many as fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_MAX_TITLE = 20  # characters of a title in a list

# Saying how many more there are is at most as long as so many alarms in the list: where no more than that are
# left over, all of them may fit all the same.
_WORTH_A_TRY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestItem:
    """Something that is held for an address."""

    id: str  # of the held item
    code: str  # of its alarm
    severity: Severity
    title: str = field(repr=False)
    over: bool = False  # nobody has to take it any more


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestTexts:
    """The words of one language, as `str.format` patterns with these fields."""

    severities: tuple[str, str, str, str]  # by rank, info first
    count: str  # {count} {severity}
    over: str  # {count}: how many are over
    separator: str  # between counts, and between alarms
    alarm: str  # {code} {title}
    more: str  # {count}: how many are not in the list
    listed: str  # {counts} {alarms} {more}
    counted: str  # {counts}: where no alarm fits
    answer: str  # how to take all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A text, and the held items that it tells of."""

    text: str = field(repr=False)
    covered: tuple[str, ...]


def compose(
    items: Sequence[DigestItem], texts: DigestTexts, most_segments: int, segments: Callable[[str], int]
) -> Digest:
    """Tell of all `items`, one or more, in at most `most_segments`.

    Of an alarm with several items the last one counts. What is over comes last. `segments` says how many a
    text needs, in the alphabet in which it will be sent. An alarm that does not fit into the list is told by
    the counts. Where not even they fit, they are the text all the same.
    """
    alarms = sorted({item.code: item for item in items}.values(), key=_urgency)
    best = _text(alarms, 0, texts)
    for listed in range(1, len(alarms) + 1):
        text = _text(alarms, listed, texts)
        if segments(text) <= most_segments:
            best = text
        elif len(alarms) - listed > _WORTH_A_TRY:
            break
    return Digest(text=best, covered=tuple(item.id for item in items))


def _urgency(alarm: DigestItem) -> tuple[bool, int]:
    return alarm.over, -alarm.severity.rank


def _text(alarms: Sequence[DigestItem], listed: int, texts: DigestTexts) -> str:
    """With the first `listed` alarms by name."""
    counts = texts.separator.join(_counts(alarms, texts))
    if listed:
        named = (texts.alarm.format(code=each.code, title=_short(each.title)) for each in alarms[:listed])
        left = len(alarms) - listed
        text = texts.listed.format(
            counts=counts,
            alarms=texts.separator.join(each.strip() for each in named),
            more=texts.more.format(count=left) if left else "",
        )
    else:
        text = texts.counted.format(counts=counts)
    return text if all(each.over for each in alarms) else f"{text} {texts.answer}"


def _counts(alarms: Sequence[DigestItem], texts: DigestTexts) -> Iterator[str]:
    for severity in sorted(Severity, key=lambda each: -each.rank):
        if count := sum(each.severity is severity for each in alarms if not each.over):
            yield texts.count.format(count=count, severity=texts.severities[severity.rank])
    if over := sum(each.over for each in alarms):
        yield texts.over.format(count=over)


def _short(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= _MAX_TITLE else f"{line[: _MAX_TITLE - 3].rstrip()}..."
