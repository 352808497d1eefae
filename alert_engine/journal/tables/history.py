"""Questions of people who look back. Nothing is written here.

Pages run from the newest to the oldest: `before` is the id of the last one of the page before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.errors import InvalidRequestError
from alert_engine.model import (
    Authorisation,
    Channel,
    InboundMeaning,
    InboundMessage,
    RouteError,
    RouteTraffic,
    SegmentFate,
    SendAttempt,
)
from alert_engine.routes.base import ReportStatus, SegmentState

from .columns import from_time, to_optional_time, to_time

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection
    from datetime import datetime

    from alert_engine.model import AlarmState, MessageState

_INBOUND = (
    "SELECT inbound.*, (SELECT group_concat(uid) FROM (SELECT uid FROM inbound_answer "
    "JOIN message ON uid = message_uid WHERE inbound_id = inbound.id ORDER BY sequence)) AS answers "
    "FROM inbound"
)
# SQLite promises that the id is of the row that has the greatest moment.
_NEWEST = (
    "SELECT newest FROM "
    "(SELECT max(received_at), id AS newest FROM inbound GROUP BY coalesce(person, sender))"
)
# All that was written to or by somebody; what came in is before what went out at the same moment.
_CONVERSATION = (
    "SELECT * FROM (SELECT id, received_at AS at, 0 AS is_ours, rowid AS number FROM inbound WHERE {inbound} "
    "UNION ALL SELECT uid, created_at, 1, sequence FROM message WHERE {message})"
)
# An attempt that somebody called off has not failed.
_FAILED = "ended_at IS NOT NULL AND outcome NOT IN ('accepted', 'withdrawn')"


class HistoryTable:
    """Reads over several tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def attempts(self, uid: str) -> tuple[SendAttempt, ...]:
        """The attempts of a message, in order."""
        rows = self._connection.execute("SELECT * FROM attempt WHERE message_uid = ? ORDER BY number", (uid,))
        return tuple(self._attempt(row) for row in rows)

    def inbound(self, inbound_id: str) -> InboundMessage | None:
        """One inbound message."""
        row = self._connection.execute(f"{_INBOUND} WHERE id = ?", (inbound_id,)).fetchone()
        return None if row is None else _inbound(row)

    def inbox(
        self, *, person: str | None, address: str | None, before: str | None, limit: int
    ) -> tuple[InboundMessage, ...]:
        """Inbound messages, the newest first. Raises InvalidRequestError."""
        conditions = {"person = ?": person, "sender = ?": address}
        where, values = _where(conditions)
        if before is not None:
            place = self._place("SELECT received_at, rowid FROM inbound WHERE id = ?", before)
            where, values = f"{where} AND (received_at, rowid) < (?, ?)", [*values, *place]
        query = f"{_INBOUND} WHERE {where} ORDER BY received_at DESC, rowid DESC LIMIT ?"
        return tuple(_inbound(row) for row in self._connection.execute(query, (*values, limit)))

    def senders(self, limit: int) -> tuple[InboundMessage, ...]:
        """The newest message of each who wrote, the newest first."""
        query = f"{_INBOUND} WHERE id IN ({_NEWEST}) ORDER BY received_at DESC, rowid DESC LIMIT ?"
        return tuple(_inbound(row) for row in self._connection.execute(query, (limit,)))

    def conversation(
        self, *, person: str | None, address: str | None, before: str | None, limit: int
    ) -> tuple[tuple[str, bool], ...]:
        """Ids of what was written to and by somebody, and whether it is ours, the newest first.

        Raises:
            InvalidRequestError: there is no message `before`.
        """
        column, ours = ("person", "recipient") if person is not None else ("sender", "address")
        query = _CONVERSATION.format(inbound=f"{column} = ?", message=f"{ours} = ?")
        values: list[object] = [person if person is not None else address] * 2
        if before is not None:
            found = f"SELECT at, is_ours, number FROM ({query}) WHERE id = ?"  # noqa: S608 - ours
            place = self._place(found, *values, before)
            query, values = f"{query} WHERE (at, is_ours, number) < (?, ?, ?)", [*values, *place]
        query = f"{query} ORDER BY at DESC, is_ours DESC, number DESC LIMIT ?"
        rows = self._connection.execute(query, (*values, limit))
        return tuple((row["id"], bool(row["is_ours"])) for row in rows)

    def messages(
        self,
        *,
        alarm_id: str | None,
        recipient: str | None,
        address: str | None,
        states: Collection[MessageState] | None,
        since: datetime | None,
        before: str | None,
        limit: int,
    ) -> tuple[str, ...]:
        """Uids of messages, the newest first. Raises InvalidRequestError."""
        where, values = _where(
            {
                "recipient = ?": recipient,
                "address = ?": address,
                "created_at >= ?": from_time(since),
            }
        )
        if alarm_id is not None:
            where += " AND (alarm_id = ? OR uid IN (SELECT message_uid FROM digest WHERE alarm_id = ?))"
            values += [alarm_id, alarm_id]
        if states is not None:
            where, values = f"{where} AND state IN ({_marks(states)})", [*values, *states]
        if before is not None:
            place = self._place("SELECT sequence FROM message WHERE uid = ?", before)
            where, values = f"{where} AND sequence < ?", [*values, *place]
        query = f"SELECT uid FROM message WHERE {where} ORDER BY sequence DESC LIMIT ?"  # noqa: S608 - ours
        return tuple(row["uid"] for row in self._connection.execute(query, (*values, limit)))

    def alarms(
        self,
        *,
        states: Collection[AlarmState] | None,
        since: datetime | None,
        before: str | None,
        limit: int,
    ) -> tuple[str, ...]:
        """Ids of alarms, the newest raise first. Raises InvalidRequestError."""
        where, values = _where({"raised_at >= ?": from_time(since)})
        if states is not None:
            where, values = f"{where} AND state IN ({_marks(states)})", [*values, *states]
        if before is not None:
            place = self._place("SELECT raised_at, rowid FROM alarm WHERE id = ?", before)
            where, values = f"{where} AND (raised_at, rowid) < (?, ?)", [*values, *place]
        query = f"SELECT id FROM alarm WHERE {where} ORDER BY raised_at DESC, rowid DESC LIMIT ?"  # noqa: S608 - ours
        return tuple(row["id"] for row in self._connection.execute(query, (*values, limit)))

    def traffic(self, route: str, since: datetime, left: int) -> RouteTraffic:
        """What went through a route since then; `left` is how many segments or calls those were."""
        at = from_time(since)
        attempts = "SELECT count(*) FROM attempt WHERE route = ? AND started_at >= ?"
        return RouteTraffic(
            route=route,
            since=since,
            left=left,
            accepted=self._count(f"{attempts} AND outcome = 'accepted'", route, at),
            failed=self._count(f"{attempts} AND {_FAILED}", route, at),
            received=self._count(
                "SELECT count(*) FROM inbound WHERE route = ? AND received_at >= ?", route, at
            ),
            last_delivery=self._last_delivery(route),
            last_error=self._last_error(route, at),
        )

    def _attempt(self, row: sqlite3.Row) -> SendAttempt:
        segments = self._connection.execute(
            "SELECT * FROM segment WHERE message_uid = ? AND attempt = ? ORDER BY segment",
            (row["message_uid"], row["number"]),
        )
        return SendAttempt(
            number=row["number"],
            route=row["route"],
            began_at=to_time(row["started_at"]),
            ended_at=to_optional_time(row["ended_at"]),
            outcome=row["outcome"],
            error_class=row["error_class"],
            code=row["code"],
            reason=row["reason"],
            segments=tuple(map(_fate, segments)),
        )

    def _last_delivery(self, route: str) -> datetime | None:
        """Of the segment that left last of those that were delivered."""
        row = self._connection.execute(
            "SELECT coalesce(reported_at, changed_at) AS at FROM segment INDEXED BY segment_delivered "
            "WHERE route = ? AND report = 'delivered' ORDER BY started_at DESC LIMIT 1",
            (route,),
        ).fetchone()
        return None if row is None else to_time(row["at"])

    def _last_error(self, route: str, since: str) -> RouteError | None:
        row = self._connection.execute(
            f"SELECT * FROM attempt WHERE route = ? AND started_at >= ? AND {_FAILED} "  # noqa: S608 - ours
            "ORDER BY started_at DESC LIMIT 1",
            (route, since),
        ).fetchone()
        if row is None:
            return None
        return RouteError(
            at=to_time(row["ended_at"]),
            error_class=row["error_class"],
            code=row["code"],
            reason=row["reason"],
        )

    def _place(self, query: str, *values: object) -> tuple[object, ...]:
        row = self._connection.execute(query, values).fetchone()
        if row is None:
            raise InvalidRequestError("before: there is nothing with this id any more; begin anew")
        return tuple(row)

    def _count(self, query: str, *values: object) -> int:
        (count,) = self._connection.execute(query, values).fetchone()
        return int(count)


def _where(conditions: dict[str, str | None]) -> tuple[str, list[object]]:
    """The conditions that have a value; always one that holds."""
    wanted = {condition: value for condition, value in conditions.items() if value is not None}
    return " AND ".join(["1", *wanted]), list(wanted.values())


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


def _fate(row: sqlite3.Row) -> SegmentFate:
    return SegmentFate(
        segment=row["segment"],
        state=SegmentState(row["state"]),
        changed_at=to_time(row["changed_at"]),
        report=ReportStatus(row["report"]) if row["report"] else None,
        reported_at=to_optional_time(row["reported_at"]),
    )


def _inbound(row: sqlite3.Row) -> InboundMessage:
    return InboundMessage(
        id=row["id"],
        route=row["route"],
        channel=Channel(row["channel"]),
        person=row["person"],
        sender=row["sender"],
        text=row["text"],
        received_at=to_time(row["received_at"]),
        service_centre_time=to_optional_time(row["service_centre_time"]),
        authorisation=Authorisation(row["authorisation"]),
        keyword=row["keyword"],
        meaning=InboundMeaning(row["meaning"]),
        refusal=row["refusal"],
        segments=row["segments"],
        missing_segments=row["missing_segments"],
        answered_by=tuple(row["answers"].split(",")) if row["answers"] else (),
    )
