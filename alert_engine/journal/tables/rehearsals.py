"""Tests of the whole way to a person, with what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alert_engine.model import Channel

from .columns import from_time, insert, to_optional_time, to_time

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

_SELECT = "SELECT * FROM rehearsal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """One test of one person by one channel."""

    message_uid: str
    alarm_id: str
    person: str
    channel: Channel
    started_at: datetime
    route: str | None = None  # that carried it
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    answered_at: datetime | None = None  # the person took the test alarm, by whatever channel

    @property
    def accepted_seconds(self) -> float | None:
        """From the start until a network took it."""
        return self._seconds(self.accepted_at)

    @property
    def delivered_seconds(self) -> float | None:
        """From the start until a delivery report said so."""
        return self._seconds(self.delivered_at)

    @property
    def answered_seconds(self) -> float | None:
        """From the start until the person answered."""
        return self._seconds(self.answered_at)

    def _seconds(self, moment: datetime | None) -> float | None:
        return None if moment is None else (moment - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What is known of a person's tests."""

    first_started: datetime
    last_started: datetime
    last_answered: datetime | None


class RehearsalTable:
    """One row per test, person and channel."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, rehearsal: Rehearsal) -> None:
        """Write a new one, or what changed."""
        values = {
            "message_uid": rehearsal.message_uid,
            "alarm_id": rehearsal.alarm_id,
            "person": rehearsal.person,
            "channel": rehearsal.channel,
            "started_at": from_time(rehearsal.started_at),
            "route": rehearsal.route,
            "accepted_at": from_time(rehearsal.accepted_at),
            "delivered_at": from_time(rehearsal.delivered_at),
            "answered_at": from_time(rehearsal.answered_at),
        }
        insert(self._connection, "rehearsal", values, verb="INSERT OR REPLACE")

    def of_message(self, uid: str) -> Rehearsal | None:
        """The one that this message is of."""
        return next(iter(self._many("WHERE message_uid = ?", uid)), None)

    def of_alarm(self, alarm_id: str) -> tuple[Rehearsal, ...]:
        """Those that this test alarm is of."""
        return self._many("WHERE alarm_id = ?", alarm_id)

    def newest(self, limit: int, person: str | None = None) -> tuple[Rehearsal, ...]:
        """The results, the newest first; of one person, if one is named."""
        return self._many(
            "WHERE person = coalesce(?, person) ORDER BY started_at DESC, message_uid LIMIT ?", person, limit
        )

    def newest_of_each(self) -> tuple[Rehearsal, ...]:
        """The newest of each person by each channel."""
        rows = self._connection.execute(
            # SQLite promises that the other columns are of the row that has the greatest.
            "SELECT *, max(started_at) FROM rehearsal GROUP BY person, channel"
        )
        return tuple(map(_rehearsal, rows))

    def trust(self, person: str) -> Trust | None:
        """What is known of a person's tests; None: there was none."""
        row = self._connection.execute(
            "SELECT min(started_at) AS first, max(started_at) AS last, max(answered_at) AS answered "
            "FROM rehearsal WHERE person = ?",
            (person,),
        ).fetchone()
        if row["first"] is None:
            return None
        return Trust(
            first_started=to_time(row["first"]),
            last_started=to_time(row["last"]),
            last_answered=to_optional_time(row["answered"]),
        )

    def newest_answer(self, route: str) -> datetime | None:
        """When a test that this route carried was last answered."""
        (answered,) = self._connection.execute(
            "SELECT max(answered_at) FROM rehearsal WHERE route = ?", (route,)
        ).fetchone()
        return to_optional_time(answered)

    def forget(self, started_before: datetime, limit: int) -> int:
        """Delete old ones; how many that were."""
        deleted = self._connection.execute(
            "DELETE FROM rehearsal WHERE message_uid IN "
            "(SELECT message_uid FROM rehearsal WHERE started_at < ? LIMIT ?)",
            (from_time(started_before), limit),
        )
        return deleted.rowcount

    def _many(self, where: str, *values: object) -> tuple[Rehearsal, ...]:
        return tuple(_rehearsal(row) for row in self._connection.execute(f"{_SELECT} {where}", values))


def _rehearsal(row: sqlite3.Row) -> Rehearsal:
    return Rehearsal(
        message_uid=row["message_uid"],
        alarm_id=row["alarm_id"],
        person=row["person"],
        channel=Channel(row["channel"]),
        started_at=to_time(row["started_at"]),
        route=row["route"],
        accepted_at=to_optional_time(row["accepted_at"]),
        delivered_at=to_optional_time(row["delivered_at"]),
        answered_at=to_optional_time(row["answered_at"]),
    )
