"""What the auditor looks at, in bounded batches; each question has its index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .columns import from_time

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

_REACHED_NOBODY = (
    "FROM alarm WHERE state = 'raised' AND NOT is_test AND (source <> ? OR key <> ?) "
    "AND EXISTS (SELECT 1 FROM message WHERE message.alarm_id = alarm.id AND message.kind = 'raise' "
    "AND message.state IN ('failed', 'expired')) "
    "AND NOT EXISTS (SELECT 1 FROM message WHERE message.alarm_id = alarm.id AND message.kind = 'raise' "
    "AND (message.in_doubt OR "
    "message.state IN ('queued', 'in_flight', 'in_doubt', 'accepted', 'delivered')))"
)

# Each part reads one row of an index at most.
_ANYTHING = (
    "SELECT EXISTS (SELECT 1 FROM alarm INDEXED BY alarm_open_key WHERE state <> 'closed') "
    "OR EXISTS (SELECT 1 FROM message WHERE state = 'in_flight') "
    "OR EXISTS (SELECT 1 FROM message WHERE state = 'in_doubt' AND due_at <= :long_ago) "
    "OR EXISTS (SELECT 1 FROM message INDEXED BY message_expiry WHERE state IN ('queued', 'in_doubt') "
    "AND expires_at <= :long_ago) "
    "OR EXISTS (SELECT 1 FROM message INDEXED BY message_endless WHERE expires_at IS NULL "
    "AND state IN ('queued', 'in_doubt'))"
)


class AuditRounds:
    """Questions over alarms and messages."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def anything(self, long_ago: datetime) -> bool:
        """Whether there is anything to look at closely: most of the time there is not."""
        moment = from_time(long_ago)
        (found,) = self._connection.execute(_ANYTHING, {"long_ago": moment}).fetchone()
        return bool(found)

    def unscheduled(self, after: str, limit: int) -> tuple[str, ...]:
        """Ids of open alarms of which nothing comes due, after this id."""
        return self._column(
            "SELECT id FROM alarm INDEXED BY alarm_unscheduled "
            "WHERE state <> 'closed' AND next_due IS NULL AND id > ? ORDER BY id LIMIT ?",
            after,
            limit,
        )

    def without_expiry(self, limit: int) -> tuple[str, ...]:
        """Uids of messages that would wait for ever."""
        return self._column(
            "SELECT uid FROM message INDEXED BY message_endless "
            "WHERE expires_at IS NULL AND state IN ('queued', 'in_doubt') LIMIT ?",
            limit,
        )

    def reached_nobody(self, but: tuple[str, str], limit: int) -> tuple[str, ...]:
        """Codes of loud alarms of which every message failed or expired, the oldest first.

        Not that of this source and key.
        """
        return self._column(f"SELECT code {_REACHED_NOBODY} ORDER BY raised_at LIMIT ?", *but, limit)

    def _column(self, query: str, *values: object) -> tuple[str, ...]:
        return tuple(row[0] for row in self._connection.execute(query, values))
