"""Who was meant to hear of which alarm: only they may answer it by a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .columns import from_time

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

_EVER = "9999"  # sorts after every moment


class ToldTable:
    """Questions over the messages that were written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def is_told(self, alarm_id: str, address: str, person: str, *, before: datetime | None = None) -> bool:
        """A message that this alarm is on was written to this address or person, whatever became of it.

        With `before`, it was written by this moment.
        """
        found = self._connection.execute(
            # By the alarm, which has a few messages; not by the address, which has very many.
            "SELECT 1 FROM message INDEXED BY message_alarm "
            "WHERE alarm_id = ? AND kind = 'raise' AND (address = ? OR recipient = ?) "
            "AND created_at <= ? "
            "UNION ALL SELECT 1 FROM digest CROSS JOIN message ON message.uid = digest.message_uid "
            "WHERE digest.alarm_id = ? AND (address = ? OR recipient = ?) AND created_at <= ? LIMIT 1",
            (alarm_id, address, person, from_time(before) or _EVER) * 2,
        )
        return found.fetchone() is not None

    def meant(self, alarm_id: str) -> frozenset[str]:
        """Persons to whom it was written that this alarm is on, or will be; not what was taken back."""
        rows = self._connection.execute(
            "SELECT recipient FROM message WHERE alarm_id = :id AND kind = 'raise' AND state <> 'cancelled' "
            "UNION SELECT recipient FROM digest JOIN message ON message.uid = digest.message_uid "
            "WHERE digest.alarm_id = :id AND digest.kind = 'raise' AND message.state <> 'cancelled' "
            "UNION SELECT person FROM held WHERE alarm_id = :id AND kind = 'raise'",
            {"id": alarm_id},
        )
        return frozenset(row[0] for row in rows if row[0] is not None)

    def untold(self, but: tuple[str, str]) -> tuple[str, ...]:
        """Ids of loud alarms of which nobody was written anything, the oldest first.

        Not that of this source and key.
        """
        rows = self._connection.execute(
            "SELECT id FROM alarm INDEXED BY alarm_open_key WHERE state <> 'closed' AND state = 'raised' "
            "AND step > 0 AND suppressed_by IS NULL AND shelved_until IS NULL AND NOT is_test "
            "AND (source <> ? OR key <> ?) AND NOT EXISTS (SELECT 1 FROM held WHERE alarm_id = alarm.id) "
            "AND NOT EXISTS (SELECT 1 FROM message WHERE alarm_id = alarm.id AND kind = 'raise') "
            "AND NOT EXISTS (SELECT 1 FROM digest WHERE alarm_id = alarm.id) ORDER BY raised_at, id",
            but,
        )
        return tuple(row[0] for row in rows)
