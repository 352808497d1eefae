"""When each person is tested, and when that has failed for too long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .wall_clock import first_moment, shown

if TYPE_CHECKING:
    from datetime import time, tzinfo

_DAYS = 7
# A gateway that was off at the hour of the test makes up for it, but not in the middle of the night.
LATEST = timedelta(hours=2)


def slot_before(now: datetime, day: int, at: time, zone: tzinfo) -> datetime:
    """The newest hour of the test that has come; `day` 0 is Monday. UTC."""
    today = shown(now, zone).date()
    wanted = today - timedelta(days=(today.weekday() - day) % _DAYS)
    slot = first_moment(datetime.combine(wanted, at), zone)
    if slot > now:
        slot = first_moment(datetime.combine(wanted - timedelta(days=_DAYS), at), zone)
    return slot


def slot_after(now: datetime, day: int, at: time, zone: tzinfo) -> datetime:
    """The next hour of the test. UTC."""
    last = shown(slot_before(now, day, at, zone), zone).date()
    wanted = last + timedelta(days=(day - last.weekday()) % _DAYS or _DAYS)
    return first_moment(datetime.combine(wanted, at), zone)


def is_due(slot: datetime, last_started: datetime | None, now: datetime) -> bool:
    """The test of this hour has not begun yet, and is not too late."""
    return now - slot <= LATEST and (last_started is None or last_started < slot)


def is_overdue(
    first_started: datetime | None, last_answered: datetime | None, patience: timedelta, now: datetime
) -> bool:
    """This person has not answered a test for too long. One who was never tested is not overdue."""
    since = last_answered or first_started
    return since is not None and now - since > patience
