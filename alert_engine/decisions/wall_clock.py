"""From what a clock on the wall shows to moments, on the days too when it jumps.

In spring a clock skips times, in autumn it shows some twice (PEP 495 numbers the two with `fold`). What is
planned for a wall clock must happen once all the same.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo


def shown(moment: datetime, zone: tzinfo) -> datetime:
    """What a clock in `zone` shows: a naive datetime."""
    return moment.astimezone(zone).replace(tzinfo=None)


def first_moment(wall: datetime, zone: tzinfo) -> datetime:
    """The first moment at which the clock shows `wall` (naive) or more. UTC.

    A time that is skipped is the first moment after the jump.
    """
    earlier, later, skipped = _readings(wall, zone)
    return _jump(wall, earlier, later, zone) if skipped else earlier


def last_moment(wall: datetime, zone: tzinfo) -> datetime:
    """The moment from which on the clock never again shows less than `wall` (naive). UTC.

    A time that is shown twice is the second one, unless the clock goes back from beyond it to just there:
    then nothing less is shown after the first one.
    """
    earlier, later, skipped = _readings(wall, zone)
    if skipped:
        return _jump(wall, earlier, later, zone)
    came_from_beyond = shown(later - datetime.resolution, zone) >= wall
    return earlier if came_from_beyond else later


def _readings(wall: datetime, zone: tzinfo) -> tuple[datetime, datetime, bool]:
    """The two moments that `wall` could mean, in order, and whether it is neither, being skipped."""
    before_jump, after_jump = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    skipped = after_jump < before_jump
    return min(before_jump, after_jump), max(before_jump, after_jump), skipped


def _jump(wall: datetime, low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """The first moment after `low`, at `high` at the latest, at which the clock shows `wall` or more."""
    while high - low > datetime.resolution:
        middle = low + (high - low) // 2
        if shown(middle, zone) < wall:
            low = middle
        else:
            high = middle
    return high
