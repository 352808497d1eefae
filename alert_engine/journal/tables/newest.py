"""SQL for the newest rows that people ask for, each part of it in the order of an index.

Asked for several states at once, SQLite would read and sort all that ever was in them, to give the newest
few. So each state is asked for its own newest few, and the newest of these are taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

# A sign before a column keeps SQLite from its indexes: an alarm has few messages, a state very many.
_OF_ALARM = "(alarm_id = ? OR uid IN (SELECT message_uid FROM digest WHERE alarm_id = ?))"
_MESSAGES = "SELECT sequence FROM message WHERE {} ORDER BY sequence DESC LIMIT ?"
_NEWEST_MESSAGES = "SELECT sequence FROM ({}) ORDER BY sequence DESC LIMIT ?"
_ALARMS = "SELECT rowid AS number, raised_at FROM alarm WHERE {} ORDER BY raised_at DESC, rowid DESC LIMIT ?"
_ONE_STATE = "SELECT * FROM ({})"
_NEWEST_ALARMS = "SELECT number FROM ({}) ORDER BY raised_at DESC, number DESC LIMIT ?"


def newest_messages(
    *,
    alarm_id: str | None = None,
    recipient: str | None = None,
    address: str | None = None,
    states: Collection[str] | None = None,
    since: str | None = None,
    before: int | None = None,
    limit: int,
) -> tuple[str, list[object]]:
    """A query for `sequence` of the newest messages that fit, and its values."""
    sign = "" if alarm_id is None else "+"
    wanted = _Wanted()
    wanted.add(f"{sign}recipient = ?", recipient)
    wanted.add(f"{sign}address = ?", address)
    wanted.add(f"{sign}created_at >= ?", since)
    wanted.add(f"{sign}sequence < ?", before)
    if alarm_id is not None:
        wanted.add(_OF_ALARM, alarm_id, alarm_id)
    query, values = wanted.of_each(states, _MESSAGES, f"{sign}state = ?", limit)
    return _NEWEST_MESSAGES.format(query), [*values, limit]


def newest_alarms(
    *, states: Collection[str] | None, since: str | None, before: tuple[object, ...] | None, limit: int
) -> tuple[str, list[object]]:
    """A query for the rowid of the alarms that fit and were raised last, and its values."""
    wanted = _Wanted()
    wanted.add("raised_at >= ?", since)
    if before is not None:
        wanted.add("(raised_at, rowid) < (?, ?)", *before)
    query, values = wanted.of_each(states, _ALARMS, "state = ?", limit)
    return _NEWEST_ALARMS.format(query), [*values, limit]


@dataclass(slots=True)
class _Wanted:
    """Conditions and their values; always one that holds."""

    parts: list[str] = field(default_factory=lambda: ["1"])
    values: list[object] = field(default_factory=list)

    def add(self, condition: str, *values: object) -> None:
        """One more, unless it has no value."""
        if values != (None,):
            self.parts.append(condition)
            self.values += values

    def of_each(
        self, states: Collection[str] | None, select: str, of_state: str, limit: int
    ) -> tuple[str, list[object]]:
        """The same question of each state."""
        if states is None:
            return select.format(" AND ".join(self.parts)), [*self.values, limit]
        if not states:
            return select.format("0"), [limit]
        each = tuple(dict.fromkeys(states))
        one = _ONE_STATE.format(select.format(" AND ".join([*self.parts, of_state])))
        values = [value for state in each for value in (*self.values, state, limit)]
        return " UNION ALL ".join([one] * len(each)), values
