"""What waits to be told: it leaves in a digest, and is never dropped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.decisions.telling import HoldReason
from alert_engine.model import Address, Channel, MessageKind

from .columns import from_time, insert, to_optional_time, to_time

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import datetime

_SELECT = "SELECT * FROM held"
# The literal lets SQLite see that the index `held_in_line` has them all.
_ANY_IN_LINE = f"""
SELECT EXISTS (SELECT 1 FROM held WHERE channel = ? AND address = ? AND reason = '{HoldReason.LIMIT}')
"""  # noqa: S608 - a name of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldItem:
    """News of one alarm for one address."""

    id: str
    person: str | None
    address: Address = field(repr=False)
    alarm_id: str
    kind: MessageKind
    manner: str  # in which voice a raise will be told: the name of a `texts.Manner`
    text: str = field(repr=False)  # of other news
    reason: HoldReason
    held_at: datetime
    due_at: datetime


class HeldTable:
    """One row per address and alarm: what is newer takes the place of what is older."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, item: HeldItem) -> None:
        """Write it, in place of whatever waits of the same alarm for the same address."""
        values = {
            "id": item.id,
            "person": item.person,
            "channel": item.address.channel,
            "address": item.address.value,
            "alarm_id": item.alarm_id,
            "kind": item.kind,
            "manner": item.manner,
            "text": item.text,
            "reason": item.reason,
            "held_at": from_time(item.held_at),
            "due_at": from_time(item.due_at),
        }
        insert(self._connection, "held", values, verb="INSERT OR REPLACE")

    def remove(self, items: Iterable[HeldItem]) -> None:
        """They were told, or there is nothing to tell any more."""
        self._connection.executemany("DELETE FROM held WHERE id = ?", [(item.id,) for item in items])

    def get(self, item_id: str) -> HeldItem | None:
        """The item with this id, if it still waits."""
        return next(iter(self._many("WHERE id = ?", item_id)), None)

    def of_address(self, address: Address) -> tuple[HeldItem, ...]:
        """All that waits for an address, the oldest first."""
        where = "WHERE channel = ? AND address = ? ORDER BY held_at, id"
        return self._many(where, address.channel, address.value)

    def any_in_line(self, address: Address) -> bool:
        """Whether any waits for an address that would leave as soon as there is room.

        Asked for each address at each alarm: in a storm thousands wait, which nobody must count each time.
        """
        (found,) = self._connection.execute(_ANY_IN_LINE, (address.channel, address.value)).fetchone()
        return bool(found)

    def of_alarm(self, alarm_id: str) -> tuple[HeldItem, ...]:
        """All that waits of an alarm, the oldest first."""
        return self._many("WHERE alarm_id = ? ORDER BY held_at, id", alarm_id)

    def all(self) -> tuple[HeldItem, ...]:
        """All that waits, the oldest first."""
        return self._many("ORDER BY held_at, id")

    def count(self) -> int:
        """How many there are."""
        (count,) = self._connection.execute("SELECT count(*) FROM held").fetchone()
        return int(count)

    def due(self, now: datetime, limit: int) -> tuple[Address, ...]:
        """Addresses for which something has come due, the longest due first."""
        rows = self._connection.execute(
            "SELECT channel, address FROM held WHERE due_at <= ? "
            "GROUP BY channel, address ORDER BY min(due_at) LIMIT ?",
            (from_time(now), limit),
        )
        return tuple(Address(channel=Channel(row["channel"]), value=row["address"]) for row in rows)

    def next_due(self) -> datetime | None:
        """When anything comes due."""
        (due,) = self._connection.execute("SELECT min(due_at) FROM held").fetchone()
        return to_optional_time(due)

    def _many(self, where: str, *values: object) -> tuple[HeldItem, ...]:
        return tuple(_item(row) for row in self._connection.execute(f"{_SELECT} {where}", values))


def _item(row: sqlite3.Row) -> HeldItem:
    return HeldItem(
        id=row["id"],
        person=row["person"],
        address=Address(channel=Channel(row["channel"]), value=row["address"]),
        alarm_id=row["alarm_id"],
        kind=MessageKind(row["kind"]),
        manner=row["manner"],
        text=row["text"],
        reason=HoldReason(row["reason"]),
        held_at=to_time(row["held_at"]),
        due_at=to_time(row["due_at"]),
    )
