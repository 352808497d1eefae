"""A journal as years of life leave it.

A real engine plays one alarm from raise to end, one that stays open, and one text of a person (`life`). The
rows that it wrote are copied by bulk insert, with other ids, keys, codes, people and times, into the same
schema; indexes are dropped meanwhile and made again. So every row is one that the engine writes.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.engine.life import PEOPLE, number_of, play

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from bench.engine.life import Life

SPAN = timedelta(days=80)  # alarms and messages are kept for 90 days
INBOUND_SPAN = timedelta(days=25)  # inbound messages for 30
MESSAGES_OF_AN_ALARM = 5
MESSAGES_FOR_ONE_INBOUND = 10
STRANGERS = 200  # numbers of nobody; one inbound message of twenty is of one of them
FAILED_EVERY = 50  # messages
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
_FIRST_CODE = 1000
_OF_ALARM = {
    "alarm": "id = ?",
    "alarm_note": "alarm_id = ?",
    "message": "alarm_id = ?",
    "attempt": "message_uid IN (SELECT uid FROM message WHERE alarm_id = ?)",
    "segment": "message_uid IN (SELECT uid FROM message WHERE alarm_id = ?)",
}
_NUMBERED = {"alarm_note": "id", "message": "sequence"}  # given by SQLite, in the order of writing


def build(journal: Path, *, messages: int, open_alarms: int, seed: int = 1) -> None:
    """Write a journal with so many messages of alarms that are over, and so many alarms that are open."""
    life = asyncio.run(play(journal))
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        bulk = _Bulk(connection=connection, random=random.Random(seed))  # noqa: S311 - no secret
        bulk.fill(life, messages=messages, open_alarms=open_alarms)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@dataclass(slots=True, kw_only=True)
class _Bulk:
    connection: sqlite3.Connection
    random: random.Random
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def fill(self, life: Life, *, messages: int, open_alarms: int) -> None:
        """Take what was played for a pattern, and write the rest."""
        closed, still_open = self._pattern(life.closed), self._pattern(life.open)
        inbound = self._rows("SELECT * FROM inbound")
        run = self.connection.execute
        for pragma in ("foreign_keys = OFF", "synchronous = OFF", "cache_size = -200000"):
            run(f"PRAGMA {pragma}")
        run("BEGIN")
        for table in (*_OF_ALARM, "inbound", "inbound_answer", "intake"):
            run(f"DELETE FROM {table}")  # noqa: S608 - ours
        indexes = self._rows("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        for index in indexes:
            run(f"DROP INDEX {index['name']}")
        self._copy(closed, self._past(messages // MESSAGES_OF_AN_ALARM))
        self._copy(still_open, self._present(open_alarms))
        self._copy_inbound(inbound[0], messages // MESSAGES_FOR_ONE_INBOUND)
        for index in indexes:
            run(index["sql"])
        run("COMMIT")

    # --- patterns -----------------------------------------------------------------------------------------

    def _pattern(self, alarm_id: str) -> dict[str, list[dict[str, Any]]]:
        """The rows of one alarm, by table."""
        return {
            table: self._rows(f"SELECT * FROM {table} WHERE {where}", alarm_id)  # noqa: S608 - ours
            for table, where in _OF_ALARM.items()
        }

    def _rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        return [dict(row) for row in self.connection.execute(query, values)]

    # --- copies -------------------------------------------------------------------------------------------

    def _past(self, count: int) -> Iterator[_Copy]:
        """Alarms that are over, evenly over the time that is kept, the oldest first."""
        for number in range(count):
            at = self.now - SPAN + SPAN * number / count
            yield self._one(f"key-{number % 5000}", str(_FIRST_CODE + number % 9000), at)

    def _present(self, count: int) -> Iterator[_Copy]:
        """Alarms of the last hours."""
        for number in range(count):
            yield self._one(f"open-{number}", str(_FIRST_CODE + number), self.now - timedelta(hours=3))

    def _one(self, key: str, code: str, at: datetime) -> _Copy:
        first = self.random.randrange(PEOPLE)
        people = {"p0": first, "p1": (first + 1) % PEOPLE}
        return _Copy(uid=self._uid, key=key, code=code, at=at, people=people)

    def _uid(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def _copy(self, pattern: dict[str, list[dict[str, Any]]], copies: Iterable[_Copy]) -> None:
        began = datetime.fromisoformat(pattern["alarm"][0]["raised_at"])
        kinds = {table: [_Kind(table, row, began) for row in rows] for table, rows in pattern.items()}
        statements = {table: found[0].statement for table, found in kinds.items() if found}
        # A row of each table for every copy; some thousand at a time, so that they need no room.
        for some in itertools.batched(copies, 2000):
            for table, statement in statements.items():
                self.connection.executemany(
                    statement, (kind.row(copy) for copy in some for kind in kinds[table])
                )
        self.connection.execute(
            "UPDATE message SET state = 'failed' WHERE sequence % ? = 0 AND state = 'delivered'",
            (FAILED_EVERY,),
        )

    def _copy_inbound(self, row: dict[str, Any], count: int) -> None:
        began = datetime.fromisoformat(row["received_at"])
        kind = _Kind("inbound", row, began)
        copies = (
            self._one("", "", self.now - INBOUND_SPAN + INBOUND_SPAN * number / count)
            for number in range(count)
        )
        self.connection.executemany(kind.statement, map(kind.row, copies))
        self.connection.execute(
            "UPDATE inbound SET person = NULL, sender = '+4369912' || (1000 + rowid % ?) "
            "WHERE rowid % 20 = 0",
            (STRANGERS,),
        )


@dataclass(slots=True, kw_only=True)
class _Copy:
    """What is different in one copy of an alarm and all of its rows."""

    uid: Callable[[], str]
    key: str
    code: str
    at: datetime
    people: dict[str, int]  # whose place is taken by whom
    ids: dict[str, str] = field(default_factory=dict)  # as they were, and as they are here
    times: dict[timedelta, str] = field(default_factory=dict)  # since `at`

    def id(self, former: str) -> str:
        """The new id for an old one, the same each time."""
        if former not in self.ids:
            self.ids[former] = self.uid()
        return self.ids[former]

    def time(self, since: timedelta) -> str:
        """As columns have it."""
        if since not in self.times:
            self.times[since] = (self.at + since).isoformat(timespec="microseconds")
        return self.times[since]


class _Kind:
    """One row of the pattern: which of its columns change in a copy, and how."""

    def __init__(self, table: str, row: dict[str, Any], began: datetime) -> None:
        values = {name: value for name, value in row.items() if _NUMBERED.get(table) != name}
        names = ", ".join(values)
        self.statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})"  # noqa: S608 - ours
        self._values = list(values.values())
        self._changes = [
            (place, change)
            for place, (name, value) in enumerate(values.items())
            if (change := _change(name, value, began)) is not None
        ]

    def row(self, copy: _Copy) -> list[Any]:
        """The row of a copy."""
        values = self._values.copy()
        for place, change in self._changes:
            values[place] = change(copy)
        return values


def _change(name: str, value: Any, began: datetime) -> Callable[[_Copy], Any] | None:
    """How a column differs in a copy; None: it does not."""
    if not isinstance(value, str):
        return None
    if _TIME.fullmatch(value):
        since = datetime.fromisoformat(value) - began
        return lambda copy: copy.time(since)
    if name in {"id", "alarm_id", "uid", "message_uid", "fingerprint", "content"}:
        return lambda copy: copy.id(value)
    if name in {"key", "code"}:
        return lambda copy: getattr(copy, name)
    if name in {"recipient", "person", "acked_by", "actor"}:
        return lambda copy: f"p{copy.people[value]}"
    if name in {"address", "sender"}:
        former = next(person for person in (0, 1) if number_of(person) == value)
        return lambda copy: number_of(copy.people[f"p{former}"])
    return None
