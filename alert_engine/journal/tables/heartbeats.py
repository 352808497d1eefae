"""Signs of life that are waited for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .columns import from_time, insert, to_optional_time, to_time

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

_SELECT = "SELECT * FROM heartbeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatRecord:
    """One heartbeat."""

    source: str
    key: str
    period: timedelta
    grace: timedelta
    is_configured: bool  # else its source announced it by itself
    known_since: datetime
    counts_from: datetime | None = None  # the last one, or the gateway's own return; None: it never came
    last_at: datetime | None = None  # reception of the last one
    is_missed: bool = False  # its alarm was raised
    due_at: datetime | None = None  # when it is missed; None: never, or it is


class HeartbeatTable:
    """One row per heartbeat."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, record: HeartbeatRecord) -> None:
        """Write a new one, or what changed."""
        insert(self._connection, "heartbeat", _row(record), verb="INSERT OR REPLACE")

    def remove(self, source: str, key: str) -> None:
        """Nobody waits for it any more."""
        self._connection.execute("DELETE FROM heartbeat WHERE source = ? AND key = ?", (source, key))

    def get(self, source: str, key: str) -> HeartbeatRecord | None:
        """The one with this key."""
        return next(iter(self._many("WHERE source = ? AND key = ?", source, key)), None)

    def every(self) -> tuple[HeartbeatRecord, ...]:
        """All of them."""
        return self._many("ORDER BY source, key")

    def count(self) -> int:
        """How many there are."""
        (count,) = self._connection.execute("SELECT count(*) FROM heartbeat").fetchone()
        return int(count)

    def due(self, now: datetime, limit: int) -> tuple[HeartbeatRecord, ...]:
        """Those that are missed by now, and were not yet."""
        return self._many("WHERE due_at <= ? ORDER BY due_at LIMIT ?", from_time(now), limit)

    def next_due(self) -> datetime | None:
        """When the next one is missed."""
        (due,) = self._connection.execute(
            "SELECT min(due_at) FROM heartbeat WHERE due_at IS NOT NULL"
        ).fetchone()
        return to_optional_time(due)

    def _many(self, where: str, *values: object) -> tuple[HeartbeatRecord, ...]:
        return tuple(_record(row) for row in self._connection.execute(f"{_SELECT} {where}", values))


def _row(record: HeartbeatRecord) -> dict[str, Any]:
    return {
        "source": record.source,
        "key": record.key,
        "period": record.period.total_seconds(),
        "grace": record.grace.total_seconds(),
        "is_configured": record.is_configured,
        "known_since": from_time(record.known_since),
        "counts_from": from_time(record.counts_from),
        "last_at": from_time(record.last_at),
        "is_missed": record.is_missed,
        "due_at": from_time(record.due_at),
    }


def _record(row: sqlite3.Row) -> HeartbeatRecord:
    return HeartbeatRecord(
        source=row["source"],
        key=row["key"],
        period=timedelta(seconds=row["period"]),
        grace=timedelta(seconds=row["grace"]),
        is_configured=bool(row["is_configured"]),
        known_since=to_time(row["known_since"]),
        counts_from=to_optional_time(row["counts_from"]),
        last_at=to_optional_time(row["last_at"]),
        is_missed=bool(row["is_missed"]),
        due_at=to_optional_time(row["due_at"]),
    )
