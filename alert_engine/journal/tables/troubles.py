"""What is wrong with people and groups: noted when an alarm met it, until it is well again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from alert_engine.decisions.directory import ResolutionReason
from alert_engine.decisions.people_troubles import Trouble

from .columns import from_time, insert, to_optional_time

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime


class TroubleTable:
    """One row per trouble."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def note(self, trouble: Trouble, now: datetime) -> bool:
        """Keep it in mind; False if it was known."""
        values = {
            "key": trouble.key,
            "reason": trouble.reason,
            "names": json.dumps(trouble.names),
            "is_raised": False,
            "check_at": from_time(now),
        }
        changes = self._connection.total_changes
        insert(self._connection, "trouble", values, verb="INSERT OR IGNORE")
        return self._connection.total_changes > changes

    def due(self, now: datetime) -> tuple[tuple[Trouble, bool], ...]:
        """What is to be looked at again, and whether an alarm about it was raised."""
        rows = self._connection.execute(
            "SELECT * FROM trouble WHERE check_at <= ? ORDER BY check_at, key", (from_time(now),)
        )
        return tuple((_trouble(row), bool(row["is_raised"])) for row in rows)

    def look_again(self, key: str, at: datetime) -> None:
        """An alarm about it is raised; this is when to look whether it lasts."""
        self._connection.execute(
            "UPDATE trouble SET is_raised = 1, check_at = ? WHERE key = ?", (from_time(at), key)
        )

    def look_now(self, now: datetime) -> None:
        """Whatever was planned: the clock was set."""
        self._connection.execute("UPDATE trouble SET check_at = ?", (from_time(now),))

    def forget(self, key: str) -> None:
        """It is well again."""
        self._connection.execute("DELETE FROM trouble WHERE key = ?", (key,))

    def next_check(self) -> datetime | None:
        """When to look again."""
        (moment,) = self._connection.execute("SELECT min(check_at) FROM trouble").fetchone()
        return to_optional_time(moment)


def _trouble(row: sqlite3.Row) -> Trouble:
    return Trouble(
        key=row["key"], reason=ResolutionReason(row["reason"]), names=tuple(json.loads(row["names"]))
    )
