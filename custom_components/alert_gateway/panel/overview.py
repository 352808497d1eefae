"""What the page always shows: open alarms, people, routes, what waits."""

import asyncio
from typing import TYPE_CHECKING, Any, Final

from .shown_alarms import shown_alarm, worst_first
from .shown_people import shown_people
from .shown_routes import shown_standings

if TYPE_CHECKING:
    from .command import Desk

MOST_ALARMS: Final = 100  # nobody reads more at once, and it is pushed with each change


async def overview(desk: Desk) -> dict[str, Any]:
    """Return a snapshot. Raises JournalError."""
    engine, lens = desk.engine, desk.lens
    summary, alarms, roster = await asyncio.gather(
        engine.summary(), engine.open_alarms(), engine.roster.on_call()
    )
    return {
        "state": "running",
        "user": {"is_admin": desk.viewer.is_admin, "may_act": desk.viewer.may_act},
        "open": summary.open,
        "unacknowledged": summary.unacknowledged,
        "queue": summary.queue,
        "in_doubt": summary.in_doubt,
        "alarms": [shown_alarm(alarm, lens) for alarm in worst_first(alarms)[:MOST_ALARMS]],
        "roster": shown_people(engine.people, roster, lens),
        "routes": shown_standings(desk),
    }
