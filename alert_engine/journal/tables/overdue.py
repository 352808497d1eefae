"""Alarms of which somebody must be proven told by a time, and those of which nobody was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .columns import from_time, insert, to_optional_time, to_time, update

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime

# Nobody has to be told any more.
_SETTLED = "(alarm.state <> 'raised' OR alarm.shelved_until IS NOT NULL OR alarm.suppressed_by IS NOT NULL)"
# CROSS: SQLite begins with the few rows of `overdue`, and never with all alarms that ever were.
_JOINED = "FROM overdue CROSS JOIN alarm ON alarm.id = overdue.alarm_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """What is asked of one alarm."""

    first_uid: str  # the message that told it first
    due_at: datetime | None  # None: people have heard that nobody was told


class OverdueTable:
    """One row per alarm; without a time once people have heard that nobody was told."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, alarm_id: str, first_uid: str, due_at: datetime) -> None:
        """Somebody is to be told by then, by this message or a later one. An earlier word stands."""
        values = {"alarm_id": alarm_id, "first_uid": first_uid, "due_at": from_time(due_at)}
        insert(self._connection, "overdue", values, verb="INSERT OR IGNORE")

    def get(self, alarm_id: str) -> Overdue | None:
        """What is asked of an alarm; None: nothing."""
        found = self._connection.execute("SELECT * FROM overdue WHERE alarm_id = ?", (alarm_id,))
        row = found.fetchone()
        if row is None:
            return None
        return Overdue(first_uid=row["first_uid"], due_at=to_optional_time(row["due_at"]))

    def note_told(self, alarm_id: str) -> None:
        """People have heard that nobody was told."""
        update(self._connection, "overdue", {"due_at": None}, {"alarm_id": alarm_id})

    def remove(self, alarm_id: str) -> None:
        """Somebody was told, or nobody has to be any more."""
        self._connection.execute("DELETE FROM overdue WHERE alarm_id = ?", (alarm_id,))

    def due(self, now: datetime, limit: int) -> tuple[str, ...]:
        """Alarms to look at."""
        rows = self._connection.execute(
            f"SELECT alarm_id {_JOINED} WHERE due_at <= ? OR {_SETTLED} LIMIT ?", (from_time(now), limit)
        )
        return tuple(row["alarm_id"] for row in rows)

    def next_due(self) -> datetime | None:
        """When one is to be looked at; one that is settled is overdue."""
        (moment,) = self._connection.execute(
            f"SELECT min(CASE WHEN {_SETTLED} THEN alarm.raised_at ELSE due_at END) {_JOINED}"
        ).fetchone()
        return to_optional_time(moment)

    def waiting(self) -> Mapping[str, datetime]:
        """Until when there is time, by alarm."""
        rows = self._connection.execute("SELECT alarm_id, due_at FROM overdue WHERE due_at IS NOT NULL")
        return {row["alarm_id"]: to_time(row["due_at"]) for row in rows}

    def set_due(self, alarm_id: str, due_at: datetime) -> None:
        """There is time until then."""
        update(self._connection, "overdue", {"due_at": from_time(due_at)}, {"alarm_id": alarm_id})
