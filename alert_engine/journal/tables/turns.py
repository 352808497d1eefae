"""Whose turn it is, in groups that rotate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


class TurnTable:
    """One row per alarm that had a turn."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def of_alarm(self, alarm_id: str, policy: str) -> int:
        """The turn of an alarm: one further for each alarm of its policy, and then always the same."""
        self._connection.execute(
            "INSERT OR IGNORE INTO turn (alarm_id, policy, number) "
            "SELECT ?, ?, 1 + coalesce(max(number), -1) FROM turn WHERE policy = ?",
            (alarm_id, policy, policy),
        )
        (number,) = self._connection.execute(
            "SELECT number FROM turn WHERE alarm_id = ?", (alarm_id,)
        ).fetchone()
        return int(number)
