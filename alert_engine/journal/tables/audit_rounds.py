"""What the auditor looks at, in bounded batches; each question has its index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.people_troubles import NOBODY_KEY

from .columns import from_time

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

_RAISES = (
    "SELECT state, in_doubt FROM message WHERE message.alarm_id = alarm.id AND message.kind = 'raise' "
    "UNION ALL SELECT message.state, in_doubt FROM digest JOIN message ON message.uid = digest.message_uid "
    "WHERE digest.alarm_id = alarm.id AND digest.kind = 'raise'"
)
_MAY_REACH = "in_doubt OR state IN ('queued', 'in_flight', 'in_doubt', 'accepted', 'delivered')"
_IS_LOUD = "alarm.shelved_until IS NULL AND alarm.suppressed_by IS NULL"
# Nothing was written, and it is known (`people_troubles`) that there is nobody to whom it could be. Our own
# alarms say so, and do not count again.
_TO_NOBODY = (
    f"{_IS_LOUD} AND step > 0 AND source <> :source AND NOT EXISTS ({_RAISES}) "  # noqa: S608 - all ours
    "AND EXISTS (SELECT 1 FROM trouble WHERE trouble.key = :nobody)"
)
_FAILED_OF = (
    "SELECT code FROM alarm WHERE state = 'raised' AND NOT is_test "  # noqa: S608 - all ours
    "AND (source <> :source OR key <> :key) "
    f"AND (({_TO_NOBODY}) OR EXISTS (SELECT 1 FROM ({_RAISES}) "
    f"WHERE state IN ('failed', 'expired') OR (state = 'cancelled' AND {_IS_LOUD})))"
)
_REACHED_NOBODY = (
    f"{_FAILED_OF} AND NOT EXISTS (SELECT 1 FROM ({_RAISES}) WHERE {_MAY_REACH}) "  # noqa: S608 - the same
    "AND NOT EXISTS (SELECT 1 FROM held WHERE held.alarm_id = alarm.id AND held.kind = 'raise')"
)
_NOBODY_HAS = (
    f"{_FAILED_OF} AND NOT EXISTS "  # noqa: S608 - the same
    f"(SELECT 1 FROM ({_RAISES}) WHERE state IN ('accepted', 'delivered'))"
)

# Each part reads one row of an index at most.
_ANYTHING = (
    "SELECT EXISTS (SELECT 1 FROM alarm INDEXED BY alarm_open_key WHERE state <> 'closed') "
    "OR EXISTS (SELECT 1 FROM message WHERE state = 'in_flight') "
    "OR EXISTS (SELECT 1 FROM message WHERE state = 'in_doubt' AND due_at <= :long_ago) "
    "OR EXISTS (SELECT 1 FROM message INDEXED BY message_expiry WHERE state IN ('queued', 'in_doubt') "
    "AND expires_at <= :long_ago) "
    "OR EXISTS (SELECT 1 FROM held WHERE due_at <= :long_ago) "
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
        """Codes of loud alarms of which every message failed, expired or was cancelled, the oldest first.

        Also of those of which none could be written, because all want no messages. Not that of this source
        and key.
        """
        return self._unheard(_REACHED_NOBODY, but, limit)

    def nobody_has(self, but: tuple[str, str], limit: int) -> tuple[str, ...]:
        """The same of loud alarms of which a message failed or expired and none was taken, whatever waits."""
        return self._unheard(_NOBODY_HAS, but, limit)

    def _unheard(self, query: str, but: tuple[str, str], limit: int) -> tuple[str, ...]:
        source, key = but
        named = {"source": source, "key": key, "nobody": NOBODY_KEY, "limit": limit}
        rows = self._connection.execute(f"{query} ORDER BY raised_at LIMIT :limit", named)
        return tuple(row[0] for row in rows)

    def _column(self, query: str, *values: object) -> tuple[str, ...]:
        return tuple(row[0] for row in self._connection.execute(query, values))
