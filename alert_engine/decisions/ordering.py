"""Events of a source that arrive out of order."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# A source whose clock is further ahead than this has a wrong clock. Were it believed, all its later events
# would be called stale and its alarms could never be cleared.
MAX_CLOCK_LEAD = timedelta(minutes=5)

# A source that starts without a clock tells times of 1970. Were they believed, its alarms would be called
# stale and nobody would hear of them. A broker keeps what it could not hand over for at most this long.
MAX_CLOCK_LAG = timedelta(days=7)


def trusted(source_time: datetime | None, now: datetime) -> datetime | None:
    """The source's time, or None if it gave none that can be true."""
    if source_time is None or not now - MAX_CLOCK_LAG <= source_time <= now + MAX_CLOCK_LEAD:
        return None
    return source_time


def is_stale(source_time: datetime | None, newest: datetime | None) -> bool:
    """The event is older than what is known of its key. Equal times count in the order of arrival."""
    return source_time is not None and newest is not None and source_time < newest


def has_lapsed(source_time: datetime | None, ttl: timedelta | None, now: datetime) -> bool:
    """It was over by itself before it arrived."""
    told = trusted(source_time, now)
    return told is not None and ttl is not None and told + ttl <= now
