"""A damaged journal: put aside as it is, and what can be read of it taken over into a new one.

Row by row, because SQLite gives up a table at the first page that it cannot read. What a damaged table lacks
is taken from the last snapshot: alarms that were open then, so that somebody looks at them; messages only to
be known again, never to be sent, because most of them were.

Each step can be interrupted: a note beside the journal says that it is under way, and the next start goes on.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .files import beside, make_private, sync_directory, write_private
from .opening import connect, migrate, unreadable
from .reading_damaged import UNREADABLE, Reading, read_table, rowids_of
from .tables.notes import NoteTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SALVAGED = "salvaged"  # the note with what came of it: saved, found ("": nobody knows), the damaged file

_COUNTED = ("alarm", "message")  # what a person asks for
# What waited when the snapshot was made has probably been sent since.
_RETIRE = (
    "UPDATE message SET state = 'expired', reason = 'the journal was damaged' "
    "WHERE uid NOT IN (SELECT uid FROM kept) AND state IN ('queued', 'in_flight', 'in_doubt')"
)


def salvage(path: Path, migrations: Sequence[str]) -> None:
    """Put the damaged journal aside and make a new one of it.

    Raises:
        OSError: a file cannot be moved.
        sqlite3.Error: the new one cannot be written; the damaged one is kept, and the next start tries again.
    """
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    name = f"{path.name}.damaged-{changed:%Y%m%d-%H%M%S}"
    while path.with_name(name).exists():
        name += "-again"
    write_private(_note(path), name)
    finish_salvage(path, migrations)


def finish_salvage(path: Path, migrations: Sequence[str]) -> None:
    """Go on where an interrupted salvage stopped, if there was one. Raises as `salvage` does."""
    note = _note(path)
    if not note.exists():
        return
    damaged, draft = path.with_name(note.read_text(encoding="utf-8")), beside(path, ".salvaged")
    if not damaged.exists():
        path.rename(damaged)
    elif path.exists():  # all but the note was done
        note.unlink()
        return
    with suppress(FileNotFoundError):
        beside(path, "-wal").rename(beside(damaged, "-wal"))
    beside(path, "-shm").unlink(missing_ok=True)
    sync_directory(path.parent)
    for leftover in (draft, beside(draft, "-journal")):
        leftover.unlink(missing_ok=True)
    make_private(draft)
    with closing(connect(draft)) as new:
        migrate(new, migrations)
        _fill(new, damaged, beside(path, ".snapshot"))
    beside(damaged, "-shm").unlink(missing_ok=True)
    draft.rename(path)
    note.unlink()
    sync_directory(path.parent)


def _note(path: Path) -> Path:
    return beside(path, ".salvaging")


def _fill(new: sqlite3.Connection, damaged: Path, snapshot: Path) -> None:
    """Take over what can be read, in one transaction."""
    new.execute("PRAGMA foreign_keys = OFF")
    new.execute("BEGIN IMMEDIATE")
    tables = [row["name"] for row in new.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    tables = [table for table in tables if not table.startswith("sqlite_")]
    found, gaps = _copy(new, damaged, tables)
    is_known = all(found[table] or table not in gaps for table in _COUNTED)
    gaps |= _drop_unfit(new)
    _complete(new, snapshot, gaps)
    _drop_unfit(new)
    _drop_orphans(new, tables)
    saved = sum(_size(new, table) for table in _COUNTED)
    there_were = str(max(sum(found.values()), saved)) if is_known else ""
    NoteTable(new).put(SALVAGED, (str(saved), there_were, damaged.name))
    new.execute("COMMIT")


def _copy(new: sqlite3.Connection, damaged: Path, tables: Sequence[str]) -> tuple[dict[str, int], set[str]]:
    """How many alarms and messages there should be, by table, and the tables that have gaps."""
    found, gaps = dict.fromkeys(_COUNTED, 0), set[str]()
    try:
        with closing(_look(damaged)) as old:
            for table in tables:
                reading = read_table(old, table)
                _insert(new, table, reading)
                if reading.has_gaps:
                    gaps.add(table)
                if table in _COUNTED:
                    found[table] = len(reading.rowids | rowids_of(old, table))
    except UNREADABLE:  # not even its first page
        gaps.update(tables)
    return found, gaps


def _drop_unfit(new: sqlite3.Connection) -> set[str]:
    """Delete what the engine would stumble over; from which tables that was."""
    unfit = list(unreadable(new))
    for table, rowid in unfit:
        new.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))  # noqa: S608 - one of ours
    return {table for table, _ in unfit}


def _size(new: sqlite3.Connection, table: str) -> int:
    (size,) = new.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - one of ours
    return int(size)


def _look(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda octets: octets.decode("utf-8", "replace")
    return connection


def _insert(new: sqlite3.Connection, table: str, reading: Reading) -> None:
    """Of each row the columns that there are in both. What contradicts a row that is there is left out."""
    if not reading.rows:
        return
    ours = {row["name"] for row in new.execute(f"PRAGMA table_info({table})")}
    columns = [name for name in reading.columns if name in ours]
    places = [reading.columns.index(name) for name in columns]
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    statement = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names of ours
    for row in reading.rows:
        with suppress(sqlite3.Error):  # a value that its column refuses
            new.execute(statement, [row[place] for place in places])


def _complete(new: sqlite3.Connection, snapshot: Path, gaps: set[str]) -> None:
    """Fill gaps from the last snapshot."""
    if not gaps or not snapshot.exists():
        return
    new.execute("CREATE TEMP TABLE kept AS SELECT uid FROM message")
    with suppress(*UNREADABLE), closing(_look(snapshot)) as old:
        for table in sorted(gaps):
            _insert(new, table, read_table(old, table))
    new.execute(_RETIRE)
    new.execute("DROP TABLE kept")


def _drop_orphans(new: sqlite3.Connection, tables: Sequence[str]) -> None:
    """Rows whose parent is lost: they stand alone where they can, and go where they cannot."""
    before = -1
    while new.total_changes != before:
        before = new.total_changes
        for table in tables:
            for act in _orphan_acts(new, table):
                new.execute(act)


def _orphan_acts(new: sqlite3.Connection, table: str) -> Iterator[str]:
    """One statement for each foreign key. All names are the schema's."""
    is_needed = {row["name"]: row["notnull"] for row in new.execute(f"PRAGMA table_info({table})")}
    keys: dict[int, list[sqlite3.Row]] = {}
    for row in new.execute(f"PRAGMA foreign_key_list({table})"):
        keys.setdefault(row["id"], []).append(row)
    for columns in keys.values():
        first, parent = columns[0]["from"], columns[0]["table"]
        same = " AND ".join(f"{parent}.{each['to']} = {table}.{each['from']}" for each in columns)
        where = f"{first} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {parent} WHERE {same})"  # noqa: S608 - as said
        if is_needed[first] or len(columns) > 1:
            yield f"DELETE FROM {table} WHERE {where}"  # noqa: S608 - the same
        else:
            yield f"UPDATE {table} SET {first} = NULL WHERE {where}"  # noqa: S608 - the same
