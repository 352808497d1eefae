"""Reading a table of which some pages cannot be read."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

# A name in a damaged schema may not even be text.
UNREADABLE = (sqlite3.Error, UnicodeDecodeError)

_BATCH = 200  # rows in one question, where nothing is wrong
_LONGEST_GAP = 20_000  # row numbers that are tried in vain before the rest is given up


@dataclass(slots=True, kw_only=True)
class Reading:
    """What a table gave."""

    columns: list[str] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    rowids: set[int] = field(default_factory=set)
    has_gaps: bool = False


def read_table(old: sqlite3.Connection, table: str) -> Reading:
    """All rows that can be read; none if there is no such table.

    Raises:
        sqlite3.Error, UnicodeDecodeError: not even the list of tables can be read.
    """
    columns = [(row["name"], row["pk"]) for row in old.execute(f"PRAGMA table_info({table})")]
    if not columns:
        return Reading(has_gaps=False)
    key = [name for name, place in sorted(columns, key=lambda each: each[1]) if place]
    reading = Reading(columns=[name for name, _ in columns])
    if _has_rowids(old, table):
        _read_by_rowid(old, table, reading)
    else:
        _read_from_both_ends(old, table, key, reading)
    return reading


def rowids_of(old: sqlite3.Connection, table: str) -> set[int]:
    """The rows that there should be, as the indexes tell that can be read."""
    found: set[int] = set()
    try:
        indexes = [row["name"] for row in old.execute(f"PRAGMA index_list({table})")]
    except UNREADABLE:
        return found
    for index in indexes:
        try:
            # Without a condition of its own, a partial index is not used, and the question refused.
            question = f"SELECT rowid FROM {table} INDEXED BY {index}"  # noqa: S608 - names of ours
            found.update(row[0] for row in old.execute(question))
        except UNREADABLE:
            continue
    return found


def _has_rowids(old: sqlite3.Connection, table: str) -> bool:
    try:
        old.execute(f"SELECT rowid FROM {table} LIMIT 0").fetchall()  # noqa: S608 - one of ours
    except sqlite3.OperationalError:
        return False
    return True


def _read_by_rowid(old: sqlite3.Connection, table: str, reading: Reading) -> None:
    """In order; from a row that cannot be read to the next number, one by one."""
    question = f"SELECT rowid, * FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?"  # noqa: S608 - the same
    after, size, gap = -1, _BATCH, 0
    while gap < _LONGEST_GAP:
        try:
            rows = old.execute(question, (after, size)).fetchall()
        except UNREADABLE:
            reading.has_gaps = True
            if size == 1:
                after, gap = after + 1, gap + 1
            size = 1
            continue
        if not rows:
            return
        _keep_new(rows, reading)
        if rows[-1][0] <= after:  # a damaged page led back: without this it would for ever
            reading.has_gaps = True
            after, size, gap = after + 1, 1, gap + 1
            continue
        after, size, gap = rows[-1][0], _BATCH if gap == 0 else size, 0


def _keep_new(rows: list[sqlite3.Row], reading: Reading) -> None:
    for row in rows:
        if row[0] not in reading.rowids:
            reading.rowids.add(row[0])
            reading.rows.append(tuple(row)[1:])


def _read_from_both_ends(old: sqlite3.Connection, table: str, key: list[str], reading: Reading) -> None:
    """Forwards to the damage, and backwards to it."""
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for direction in ("ASC", "DESC"):
        order = ", ".join(f"{name} {direction}" for name in key)
        try:
            for row in old.execute(f"SELECT * FROM {table} ORDER BY {order}"):  # noqa: S608 - the same
                found[tuple(row[name] for name in key)] = tuple(row)
        except UNREADABLE:
            reading.has_gaps = True
        else:
            break
    reading.rows.extend(found.values())
