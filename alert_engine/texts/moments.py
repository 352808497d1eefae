"""Moments in people's words, without the locale of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from .catalogue import Texts


def moment(at: datetime, now: datetime, time_zone: tzinfo, texts: Texts) -> str:
    """The wall clock of `time_zone`, with the date where that is not today's."""
    there, today = _there(at, time_zone), _there(now, time_zone)
    time = texts.time.format(hour=f"{there:%H}", minute=f"{there:%M}")
    if there.date() == today.date():
        return time
    return texts.date.format(
        day=f"{there:%d}",
        month=f"{there:%m}",
        month_name=texts.months.split()[there.month - 1],
        year=f"{there.year:04}",
        time=time,
    )


def _there(at: datetime, time_zone: tzinfo) -> datetime:
    """The first and the last day of the calendar have no other time zone."""
    try:
        return at.astimezone(time_zone)
    except OverflowError:
        return at
