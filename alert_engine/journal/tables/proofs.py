"""What proves a route: its SMS to itself, its credit, and messages that arrived."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from .columns import from_time, insert, to_optional_time, to_time, update

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopbackRecord:
    """One SMS of a route to its own number."""

    nonce: str
    route: str
    message_uid: str
    sent_at: datetime  # written into the outbox
    returned_at: datetime | None = None
    attempted: bool = False  # the route was given it


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRecord:
    """The credit of a route."""

    route: str
    asked_at: datetime  # the newest question
    amount: Decimal | None = None  # of the newest answer that named one
    currency: str = ""
    told_at: datetime | None = None  # when that was


class ProofTable:
    """One row per SMS to itself, one per route with credit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add_loopback(self, record: LoopbackRecord) -> None:
        """Write one that is on its way."""
        values = {
            "nonce": record.nonce,
            "route": record.route,
            "message_uid": record.message_uid,
            "sent_at": from_time(record.sent_at),
        }
        insert(self._connection, "loopback", values)

    def returned(self, nonce: str, now: datetime) -> bool:
        """It came back, for the first time or again; False: there is none with this nonce."""
        found = self._connection.execute("SELECT returned_at FROM loopback WHERE nonce = ?", (nonce,))
        row = found.fetchone()
        if row is not None and row["returned_at"] is None:
            update(self._connection, "loopback", {"returned_at": from_time(now)}, {"nonce": nonce})
        return row is not None

    def newest_loopback(self, route: str) -> LoopbackRecord | None:
        """The last one of a route."""
        row = self._connection.execute(
            "SELECT loopback.*, coalesce(message.attempts, 0) > 0 AS attempted FROM loopback "
            "LEFT JOIN message ON message.uid = loopback.message_uid "
            "WHERE loopback.route = ? ORDER BY sent_at DESC LIMIT 1",
            (route,),
        ).fetchone()
        if row is None:
            return None
        return LoopbackRecord(
            nonce=row["nonce"],
            route=row["route"],
            message_uid=row["message_uid"],
            sent_at=to_time(row["sent_at"]),
            returned_at=to_optional_time(row["returned_at"]),
            attempted=bool(row["attempted"]),
        )

    def newest_delivered(self, route: str, but_to: str) -> datetime | None:
        """When the newest segment left that was delivered, `but_to` being the route's own number."""
        row = self._connection.execute(
            "SELECT started_at FROM segment INDEXED BY segment_delivered "
            "WHERE route = ? AND report = 'delivered' AND address <> ? ORDER BY started_at DESC LIMIT 1",
            (route, but_to),
        ).fetchone()
        return None if row is None else to_time(row["started_at"])

    def put_credit(self, record: CreditRecord) -> None:
        """Write what is known of a route's credit."""
        values = {
            "route": record.route,
            "asked_at": from_time(record.asked_at),
            "amount": None if record.amount is None else str(record.amount),
            "currency": record.currency,
            "told_at": from_time(record.told_at),
        }
        insert(self._connection, "credit", values, verb="INSERT OR REPLACE")

    def credit(self, route: str) -> CreditRecord | None:
        """What is known of a route's credit."""
        row = self._connection.execute("SELECT * FROM credit WHERE route = ?", (route,)).fetchone()
        if row is None:
            return None
        return CreditRecord(
            route=row["route"],
            asked_at=to_time(row["asked_at"]),
            amount=None if row["amount"] is None else Decimal(row["amount"]),
            currency=row["currency"],
            told_at=to_optional_time(row["told_at"]),
        )

    def forget(self, sent_before: datetime, limit: int) -> int:
        """Delete old ones; how many that were."""
        deleted = self._connection.execute(
            "DELETE FROM loopback WHERE nonce IN (SELECT nonce FROM loopback WHERE sent_at < ? LIMIT ?)",
            (from_time(sent_before), limit),
        )
        return deleted.rowcount
