"""From a file to a connection on which everything can be built: checked, and brought to the newest schema."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError

from .faults import DAMAGED, JournalDamagedError, is_damage, journal_error
from .files import make_private
from .transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# How long a commit waits for a foreign lock on the file (somebody looks at it with the sqlite3 shell), in
# seconds. Longer, and sources that wait for their answer give up before we do.
BUSY_TIMEOUT = 5.0

# The tables that grow with the years. The others are as large as the gateway's world is just now.
GROWING = frozenset(
    {
        "alarm",
        "alarm_note",
        "message",
        "attempt",
        "segment",
        "intake",
        "inbound",
        "inbound_answer",
        "report",
        "audit",
        "digest",
    }
)

# What of alarms and messages is over is only looked at by people, and kept as it is.
_OPEN_ALARMS = "SELECT rowid, id FROM alarm WHERE state <> 'closed'"
_WAITING_MESSAGES = (
    "SELECT rowid, uid FROM message WHERE state NOT IN ('delivered', 'failed', 'expired', 'cancelled')"
)
# The same by indexes, and without what the network has taken and nothing is due about: that may be all that
# ever was. Between the states, because a letter may have changed in one.
_DUE_MESSAGES = " UNION ALL ".join(
    f"SELECT rowid, uid FROM message INDEXED BY {index} WHERE {condition}"  # noqa: S608 - ours
    for index, condition in (
        ("message_of_state", "state < 'accepted'"),
        ("message_of_state", "state > 'accepted' AND state < 'cancelled'"),
        ("message_of_state", "state > 'cancelled' AND state < 'delivered'"),
        ("message_of_state", "state > 'delivered' AND state < 'expired'"),
        ("message_of_state", "state > 'expired' AND state < 'failed'"),
        ("message_of_state", "state > 'failed'"),
        ("message_proof", "proof_look_at IS NOT NULL"),
    )
)


def connect(path: Path) -> sqlite3.Connection:
    """In autocommit mode: the caller says where a transaction begins and ends."""
    # An executor promises one call at a time, not always the same thread.
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def open_for_writing(path: Path, migrations: Sequence[str], *, whole: bool = True) -> sqlite3.Connection:
    """The writer's connection.

    Args:
        path: the file; made if it is not there.
        migrations: SQL scripts in order.
        whole: read all of it; else only what the gateway stumbles over at once, however long the history is.

    Raises:
        JournalDamagedError: the file is not what it was when it was written.
        JournalError: a newer release wrote it. Nothing was changed.
        sqlite3.Error: it cannot be opened.
    """
    make_private(path)  # SQLite gives -wal and -shm the mode of this file
    connection = connect(path)
    try:
        _refuse_newer(connection, migrations)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # it would hide the disk's errors: see `Journal`
        if not (is_sound(connection) if whole else is_vital_part_sound(connection)):
            raise JournalDamagedError(f"the journal could not be opened: {DAMAGED}")
        migrate(connection, migrations)
        if next(unreadable(connection, whole=whole), None) is not None:
            raise JournalDamagedError(f"the journal could not be opened: {DAMAGED}")
    except (sqlite3.Error, UnicodeDecodeError) as error:  # its own complaint may quote rubbish
        connection.close()
        if isinstance(error, UnicodeDecodeError):
            raise JournalDamagedError(f"the journal could not be opened: {DAMAGED}") from error
        if is_damage(error):
            raise JournalDamagedError(str(journal_error("opened", error))) from error
        raise
    except JournalError:
        connection.close()
        raise
    return connection


def is_sound(connection: sqlite3.Connection) -> bool:
    """Read all that SQLite can judge. Indexes too: the queue is read by one."""
    return _is_ok(connection.execute("PRAGMA integrity_check(1)"))


def is_vital_part_sound(connection: sqlite3.Connection) -> bool:
    """Read the list of tables, the free pages, and all tables but those that grow, with their indexes."""
    found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    tables = [name for (name,) in found if name not in GROWING]
    return all(
        _is_ok(connection.execute(f"PRAGMA integrity_check({_quoted(name)})"))
        for name in ("sqlite_schema", *tables)
    )


def unreadable(connection: sqlite3.Connection, *, whole: bool = True) -> Iterator[tuple[str, int]]:
    """Table and rowid of alarms and messages that are not over and make no sense.

    SQLite's check finds broken structures; a letter that changed inside a value it cannot know. If not the
    `whole`, messages that the network has taken are left out, unless something is still due about them.
    """
    transaction = Transaction(connection)
    for rowid, alarm_id in connection.execute(_OPEN_ALARMS):
        try:
            transaction.alarms.get(alarm_id)
        except (ValueError, KeyError, TypeError):
            yield "alarm", rowid
    for rowid, uid in connection.execute(_WAITING_MESSAGES if whole else _DUE_MESSAGES):
        try:
            transaction.messages.get(uid)
            transaction.attempts.segments(uid, since_attempt=0)
        except (ValueError, KeyError, TypeError):
            yield "message", rowid


def migrate(connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
    """Apply what is missing, each all or nothing."""
    version = _version(connection)
    for number, script in enumerate(migrations[version:], start=version + 1):
        _apply(connection, script, number)


def roll_back(connection: sqlite3.Connection) -> None:
    """End a transaction, if SQLite has not done so itself, for example when the disk was full."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _refuse_newer(connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
    version = _version(connection)
    if version > len(migrations):
        raise JournalError(
            f"the journal has schema {version}, this program knows up to {len(migrations)}: it was written "
            "by a newer release; install that again, or move the file away to begin anew. Nothing was changed"
        )


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _is_ok(verdict: sqlite3.Cursor) -> bool:
    return [tuple(row) for row in verdict] == [("ok",)]


def _quoted(name: str) -> str:
    """A name of a damaged file may be anything."""
    return '"' + name.replace('"', '""') + '"'


def _apply(connection: sqlite3.Connection, script: str, number: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in script.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except sqlite3.Error:
        roll_back(connection)
        raise
