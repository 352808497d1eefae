"""Inbound messages, and delivery reports that fit nothing yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.model import Channel, InboundMeaning
from alert_engine.routes.base import InboundReport, ReportStatus

from .columns import from_time, insert, to_optional_time, to_time

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime, timedelta

    from alert_engine.model import InboundReceived


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundRecord:
    """One inbound message."""

    event: InboundReceived
    fingerprint: str  # equal for every report of the same message
    content: str  # equal for the same words of the same sender, whenever they were written
    is_text: bool
    missing_segments: int
    effective: bool  # it was a valid command: the sender is no robot
    channel: Channel = Channel.SMS
    meaning: InboundMeaning = InboundMeaning.UNTOLD
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReport:
    """A delivery report that fitted nothing when it came."""

    id: int
    report: InboundReport = field(repr=False)


class InboundTable:
    """One row per inbound message."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, record: InboundRecord) -> None:
        """Write a message."""
        event = record.event
        insert(
            self._connection,
            "inbound",
            {
                "id": event.id,
                "fingerprint": record.fingerprint,
                "content": record.content,
                "route": event.route,
                "sender": event.sender,
                "person": event.person,
                "text": event.text,
                "is_text": record.is_text,
                "segments": event.segments,
                "missing_segments": record.missing_segments,
                "service_centre_time": from_time(event.service_centre_time),
                "received_at": from_time(event.received_at),
                "authorisation": event.authorisation,
                "keyword": event.keyword,
                "effective": record.effective,
                "channel": record.channel,
                "meaning": record.meaning,
                "refusal": record.refusal,
            },
        )

    def answer(self, inbound_id: str, message_uid: str) -> None:
        """This message answers that one, which may not be written yet."""
        values = {"message_uid": message_uid, "inbound_id": inbound_id}
        insert(self._connection, "inbound_answer", values, verb="INSERT OR REPLACE")

    def answer_instead(self, message_uid: str, former_uid: str) -> None:
        """This message answers whatever the former one answered."""
        self._connection.execute(
            "INSERT OR REPLACE INTO inbound_answer (message_uid, inbound_id) "
            "SELECT ?, inbound_id FROM inbound_answer WHERE message_uid = ?",
            (message_uid, former_uid),
        )

    def known(self, fingerprint: str) -> bool:
        """A message with this fingerprint is here already."""
        found = self._connection.execute("SELECT 1 FROM inbound WHERE fingerprint = ?", (fingerprint,))
        return found.fetchone() is not None

    def is_near(
        self,
        content: str,
        at: datetime,
        within: timedelta,
        *,
        effective: bool = False,
        channel: Channel | None = None,
    ) -> bool:
        """The same words of the same sender arrived less than `within` before or after, as clocks are set.

        With `effective`, they were a valid command. With `channel`, they came by it.
        """
        found = self._connection.execute(
            "SELECT 1 FROM inbound WHERE content = ? AND received_at > ? AND received_at < ? "
            "AND effective >= ? AND channel = coalesce(?, channel) LIMIT 1",
            (content, from_time(at - within), from_time(at + within), effective, channel),
        )
        return found.fetchone() is not None

    def way_of(self, message_id: str) -> tuple[Channel, str] | None:
        """Channel and route by which a message came; None: it is forgotten."""
        query = "SELECT channel, route FROM inbound WHERE id = ?"
        row = self._connection.execute(query, (message_id,)).fetchone()
        return None if row is None else (Channel(row["channel"]), row["route"])

    def last_effective(self, sender: str) -> datetime | None:
        """When this sender last gave a valid command."""
        (last,) = self._connection.execute(
            "SELECT max(received_at) FROM inbound WHERE sender = ? AND effective", (sender,)
        ).fetchone()
        return to_optional_time(last)

    def last_heard(self, sender: str, channel: Channel, route: str) -> datetime | None:
        """When this sender last wrote by this channel, which is not SMS, to this route.

        What was held up counts from when it was written: the other side's clock began then.
        """
        (last,) = self._connection.execute(
            "SELECT max(min(received_at, coalesce(service_centre_time, received_at))) FROM inbound "
            "WHERE sender = ? AND channel = ? AND channel <> 'sms' AND route = ?",
            (sender, channel, route),
        ).fetchone()
        return to_optional_time(last)

    def forget(self, received_before: datetime, limit: int) -> int:
        """Delete old messages; how many that were."""
        deleted = self._connection.execute(
            "DELETE FROM inbound WHERE id IN (SELECT id FROM inbound WHERE received_at < ? LIMIT ?)",
            (from_time(received_before), limit),
        )
        return deleted.rowcount


class ReportTable:
    """Delivery reports that fit nothing yet; the answer of the modem may still be on its way."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def keep(self, route: str, report: InboundReport, now: datetime) -> None:
        """Write a report."""
        insert(
            self._connection,
            "report",
            {
                "route": route,
                "reference": report.reference,
                "address": report.address,
                "status": report.status,
                "reported_at": from_time(report.reported_at),
                "accepted_at": from_time(report.accepted_at),
                "code": report.code,
                "opted_out": report.opted_out,
                "uid": report.uid,
                "kept_at": from_time(now),
            },
        )

    def kept(self, route: str, since: datetime) -> tuple[KeptReport, ...]:
        """The reports of a route that were kept after `since`, in the order of arrival."""
        rows = self._connection.execute(
            "SELECT * FROM report WHERE route = ? AND kept_at > ? ORDER BY id", (route, from_time(since))
        )
        return tuple(KeptReport(id=row["id"], report=_report(row)) for row in rows)

    def remove(self, report_id: int) -> None:
        """Delete a report that found its message."""
        self._connection.execute("DELETE FROM report WHERE id = ?", (report_id,))

    def forget(self, kept_before: datetime, limit: int) -> int:
        """Delete reports that nothing will fit any more; how many that were."""
        deleted = self._connection.execute(
            "DELETE FROM report WHERE id IN (SELECT id FROM report WHERE kept_at < ? LIMIT ?)",
            (from_time(kept_before), limit),
        )
        return deleted.rowcount


def _report(row: sqlite3.Row) -> InboundReport:
    return InboundReport(
        reference=row["reference"],
        address=row["address"],
        status=ReportStatus(row["status"]),
        reported_at=to_time(row["reported_at"]),
        accepted_at=to_optional_time(row["accepted_at"]),
        code=row["code"],
        opted_out=bool(row["opted_out"]),
        uid=row["uid"],
    )
