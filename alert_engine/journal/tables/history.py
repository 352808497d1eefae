"""Questions of people who look back. Nothing is written here.

Pages run from the newest to the oldest: `before` is the id of the last one of the page before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alert_engine.errors import InvalidRequestError, RequestReason
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
from .newest import newest_alarms, newest_messages

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
# From one who wrote to the next, by the index `inbound_who`: not over all that everybody wrote.
_NEWEST = (
    "WITH RECURSIVE who (name) AS ("
    "SELECT (SELECT coalesce(person, sender) FROM inbound ORDER BY coalesce(person, sender) LIMIT 1) "
    "UNION ALL SELECT (SELECT coalesce(person, sender) FROM inbound WHERE coalesce(person, sender) > name "
    "ORDER BY coalesce(person, sender) LIMIT 1) FROM who WHERE name IS NOT NULL) "
    "SELECT (SELECT id FROM inbound WHERE coalesce(person, sender) = name "
    "ORDER BY received_at DESC, rowid DESC LIMIT 1) FROM who WHERE name IS NOT NULL"
)
# What was written by and to somebody, the newest of each; what came in is before what went out at the same
# moment.
_THEIRS = (
    "SELECT id, received_at AS at, 0 AS is_ours, rowid AS number FROM inbound "
    "WHERE {who} = :who AND (received_at, rowid) < (:at, :theirs) "
    "ORDER BY received_at DESC, rowid DESC LIMIT :limit"
)
_OURS = (
    "SELECT uid, created_at, 1, sequence FROM message "
    "WHERE {whom} = :who AND (created_at, sequence) < (:at, :ours) "
    "ORDER BY created_at DESC, sequence DESC LIMIT :limit"
)
_CONVERSATION = (
    f"SELECT * FROM (SELECT * FROM ({_THEIRS}) UNION ALL SELECT * FROM ({_OURS})) "  # noqa: S608 - all ours
    "ORDER BY at DESC, is_ours DESC, number DESC LIMIT :limit"
)
_PLACE = (
    "SELECT received_at, 0, rowid FROM inbound WHERE id = :before AND {who} = :who "
    "UNION ALL SELECT created_at, 1, sequence FROM message WHERE uid = :before AND {whom} = :who"
)
_NOW_ON = ("9999", 0, 0)  # before this is everything
_BEYOND = 2**63 - 1  # no row has a greater number
# An attempt that somebody called off has not failed.
_FAILED = "ended_at IS NOT NULL AND outcome NOT IN ('accepted', 'withdrawn')"
_ENDED = (
    f"SELECT count(*) FILTER (WHERE outcome = 'accepted'), count(*) FILTER (WHERE {_FAILED}) "  # noqa: S608 - ours
    "FROM attempt WHERE route = ? AND started_at >= ?"
)


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
            place = self._place("SELECT received_at, rowid FROM inbound WHERE id = ?", (before,))
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
        names = {"who": "person", "whom": "recipient"} if person else {"who": "sender", "whom": "address"}
        values: dict[str, object] = {"who": person or address, "limit": limit}
        at, is_ours, number = _NOW_ON
        if before is not None:
            place = _PLACE.format(**names)
            at, is_ours, number = self._place(place, {**values, "before": before})
        values |= {"at": at, "ours": number if is_ours else 0, "theirs": _BEYOND if is_ours else number}
        rows = self._connection.execute(_CONVERSATION.format(**names), values)
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
        sequence = None
        if before is not None:
            (sequence,) = self._place("SELECT sequence FROM message WHERE uid = ?", (before,))
        query, values = newest_messages(
            alarm_id=alarm_id,
            recipient=recipient,
            address=address,
            states=states,
            since=from_time(since),
            before=sequence,
            limit=limit,
        )
        found = f"SELECT uid FROM message WHERE sequence IN ({query}) ORDER BY sequence DESC"  # noqa: S608 - ours
        return tuple(row["uid"] for row in self._connection.execute(found, values))

    def alarms(
        self,
        *,
        states: Collection[AlarmState] | None,
        since: datetime | None,
        before: str | None,
        limit: int,
    ) -> tuple[str, ...]:
        """Ids of alarms, the newest raise first. Raises InvalidRequestError."""
        place = None
        if before is not None:
            place = self._place("SELECT raised_at, rowid FROM alarm WHERE id = ?", (before,))
        query, values = newest_alarms(states=states, since=from_time(since), before=place, limit=limit)
        found = f"SELECT id FROM alarm WHERE rowid IN ({query}) ORDER BY raised_at DESC, rowid DESC"  # noqa: S608 - ours
        return tuple(row["id"] for row in self._connection.execute(found, values))

    def traffic(self, route: str, since: datetime, left: int) -> RouteTraffic:
        """What went through a route since then; `left` is how many segments or calls those were."""
        at = from_time(since)
        accepted, failed = self._connection.execute(_ENDED, (route, at)).fetchone()
        return RouteTraffic(
            route=route,
            since=since,
            left=left,
            accepted=accepted,
            failed=failed,
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
            # Found in the index alone: most days there is none among very many.
            "SELECT * FROM attempt WHERE (message_uid, number) IN (SELECT message_uid, number FROM attempt "  # noqa: S608 - ours
            f"WHERE route = ? AND started_at >= ? AND {_FAILED} ORDER BY started_at DESC LIMIT 1)",
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

    def _place(self, query: str, values: tuple[object, ...] | dict[str, object]) -> tuple[Any, ...]:
        row = self._connection.execute(query, values).fetchone()
        if row is None:
            text = "before: there is nothing with this id any more; begin anew"
            raise InvalidRequestError(text, RequestReason.BEFORE_UNKNOWN)
        return tuple(row)

    def _count(self, query: str, *values: object) -> int:
        (count,) = self._connection.execute(query, values).fetchone()
        return int(count)


def _where(conditions: dict[str, str | None]) -> tuple[str, list[object]]:
    """The conditions that have a value; always one that holds."""
    wanted = {condition: value for condition, value in conditions.items() if value is not None}
    return " AND ".join(["1", *wanted]), list(wanted.values())


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
