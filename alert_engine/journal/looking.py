"""Looking into a journal that may be in use: searches for people, rows for programs. Reads only.

Rows are mappings of plain values, as they lie in the columns: times are ISO 8601 in UTC.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alert_engine.errors import JournalError

from .schema import MIGRATIONS
from .tables.audit import AuditTable
from .tables.columns import from_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

BUSY_TIMEOUT = 2.0  # seconds; WAL readers wait for nobody, except while the daemon opens or closes the file

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSearch:
    """Which messages; what is None does not matter."""

    text: str | None = None  # part of the text, in any case of ASCII letters
    person: str | None = None  # id, or part of the address
    state: str | None = None
    alarm: str | None = None  # id or code
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStory:
    """Everything that is known of one message."""

    message: Row
    alarm: Row | None
    attempts: tuple[Row, ...]
    segments: tuple[Row, ...]
    reports: tuple[Row, ...]  # kept ones that name its segments


@contextmanager
def look_into(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write.

    Raises:
        JournalError: there is no journal, it cannot be read, or another release wrote it.
    """
    if not path.exists():
        raise JournalError(f"there is no journal at {path}: was the gateway ever started with this file?")
    try:
        with closing(_connect(path)) as connection:
            _check_version(connection)
            yield connection
    except sqlite3.Error as err:
        raise JournalError(f"the journal at {path} cannot be read: {err}") from err


def find_alarms(
    connection: sqlite3.Connection, *, closed: bool, since: datetime | None, limit: int
) -> tuple[Row, ...]:
    """Alarms, the newest first; open ones, or closed ones, too."""
    conditions, values = ["1"], list[object]()
    if not closed:
        conditions.append("state <> 'closed'")
    if since is not None:
        conditions.append("raised_at >= ?")
        values.append(from_time(since))
    where = " AND ".join(conditions)
    query = f"SELECT * FROM alarm WHERE {where} ORDER BY raised_at DESC LIMIT ?"  # noqa: S608 - conditions are ours
    return _rows(connection, query, *values, limit)


def find_messages(connection: sqlite3.Connection, search: MessageSearch) -> tuple[Row, ...]:
    """Messages, the newest first."""
    wanted: tuple[tuple[str, object | None], ...] = (
        ("instr(lower(text), lower(?)) > 0", search.text),
        ("state = ?", search.state),
        ("created_at >= ?", from_time(search.since)),
        ("created_at <= ?", from_time(search.until)),
    )
    conditions = ["1"] + [condition for condition, value in wanted if value is not None]
    values = [value for _, value in wanted if value is not None]
    if search.person is not None:
        conditions.append("(recipient = ? OR instr(address, ?) > 0)")
        values += [search.person, search.person]
    if search.alarm is not None:
        conditions.append("alarm_id IN (SELECT id FROM alarm WHERE id = ? OR code = ?)")
        values += [search.alarm, search.alarm]
    where = " AND ".join(conditions)
    query = f"SELECT * FROM message WHERE {where} ORDER BY sequence DESC LIMIT ?"  # noqa: S608 - the same
    return _rows(connection, query, *values, search.limit)


def message_story(connection: sqlite3.Connection, uid: str) -> MessageStory | None:
    """The message with this uid, or with the only uid that begins so."""
    found = _rows(connection, "SELECT * FROM message WHERE substr(uid, 1, ?) = ? LIMIT 2", len(uid), uid)
    if len(found) != 1:
        return None
    (message,) = found
    alarm = _rows(connection, "SELECT * FROM alarm WHERE id = ?", message["alarm_id"])
    return MessageStory(
        message=message,
        alarm=alarm[0] if alarm else None,
        attempts=_rows(
            connection, "SELECT * FROM attempt WHERE message_uid = ? ORDER BY number", message["uid"]
        ),
        segments=_rows(
            connection,
            "SELECT * FROM segment WHERE message_uid = ? ORDER BY attempt, segment",
            message["uid"],
        ),
        reports=_rows(
            connection,
            "SELECT * FROM report WHERE (route, reference) IN "
            "(SELECT route, reference FROM segment WHERE message_uid = ? AND reference <> '') ORDER BY id",
            message["uid"],
        ),
    )


def every_alarm(connection: sqlite3.Connection) -> Iterator[Row]:
    """All alarms, the oldest first."""
    return _lazily(connection, "SELECT * FROM alarm ORDER BY raised_at, id")


def every_message(connection: sqlite3.Connection) -> Iterator[Row]:
    """All messages, the oldest first."""
    return _lazily(connection, "SELECT * FROM message ORDER BY sequence")


def every_audit_entry(connection: sqlite3.Connection) -> Iterator[Row]:
    """The whole audit in order, with its hashes."""
    return _lazily(connection, "SELECT * FROM audit ORDER BY seq")


def newest_audit_entries(connection: sqlite3.Connection, limit: int) -> tuple[Row, ...]:
    """The end of the audit, the newest first."""
    return _rows(connection, "SELECT * FROM audit ORDER BY seq DESC LIMIT ?", limit)


def first_broken_audit_entry(connection: sqlite3.Connection) -> int | None:
    """The number of the first entry that was changed, or that is missing; None: all is well."""
    return AuditTable(connection).first_broken()


def every_opt_out(connection: sqlite3.Connection) -> tuple[Row, ...]:
    """Who wants nothing, the newest first: by a channel, as they wrote, or by a route, as is said there."""
    return _rows(
        connection,
        "SELECT address, channel, NULL AS route, since, word FROM consent UNION ALL "
        "SELECT address, NULL, route, since, NULL FROM route_opt_out "
        "ORDER BY since DESC, address, channel, route",
    )


def _rows(connection: sqlite3.Connection, query: str, *values: object) -> tuple[Row, ...]:
    return tuple(dict(row) for row in connection.execute(query, values))


def _lazily(connection: sqlite3.Connection, query: str) -> Iterator[Row]:
    return (dict(row) for row in connection.execute(query))


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA query_only = ON")
    return connection


def _check_version(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != len(MIGRATIONS):
        raise JournalError(
            "the journal was written by another release of Alert Gateway: use that one's `status`"
        )
