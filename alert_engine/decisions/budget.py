"""What a route may still send today, and whether it can pay for it.

A budget is counted in segments, and in calls, that left since midnight on the gateway's wall clock. The first
four fifths are for everything; then people hear of it; the last tenth is for what is critical, and for the
word that the budget ends. A message that has begun is finished, so a day may end a few segments above it.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo
    from decimal import Decimal

# An account known to be empty is left alone for so long. Then it is tried once more: somebody may have topped
# it up, and not every provider is asked for its credit often.
EMPTY_FOR = timedelta(hours=24)


def day_begins(now: datetime, zone: tzinfo) -> datetime:
    """The last midnight on the wall clock of `zone`, in UTC. A day with a change of clocks has 23 or 25 h."""
    today = now.astimezone(zone).date()
    return datetime.combine(today, time(), tzinfo=zone).astimezone(UTC)


def can_pay(amount: Decimal | None, told_at: datetime | None, now: datetime) -> bool:
    """The account is not known to be empty: `amount` is what it told at `told_at`, None for nothing."""
    if amount is None or told_at is None or amount > 0:
        return True
    return not told_at <= now < told_at + EMPTY_FOR
