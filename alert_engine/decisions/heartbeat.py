"""Signs of life: (what is known of a heartbeat, now) to its state.

Only the time of reception counts: the clock of whoever sends plays no part. A heartbeat that never came
raises no alarm, because nothing was lost yet; after a day the metrics count it as never seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# After this nobody is about to set it up any more.
NEVER_SEEN_AFTER = timedelta(hours=24)


class HeartbeatState(StrEnum):
    """How a heartbeat stands."""

    NEW = "new"  # it never came
    OK = "ok"
    LATE = "late"  # its period is over, its grace is not
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is known of a heartbeat."""

    period: timedelta
    grace: timedelta
    known_since: datetime
    counts_from: datetime | None  # the last one's reception, or the gateway's own return; None: it never came


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How it stands at this moment."""

    state: HeartbeatState
    missed_at: datetime | None  # when it is missed, if none comes till then; None: never
    never_seen: bool = False  # it is new since so long that somebody should look


def judge(expectation: Expectation, now: datetime) -> Pulse:
    """How a heartbeat stands."""
    if expectation.counts_from is None:
        is_old = now - expectation.known_since >= NEVER_SEEN_AFTER
        return Pulse(state=HeartbeatState.NEW, missed_at=None, never_seen=is_old)
    due = expectation.counts_from + expectation.period
    missed_at = due + expectation.grace
    if now >= missed_at:
        return Pulse(state=HeartbeatState.MISSED, missed_at=missed_at)
    return Pulse(state=HeartbeatState.LATE if now > due else HeartbeatState.OK, missed_at=missed_at)
