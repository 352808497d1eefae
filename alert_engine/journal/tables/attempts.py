"""Attempts to send a message, and their segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.outbox.entry import Segment
from alert_engine.routes.base import ReportStatus, SegmentState

from .columns import from_time, insert, to_optional_time, to_time, update

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import datetime

    from alert_engine.model import Message
    from alert_engine.routes.base import InboundReport

_SELECT = "SELECT * FROM segment"


class AttemptTable:
    """One row per attempt, one per segment in it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def begin(self, message: Message, route: str, segments: Iterable[int], now: datetime) -> None:
        """Write attempt number `message.attempts` with its segments, none of them sent yet."""
        key = {"message_uid": message.uid, "number": message.attempts, "route": route}
        rest = {"started_at": from_time(now), "ended_at": None, "outcome": "", "code": "", "reason": ""}
        insert(self._connection, "attempt", {**key, **rest})
        for segment in segments:
            insert(
                self._connection,
                "segment",
                {
                    "message_uid": message.uid,
                    "attempt": message.attempts,
                    "segment": segment,
                    "route": route,
                    "address": message.address,
                    "state": SegmentState.QUEUED,
                    "reference": "",
                    "report": "",
                    "started_at": from_time(now),
                    "changed_at": from_time(now),
                },
            )

    def end(
        self,
        uid: str,
        number: int,
        *,
        outcome: str,
        code: str,
        reason: str,
        now: datetime,
        error_class: str = "",
    ) -> None:
        """Write what came of an attempt."""
        values = {
            "ended_at": from_time(now),
            "outcome": outcome,
            "error_class": error_class,
            "code": code,
            "reason": reason,
        }
        update(self._connection, "attempt", values, {"message_uid": uid, "number": number})

    def history(self, uid: str) -> tuple[tuple[str, str], ...]:
        """Route and outcome of each attempt of a message, in order."""
        query = "SELECT route, outcome FROM attempt WHERE message_uid = ? ORDER BY number"
        return tuple((row["route"], row["outcome"]) for row in self._connection.execute(query, (uid,)))

    def first_tried(self, uid: str, route: str) -> datetime | None:
        """When the first attempt of a message by this route began."""
        (first,) = self._connection.execute(
            "SELECT min(started_at) FROM attempt WHERE message_uid = ? AND route = ?", (uid, route)
        ).fetchone()
        return to_optional_time(first)

    def left_since(self, route: str, since: datetime) -> int:
        """How many segments or calls left by a route since then."""
        return self._count(
            "FROM segment INDEXED BY segment_left WHERE route = ? AND started_at >= ? AND state <> 'queued'",
            route,
            from_time(since),
        )

    def has_reported(self, route: str) -> bool:
        """The route ever told what became of a message."""
        found = self._connection.execute(
            "SELECT 1 FROM segment INDEXED BY segment_reported WHERE route = ? AND report <> '' LIMIT 1",
            (route,),
        )
        return found.fetchone() is not None

    def has_taken(self, route: str, count: int, before: datetime) -> bool:
        """The route had taken so many segments by then."""
        query = (
            "FROM (SELECT 1 FROM segment INDEXED BY segment_left WHERE route = ? AND started_at < ? "
            "AND state <> 'queued' AND state = 'accepted' LIMIT ?)"
        )
        return self._count(query, route, from_time(before), count) >= count

    def save(self, segment: Segment) -> None:
        """Write what changed of a segment."""
        update(
            self._connection,
            "segment",
            {
                "state": segment.state,
                "reference": segment.reference,
                "report": segment.report or "",
                "changed_at": from_time(segment.changed_at),
                "reported_at": from_time(segment.reported_at),
            },
            {"message_uid": segment.message_uid, "attempt": segment.attempt, "segment": segment.segment},
        )

    def segments(self, uid: str, *, since_attempt: int) -> tuple[Segment, ...]:
        """The segments of a message in its attempts from this one on, in order."""
        return self._many(
            "WHERE message_uid = ? AND attempt >= ? ORDER BY attempt, segment", uid, since_attempt
        )

    def sent(self, route: str, report: InboundReport, since: datetime) -> tuple[Segment, ...]:
        """Segments that `report` names: its reference, and its address if it has one."""
        return self._many(
            "WHERE route = ? AND reference = ? AND reference <> '' AND (? = '' OR address = ?) "
            "AND started_at > ?",
            route,
            report.reference,
            report.address,
            report.address,
            from_time(since),
        )

    def awaited(self, route: str, since: datetime, most: int) -> tuple[str, ...]:
        """References that a route gave since then and no final report has named, the newest first."""
        rows = self._connection.execute(
            "SELECT reference FROM segment INDEXED BY segment_left WHERE route = ? AND started_at > ? "
            "AND state <> 'queued' AND state = 'accepted' AND reference <> '' AND report IN ('', 'pending') "
            "GROUP BY reference ORDER BY max(started_at) DESC LIMIT ?",
            (route, from_time(since), most),
        )
        return tuple(row["reference"] for row in rows)

    def doubtful(self, route: str, address: str, since: datetime) -> tuple[Segment, ...]:
        """Segments to this address that left and may have been taken, their attempt being over."""
        return self._submitted(route, address, since, ended=True)

    def doubtful_of(self, route: str, report: InboundReport) -> tuple[Segment, ...]:
        """The same, of the message that `report` names; to its address, if it has one."""
        if not report.uid:
            return ()
        return self._many(
            "WHERE message_uid = ? AND route = ? AND state IN ('submitted', 'refused') "
            "AND (? = '' OR address = ?) AND EXISTS (SELECT 1 FROM attempt "
            "WHERE attempt.message_uid = segment.message_uid AND attempt.number = segment.attempt "
            "AND attempt.ended_at IS NOT NULL)",
            report.uid,
            route,
            report.address,
            report.address,
        )

    def under_way(self, route: str, address: str, since: datetime) -> tuple[Segment, ...]:
        """Segments to this address that left and may still be answered."""
        return self._submitted(route, address, since, ended=False)

    def _submitted(self, route: str, address: str, since: datetime, *, ended: bool) -> tuple[Segment, ...]:
        return self._many(
            "WHERE route = ? AND address = ? AND state IN ('submitted', 'refused') AND started_at > ? "
            "AND EXISTS (SELECT 1 FROM attempt WHERE attempt.message_uid = segment.message_uid "
            "AND attempt.number = segment.attempt AND (attempt.ended_at IS NOT NULL) = ?)",
            route,
            address,
            from_time(since),
            ended,
        )

    def _count(self, rest: str, *values: object) -> int:
        (count,) = self._connection.execute(f"SELECT count(*) {rest}", values).fetchone()
        return int(count)

    def _many(self, where: str, *values: object) -> tuple[Segment, ...]:
        return tuple(_segment(row) for row in self._connection.execute(f"{_SELECT} {where}", values))


def _segment(row: sqlite3.Row) -> Segment:
    return Segment(
        message_uid=row["message_uid"],
        attempt=row["attempt"],
        segment=row["segment"],
        route=row["route"],
        address=row["address"],
        state=SegmentState(row["state"]),
        reference=row["reference"],
        report=ReportStatus(row["report"]) if row["report"] else None,
        changed_at=to_time(row["changed_at"]),
        reported_at=to_optional_time(row["reported_at"]),
    )
