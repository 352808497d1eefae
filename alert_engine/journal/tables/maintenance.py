"""Maintenances under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.model import Maintenance

from .columns import from_time, insert, to_optional_time, to_time

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime


_SELECT = "SELECT * FROM maintenance"


class MaintenanceTable:
    """One row per maintenance that was not ended yet."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, maintenance: Maintenance) -> None:
        """Write one; it replaces that of the same alarms."""
        values = {
            "source": maintenance.source,
            "keys": maintenance.keys,
            "by": maintenance.by,
            "since": from_time(maintenance.since),
            "until": from_time(maintenance.until),
            "includes_critical": maintenance.includes_critical,
        }
        insert(self._connection, "maintenance", values, verb="INSERT OR REPLACE")

    def remove(self, source: str, keys: str) -> bool:
        """Delete one; False if it is not there."""
        deleted = self._connection.execute(
            "DELETE FROM maintenance WHERE source = ? AND keys = ?", (source, keys)
        )
        return deleted.rowcount > 0

    def of_source(self, source: str) -> tuple[Maintenance, ...]:
        """All of one source."""
        return self._many("WHERE source = ? ORDER BY keys", source)

    def every(self) -> tuple[Maintenance, ...]:
        """All of them."""
        return self._many("ORDER BY source, keys")

    def over(self, now: datetime) -> tuple[Maintenance, ...]:
        """Those whose end has come."""
        return self._many("WHERE until <= ? ORDER BY until", from_time(now))

    def next_end(self) -> datetime | None:
        """When the next one ends."""
        (end,) = self._connection.execute(
            "SELECT min(until) FROM maintenance WHERE until IS NOT NULL"
        ).fetchone()
        return to_optional_time(end)

    def _many(self, where: str, *values: object) -> tuple[Maintenance, ...]:
        rows = self._connection.execute(f"{_SELECT} {where}", values)
        return tuple(
            Maintenance(
                source=row["source"],
                keys=row["keys"],
                by=row["by"],
                since=to_time(row["since"]),
                until=to_optional_time(row["until"]),
                includes_critical=bool(row["includes_critical"]),
            )
            for row in rows
        )
