"""Which alarms a digest told, and how much an address was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.telling import Sent
from alert_engine.model import MessageKind, MessageState, Priority

from .columns import from_time, to_optional_time, to_time

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import datetime

    from alert_engine.model import Address

# Two short ranges of indexes: asked in one, SQLite would read all that the address was ever told.
_SENT = (
    "SELECT created_at, state, priority, alarm_id, "
    "EXISTS (SELECT 1 FROM alarm WHERE alarm.id = alarm_id AND alarm.is_test) AS is_test, "
    "(SELECT max(started_at) FROM attempt WHERE message_uid = uid) AS left_at FROM message "
    "WHERE sequence IN (SELECT sequence FROM message INDEXED BY message_address "
    "WHERE address = :address AND kind IN ('raise', 'update', 'clear') AND created_at > :since "
    "UNION SELECT sequence FROM message INDEXED BY message_waiting WHERE address = :address "
    "AND state IN ('queued', 'in_flight', 'in_doubt') AND state = 'queued' "
    "AND kind IN ('raise', 'update', 'clear')) "
    "AND channel = :channel AND (in_doubt OR state NOT IN ('cancelled', 'failed', 'expired'))"
)


class DigestTable:
    """One row per digest and alarm in it; and questions over all news of alarms."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, uid: str, alarms: Iterable[tuple[str, MessageKind]]) -> None:
        """This message tells of these alarms."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO digest (message_uid, alarm_id, kind) VALUES (?, ?, ?)",
            [(uid, alarm_id, kind) for alarm_id, kind in alarms],
        )

    def contents(self, uid: str) -> tuple[tuple[str, MessageKind], ...]:
        """Ids of all alarms in a digest, and what it tells of each."""
        rows = self._connection.execute(
            "SELECT alarm_id, kind FROM digest WHERE message_uid = ? ORDER BY alarm_id", (uid,)
        )
        return tuple((row["alarm_id"], MessageKind(row["kind"])) for row in rows)

    def under_way(self, alarm_id: str) -> tuple[str, ...]:
        """Uids of digests with the raise of an alarm that wait, or whose fate is open."""
        rows = self._connection.execute(
            "SELECT message.uid FROM digest JOIN message ON message.uid = digest.message_uid "
            "WHERE digest.alarm_id = ? AND digest.kind = 'raise' "
            "AND message.state IN ('queued', 'in_flight', 'in_doubt') ORDER BY message.sequence",
            (alarm_id,),
        )
        return tuple(row[0] for row in rows)

    def sent(self, address: Address, since: datetime, now: datetime) -> tuple[Sent, ...]:
        """The news of alarms that left for an address. What still waits leaves now at the earliest."""
        rows = self._connection.execute(
            _SENT,
            {"address": address.value, "channel": address.channel, "since": from_time(since)},
        )
        return tuple(
            Sent(
                at=now
                if row["state"] == MessageState.QUEUED
                else to_optional_time(row["left_at"]) or to_time(row["created_at"]),
                is_critical=row["priority"] == Priority.CRITICAL,
                alarm_id=row["alarm_id"],
                is_test=bool(row["is_test"]),
            )
            for row in rows
        )
