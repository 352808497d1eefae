"""Who was meant to hear of which alarm: only they may answer it by a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


class ToldTable:
    """Questions over the messages that were written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def is_told(self, alarm_id: str, address: str, person: str) -> bool:
        """A message that this alarm is on was written to this address or person, whatever became of it."""
        found = self._connection.execute(
            "SELECT 1 FROM message WHERE alarm_id = ? AND kind = 'raise' AND (address = ? OR recipient = ?) "
            "LIMIT 1",
            (alarm_id, address, person),
        )
        return found.fetchone() is not None
