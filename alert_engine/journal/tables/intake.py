"""What sources handed in: for 24 h, a repeat is answered as the first was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alert_engine.model import Verdict

from .columns import from_time, insert, to_optional_time, to_time

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRecord:
    """One request and how it was answered."""

    kind: str  # "raise", "clear", "acknowledge", "send": one id may be used for each
    source: str
    key: str  # what it is about: one id may be used for each
    message_id: str | None
    source_time: datetime | None
    received_at: datetime
    verdict: Verdict
    alarm_ids: tuple[str, ...] = ()
    message_uids: tuple[str, ...] = ()


class IntakeTable:
    """One row per request."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, record: IntakeRecord) -> None:
        """Write a request; one with the same id that is too old to count is replaced."""
        insert(
            self._connection,
            "intake",
            {
                "kind": record.kind,
                "source": record.source,
                "message_id": record.message_id,
                "key": record.key,
                "source_time": from_time(record.source_time),
                "received_at": from_time(record.received_at),
                "verdict": record.verdict,
                "answer": json.dumps({"alarms": record.alarm_ids, "messages": record.message_uids}),
            },
            verb="INSERT OR REPLACE",
        )

    def find(self, kind: str, source: str, key: str, message_id: str, since: datetime) -> IntakeRecord | None:
        """The request with this id, if it was received after `since`."""
        row = self._connection.execute(
            "SELECT * FROM intake WHERE kind = ? AND source = ? AND key = ? AND message_id = ? "
            "AND received_at > ?",
            (kind, source, key, message_id, from_time(since)),
        ).fetchone()
        return None if row is None else _record(row)

    def sends(self, since: datetime, message_id: str | None = None) -> tuple[IntakeRecord, ...]:
        """Sends with an id, received after `since`: those with this id, or all, the oldest first."""
        rows = self._connection.execute(
            "SELECT * FROM intake WHERE kind = 'send' AND received_at > ? AND message_id IS NOT NULL "
            "AND (? IS NULL OR message_id = ?) ORDER BY id",
            (from_time(since), message_id, message_id),
        )
        return tuple(_record(row) for row in rows)

    def newest_source_time(self, source: str, key: str, now: datetime) -> datetime | None:
        """The newest time that the source told of this key until now, also where nothing came of it."""
        (newest,) = self._connection.execute(
            "SELECT max(source_time) FROM intake WHERE source = ? AND key = ? AND source_time IS NOT NULL "
            "AND received_at <= ?",
            (source, key, from_time(now)),
        ).fetchone()
        return to_optional_time(newest)

    def forget(self, received_before: datetime, limit: int) -> int:
        """Delete what no repeat is expected of any more; how many that were."""
        deleted = self._connection.execute(
            "DELETE FROM intake WHERE id IN (SELECT id FROM intake WHERE received_at < ? LIMIT ?)",
            (from_time(received_before), limit),
        )
        return deleted.rowcount


def _record(row: sqlite3.Row) -> IntakeRecord:
    answer = json.loads(row["answer"])
    return IntakeRecord(
        kind=row["kind"],
        source=row["source"],
        key=row["key"],
        message_id=row["message_id"],
        source_time=to_optional_time(row["source_time"]),
        received_at=to_time(row["received_at"]),
        verdict=Verdict(row["verdict"]),
        alarm_ids=tuple(answer["alarms"]),
        message_uids=tuple(answer["messages"]),
    )
