"""Values between a selector and the document: "90min" is a duration with fields in a form.

`Codec.read` takes what a form brings, and returns None for what is left out. `Codec.show` takes what the
document says.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.helpers import config_validation as cv

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_DAY_SECONDS = 86400
_UNITS = (("d", _DAY_SECONDS), ("h", 3600), ("min", 60), ("s", 1))
_WITH_DASH = re.compile(r" *- *")
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One way to read and show a value."""

    read: Callable[[Any], Any]
    show: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _stripped(value: str) -> str | None:
    return value.strip() or None


def _words(values: list[str]) -> list[str] | None:
    return [word for value in values if (word := value.strip())] or None


def _lines(values: list[str]) -> list[str]:
    return [line for value in values if (line := value.strip())]


PLAIN = Codec(read=_same, show=_same)
TEXT = Codec(read=_stripped, show=_same)
TEXTS = Codec(read=_words, show=list)
LINES = Codec(read=_lines, show=list)  # none is a value
WHOLE = Codec(read=int, show=_same)
DAYS = Codec(read=lambda days: f"{int(days)}d", show=lambda text: _seconds(text) // _DAY_SECONDS)
TIER = Codec(read=int, show=str)


def amount(value: float) -> float:
    """A number without a fraction that says nothing."""
    return int(value) if value == int(value) else value


AMOUNT = Codec(read=amount, show=_same)


def _duration_text(value: Mapping[str, float]) -> str:
    """In the largest unit that says it exactly."""
    seconds = int(cv.positive_time_period_dict(dict(value)).total_seconds())
    unit, size = next((unit, size) for unit, size in _UNITS if seconds % size == 0)
    return f"{seconds // size}{unit}" if seconds else "0s"


def _seconds(text: str) -> int:
    """How long a text of the document is; also one of somebody who wrote "90 min"."""
    unit, size = next((unit, size) for unit, size in _UNITS if text.strip().endswith(unit))
    return int(text.strip().removesuffix(unit)) * size


def _duration_fields(text: str) -> dict[str, int]:
    left = timedelta(seconds=_seconds(text))
    hours, rest = divmod(left.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return {"days": left.days, "hours": hours, "minutes": minutes, "seconds": seconds}


def _some_duration(value: Mapping[str, float]) -> str | None:
    text = _duration_text(value)
    return None if text == "0s" else text


DURATION = Codec(read=_some_duration, show=_duration_fields)  # zero is left out
WAIT = Codec(read=_duration_text, show=_duration_fields)  # zero is a value


def labelled(labels: Mapping[str, str]) -> Codec:
    """A word that a form knows by its label: inside an object a form shows values as they are."""
    words = {label: word for word, label in labels.items()}
    return Codec(read=lambda label: words.get(label, label), show=labels.get)


def known(names: Collection[str]) -> Codec:
    """One of these; a form cannot show what is gone."""
    return Codec(read=_same, show=lambda value: value if value in names else None)


def many(each: Codec) -> Codec:
    """A list of them; an empty one is left out, and so is what is gone."""
    return Codec(
        read=lambda values: [each.read(value) for value in values] or None,
        show=lambda values: [shown for value in values if (shown := each.show(value)) is not None],
    )


def rows(fields: Mapping[str, Codec], needed: Collection[str] = ()) -> Codec:
    """A list of objects with these fields; an empty one is left out.

    One of which a needed field cannot be shown, for what it names is gone, is not shown at all: nobody could
    send the form off with it.
    """

    def read(values: list[Mapping[str, Any]]) -> list[dict[str, Any]] | None:
        return [_read_row(fields, row) for row in values] or None

    def show(values: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
        shown = (_show_row(fields, row) for row in values)
        return [row for row in shown if all(key in row for key in needed)]

    return Codec(read=read, show=show)


def _read_row(fields: Mapping[str, Codec], row: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: codec.read(row[key]) for key, codec in fields.items() if row.get(key) not in (None, "")}
    return {key: value for key, value in found.items() if value is not None}


def _show_row(fields: Mapping[str, Codec], row: Mapping[str, Any]) -> dict[str, Any]:
    shown = {key: fields[key].show(value) for key, value in row.items() if key in fields}
    return {key: value for key, value in shown.items() if value is not None}


def periods(day: Codec) -> Codec:
    """Times of the week: rows of days, start and end for "22:00-06:30 mon,tue"; no day is every day."""

    def read(row: Mapping[str, Any]) -> str:
        days = [day.read(each) for each in row.get("days", ())]
        hours = f"{row['start'][:5]}-{row['end'][:5]}"
        return f"{hours} {','.join(word for word in _WEEK if word in days)}" if days else hours

    def show(text: str) -> dict[str, Any]:
        hours, _, days = _WITH_DASH.sub("-", text.strip().lower()).partition(" ")
        start, _, end = hours.partition("-")
        row: dict[str, Any] = {"start": _clock(start), "end": _clock(end)}
        return row if not days else {"days": [day.show(word) for word in _days_of(days)], **row}

    return many(Codec(read=read, show=show))


def _clock(text: str) -> str:
    """As the selector of times has it, which knows no 24:00."""
    hours, _, minutes = text.strip().partition(":")
    return f"{int(hours) % 24:02}:{minutes}:00"


CLOCK = Codec(read=lambda text: text[:5], show=_clock)


def _days_of(text: str) -> list[str]:
    found = []
    for part in text.split(","):
        first, _, last = (word.strip() for word in part.partition("-"))
        start, end = _WEEK.index(first), _WEEK.index(last or first)
        found += [_WEEK[number % 7] for number in range(start, (end if end >= start else end + 7) + 1)]
    return found
