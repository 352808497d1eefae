"""What happened to each alarm, for people who look back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.model import AlarmNote

from .columns import from_time, insert, to_time

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

# Of one alarm. One that comes and goes for months must not fill the journal; its newest are of interest.
MOST = 100

_TRIM = (
    "DELETE FROM alarm_note WHERE alarm_id = :alarm AND id <= "
    "(SELECT id FROM alarm_note WHERE alarm_id = :alarm ORDER BY id DESC LIMIT 1 OFFSET :most)"
)


class AlarmNoteTable:
    """One row per note."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, alarm_id: str, at: datetime, event: str, by: str | None) -> None:
        """Write a note, and forget the oldest of too many."""
        values = {"alarm_id": alarm_id, "at": from_time(at), "event": event, "actor": by}
        insert(self._connection, "alarm_note", values)
        self._connection.execute(_TRIM, {"alarm": alarm_id, "most": MOST})

    def of(self, alarm_id: str) -> tuple[AlarmNote, ...]:
        """The notes of an alarm, in order."""
        query = "SELECT * FROM alarm_note WHERE alarm_id = ? ORDER BY id"
        rows = self._connection.execute(query, (alarm_id,))
        return tuple(AlarmNote(at=to_time(row["at"]), event=row["event"], by=row["actor"]) for row in rows)
