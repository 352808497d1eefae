"""Alarms."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alert_engine.model import Alarm, AlarmState, Severity

from .columns import (
    from_duration,
    from_policy,
    from_time,
    insert,
    to_duration,
    to_optional_time,
    to_policy,
    to_time,
    update,
)

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

_SELECT = "SELECT * FROM alarm"

_MAY_HAVE = "message.kind = 'raise' AND (in_doubt OR message.state IN ('in_flight', 'accepted', 'delivered'))"
# From all that this address ever heard to the alarms.
_EVER_SENT_TO = (
    "id IN (SELECT coalesce(message.alarm_id, digest.alarm_id) FROM message "  # noqa: S608 - all ours
    f"LEFT JOIN digest ON digest.message_uid = message.uid WHERE address = ? AND {_MAY_HAVE})"
)
# From the open alarms to what was told of them: an address has heard of very many that are over.
_SENT_TO = (
    "(EXISTS (SELECT 1 FROM message INDEXED BY message_alarm WHERE message.alarm_id = alarm.id "
    "AND address = :address AND {may_have}) "
    "OR EXISTS (SELECT 1 FROM digest CROSS JOIN message ON message.uid = digest.message_uid "
    "WHERE digest.alarm_id = alarm.id AND message.alarm_id IS NULL AND address = :address AND {may_have}))"
)
_SENT_BEFORE = (
    f"{_MAY_HAVE} AND EXISTS "  # noqa: S608 - all ours
    "(SELECT 1 FROM attempt WHERE message_uid = message.uid AND started_at <= :before)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGroup:
    """Open alarms of one state and severity."""

    state: AlarmState
    severity: Severity
    count: int
    oldest: datetime  # raised_at


class AlarmTable:
    """One row per episode."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, alarm: Alarm) -> None:
        """Write a new episode."""
        insert(self._connection, "alarm", _row(alarm))

    def save(self, alarm: Alarm) -> None:
        """Write what changed."""
        update(self._connection, "alarm", _row(alarm), {"id": alarm.id})

    def get(self, alarm_id: str) -> Alarm | None:
        """The episode with this id."""
        return self._one("WHERE id = ?", alarm_id)

    def open_of_key(self, source: str, key: str) -> Alarm | None:
        """The episode of this key that is not over."""
        return self._one("WHERE source = ? AND key = ? AND state <> 'closed'", source, key)

    def newest_of_key(self, source: str, key: str) -> Alarm | None:
        """The last episode of this key, open or closed."""
        return self._one("WHERE source = ? AND key = ? ORDER BY raised_at DESC LIMIT 1", source, key)

    def open_of_source(self, source: str) -> tuple[Alarm, ...]:
        """Episodes of a source that are not over, the oldest first."""
        return self._many("WHERE source = ? AND state <> 'closed' ORDER BY raised_at, id", source)

    def suppressed_by(self, by: str) -> tuple[Alarm, ...]:
        """Open alarms that this explains, the oldest first."""
        return self._many("WHERE suppressed_by = ? AND state <> 'closed' ORDER BY raised_at, id", by)

    def children(self, source: str, key: str) -> tuple[Alarm, ...]:
        """Open alarms that this one would explain, the oldest first."""
        return self._many(
            "WHERE source = ? AND parent = ? AND state <> 'closed' ORDER BY raised_at, id", source, key
        )

    def newest_of_code(self, code: str) -> Alarm | None:
        """The last episode that had this code, open or closed."""
        return self._one("WHERE code = ? ORDER BY raised_at DESC LIMIT 1", code)

    def newest_source_time(self, source: str, key: str, now: datetime) -> datetime | None:
        """The newest time, none of the future, that the source told of this key in any episode."""
        (newest,) = self._connection.execute(
            "SELECT max(last_source_time) FROM alarm WHERE source = ? AND key = ? AND last_source_time <= ?",
            (source, key, from_time(now)),
        ).fetchone()
        return to_optional_time(newest)

    def all_open(self) -> tuple[Alarm, ...]:
        """Every episode that is not over, the oldest first."""
        # Named, or SQLite reads all that are over, too.
        return self._many("INDEXED BY alarm_open_key WHERE state <> 'closed' ORDER BY raised_at, id")

    def groups_open(self) -> tuple[OpenGroup, ...]:
        """How many alarms are open, by state and severity; tests are none."""
        rows = self._connection.execute(
            "SELECT state, severity, count(*) AS count, min(raised_at) AS oldest FROM alarm "
            "INDEXED BY alarm_open_key WHERE state <> 'closed' AND NOT is_test GROUP BY state, severity"
        )
        return tuple(
            OpenGroup(
                state=AlarmState(row["state"]),
                severity=Severity(row["severity"]),
                count=row["count"],
                oldest=to_time(row["oldest"]),
            )
            for row in rows
        )

    def sent_to(self, address: str, before: datetime | None = None) -> tuple[Alarm, ...]:
        """Open alarms of which this address may have heard, at all or by this moment, the oldest first."""
        sent = _SENT_TO.format(may_have=_MAY_HAVE if before is None else _SENT_BEFORE)
        rows = self._connection.execute(
            f"{_SELECT} INDEXED BY alarm_open_key WHERE state <> 'closed' AND {sent} ORDER BY raised_at, id",
            {"address": address, "before": from_time(before)},
        )
        return tuple(map(_alarm, rows))

    def last_sent_to(self, address: str) -> Alarm | None:
        """The newest alarm, open or closed, of which this address may have heard."""
        return self._one(f"WHERE {_EVER_SENT_TO} ORDER BY raised_at DESC LIMIT 1", address)

    def due(self, now: datetime, limit: int) -> tuple[Alarm, ...]:
        """Alarms of which something has come due, the longest due first."""
        return self._many("WHERE next_due <= ? ORDER BY next_due, id LIMIT ?", from_time(now), limit)

    def next_due(self) -> datetime | None:
        """When anything of any alarm comes due."""
        (due,) = self._connection.execute(
            "SELECT min(next_due) FROM alarm WHERE next_due IS NOT NULL"
        ).fetchone()
        return to_optional_time(due)

    def code_used(self, code: str, closed_after: datetime) -> bool:
        """An open alarm has this code, or one that was closed after this moment."""
        found = self._connection.execute(
            "SELECT 1 FROM alarm WHERE code = ? AND (state <> 'closed' OR closed_at > ?) LIMIT 1",
            (code, from_time(closed_after)),
        )
        return found.fetchone() is not None

    def forget(self, closed_before: datetime, limit: int) -> int:
        """Delete old episodes with their messages; how many that were."""
        deleted = self._connection.execute(
            "DELETE FROM alarm WHERE id IN (SELECT id FROM alarm WHERE closed_at < ? LIMIT ?)",
            (from_time(closed_before), limit),
        )
        return deleted.rowcount

    def _one(self, where: str, *values: object) -> Alarm | None:
        row = self._connection.execute(f"{_SELECT} {where}", values).fetchone()
        return None if row is None else _alarm(row)

    def _many(self, where: str, *values: object) -> tuple[Alarm, ...]:
        return tuple(_alarm(row) for row in self._connection.execute(f"{_SELECT} {where}", values))


def _row(alarm: Alarm) -> dict[str, Any]:
    return {
        "id": alarm.id,
        "source": alarm.source,
        "key": alarm.key,
        "code": alarm.code,
        "severity": alarm.severity,
        "state": alarm.state,
        "title": alarm.title,
        "text": alarm.text,
        "count": alarm.count,
        "policy": from_policy(alarm.policy),
        "step": alarm.step,
        "steps_from": from_time(alarm.steps_from),
        "next_due": from_time(alarm.next_due),
        "raised_at": from_time(alarm.raised_at),
        "acked_at": from_time(alarm.acked_at),
        "acked_by": alarm.acked_by,
        "acked_people": json.dumps(alarm.acked_people),
        "cleared_at": from_time(alarm.cleared_at),
        "closed_at": from_time(alarm.closed_at),
        "last_source_time": from_time(alarm.last_source_time),
        "ttl": from_duration(alarm.ttl),
        "ends_at": from_time(alarm.ends_at),
        "remind_at": from_time(alarm.remind_at),
        "shelved_until": from_time(alarm.shelved_until),
        "shelved_by": alarm.shelved_by,
        "suppressed_by": alarm.suppressed_by,
        "parent": alarm.parent,
        "reopened_at": json.dumps([from_time(moment) for moment in alarm.reopened_at]),
        "calm_at": from_time(alarm.calm_at),
        "digest_at": from_time(alarm.digest_at),
        "is_test": alarm.is_test,
        "url": alarm.url,
        "labels": json.dumps(dict(alarm.labels)),
    }


def _alarm(row: sqlite3.Row) -> Alarm:
    return Alarm(
        id=row["id"],
        source=row["source"],
        key=row["key"],
        code=row["code"],
        severity=Severity(row["severity"]),
        state=AlarmState(row["state"]),
        title=row["title"],
        text=row["text"],
        count=row["count"],
        policy=to_policy(row["policy"]),
        step=row["step"],
        steps_from=to_optional_time(row["steps_from"]),
        next_due=to_optional_time(row["next_due"]),
        raised_at=to_time(row["raised_at"]),
        acked_at=to_optional_time(row["acked_at"]),
        acked_by=row["acked_by"],
        acked_people=tuple(json.loads(row["acked_people"])),
        cleared_at=to_optional_time(row["cleared_at"]),
        closed_at=to_optional_time(row["closed_at"]),
        last_source_time=to_optional_time(row["last_source_time"]),
        ttl=to_duration(row["ttl"]),
        ends_at=to_optional_time(row["ends_at"]),
        remind_at=to_optional_time(row["remind_at"]),
        shelved_until=to_optional_time(row["shelved_until"]),
        shelved_by=row["shelved_by"],
        suppressed_by=row["suppressed_by"],
        parent=row["parent"],
        reopened_at=tuple(to_time(moment) for moment in json.loads(row["reopened_at"])),
        calm_at=to_optional_time(row["calm_at"]),
        digest_at=to_optional_time(row["digest_at"]),
        is_test=bool(row["is_test"]),
        url=row["url"],
        labels=json.loads(row["labels"]),
    )
