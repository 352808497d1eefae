"""Shapes of times: how long, what time of day, which days of the week, which moment, whose clock."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import voluptuous as vol

from alert_engine.model import WeeklyPeriod

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DURATION = re.compile(r"([0-9]{1,6}) *(s|min|h|d)")
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_PERIOD = re.compile(r"(?P<start>[0-9:]+) *- *(?P<end>[0-9:]+)(?: +(?P<days>[a-z, -]+))?")
_DAY_RANGE = re.compile(r"(?P<first>[a-z]{3})(?: *- *(?P<last>[a-z]{3}))?")
_MIDNIGHT = "24:00"  # the end of a day; as a time it is the 00:00 of the next one

_PERIOD_WANTED = (
    'must be a time of day and days, like "22:00-06:30 mon-fri" or "00:00-24:00 sat,sun"; '
    "without days it is every day"
)


def a_duration(value: Any) -> timedelta:
    """How long, as people write it; never zero."""
    found = _duration(value)
    if not found:
        raise vol.Invalid("must be a time like 15s, 5min or 1h")
    return found


def a_wait(value: Any) -> timedelta:
    """How long, or ``0s`` for not at all."""
    found = _duration(value)
    if found is None:
        raise vol.Invalid("must be a time like 0s, 5min or 1h")
    return found


def a_time(value: Any) -> time:
    """A time of day. Without quotes YAML takes 18:00 for a number."""
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise vol.Invalid('must be a time of day in quotes, like "08:00"')
    return time(int(match[1]), int(match[2]))


def a_weekday(value: Any) -> int:
    """0 for Monday."""
    if not isinstance(value, str) or value.lower() not in DAYS:
        raise vol.Invalid(f"must be one of {', '.join(DAYS)}")
    return DAYS.index(value.lower())


def a_period(value: Any) -> WeeklyPeriod:
    """``22:00-06:30 mon-fri``: the days are those of its start."""
    match = _PERIOD.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None:
        raise vol.Invalid(_PERIOD_WANTED)
    end = "00:00" if match["end"] == _MIDNIGHT else match["end"]
    try:
        period = WeeklyPeriod(start=a_time(match["start"]), end=a_time(end))
        days = _days(match["days"]) if match["days"] else period.days
    except vol.Invalid:
        raise vol.Invalid(_PERIOD_WANTED) from None
    return WeeklyPeriod(start=period.start, end=period.end, days=days)


def a_date(value: Any) -> date:
    """A day of the calendar; YAML reads it by itself where it is not in quotes."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise vol.Invalid("must be a day like 2026-01-05") from None


def a_moment(value: Any) -> datetime:
    """A day and a time on the clock of whoever it is about, so without a zone."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is not None:
        raise vol.Invalid("must be a day and a time without a zone, like 2026-12-24 08:00")
    return found


def a_zone(value: Any) -> ZoneInfo:
    """A time zone by its name."""
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, TypeError, OSError):
        raise vol.Invalid("must be a time zone like Europe/Vienna") from None


def _duration(value: Any) -> timedelta | None:
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    return None if match is None else timedelta(**{_UNITS[match[2]]: int(match[1])})


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = _DAY_RANGE.fullmatch(part.strip())
        if match is None:
            raise vol.Invalid("days")
        first = a_weekday(match["first"])
        last = a_weekday(match["last"] or match["first"])
        found |= {number % 7 for number in range(first, (last if last >= first else last + 7) + 1)}
    return frozenset(found)
