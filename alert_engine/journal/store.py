"""The journal: every promise of the product is a committed row.

SQLite in WAL mode with ``synchronous=FULL``: what `Journal.write` returned is on the disk, also after a power
cut.

One thread writes. It takes whatever has gathered while the last commit was synced and commits it together
(group commit), each operation in a savepoint of its own, so that one that fails takes nothing with it.

Reading has a connection and a thread of its own: a long read (an export, a full message list) never holds
up a commit, WAL gives it a consistent picture of committed rows, and it cannot write by mistake.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import sqlite3
from collections import deque
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from alert_engine.errors import JournalError

from .schema import MIGRATIONS
from .transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

T = TypeVar("T")

_LOGGER = logging.getLogger(__name__)

# How long a commit waits for a foreign lock on the file (somebody looks at it with the sqlite3 shell), in
# seconds. Longer, and sources that wait for their answer give up before we do.
BUSY_TIMEOUT = 5.0

# Operations in one commit. It bounds how long the first of them waits for the last.
MAX_BATCH = 256


@dataclass(slots=True, kw_only=True)
class _Job(Generic[T]):
    """An operation on its way to the disk."""

    operation: Callable[[Transaction], T]
    on_commit: Callable[[T], None] | None
    future: asyncio.Future[T]
    result: T | None = None
    error: Exception | None = None


class Journal:
    """One SQLite file, readable by its owner only, used by one process at a time.

    Args:
        path: the file. Its directory is created. Beside it lie ``-wal``, ``-shm`` and ``.lock``.
        writer: where writing runs, one call at a time; default: a thread of its own.
        reader: where reading runs, one call at a time; default: a thread of its own.
        migrations: SQL scripts in order; the tests' way to a future schema.
    """

    def __init__(
        self,
        path: Path,
        *,
        writer: Executor | None = None,
        reader: Executor | None = None,
        migrations: Sequence[str] = MIGRATIONS,
    ) -> None:
        self._path = path
        self._writer = writer or ThreadPoolExecutor(1, "journal-writer")
        self._reader = reader or ThreadPoolExecutor(1, "journal-reader")
        self._own_executors = [e for e in (self._writer, self._reader) if e not in {writer, reader}]
        self._migrations = migrations
        self._pending: deque[_Job[Any]] = deque()
        self._closed = False
        self._lock: int | None = None
        self._write_connection: sqlite3.Connection | None = None
        self._read_connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Create the file or bring it to the newest schema.

        Raises:
            JournalError: no rights, no room, damaged, newer than this program, or used by another process.
                The file is left as it was.
        """
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._writer, self._open_for_writing)
            self._read_connection = await loop.run_in_executor(self._reader, self._open_for_reading)
        except JournalError:
            await self.close()
            raise

    async def close(self) -> None:
        """Commit what is under way and let go of the file. The journal cannot be opened again.

        A second time, or after an `open` that failed, there is nothing to do.
        """
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        if self._read_connection is not None:
            await loop.run_in_executor(self._reader, self._close_reading)
        await loop.run_in_executor(self._writer, self._close_writing)
        for executor in self._own_executors:
            executor.shutdown()  # idle by now, so its thread ends at once

    async def write(
        self, operation: Callable[[Transaction], T], *, on_commit: Callable[[T], None] | None = None
    ) -> T:
        """Run `operation` in the writer thread; return its result once that is on the disk.

        `on_commit` gets the result on the event loop, in the order of the commits, also when the caller was
        cancelled meanwhile.

        Raises:
            JournalError: nothing was committed.
            Exception: what `operation` raised; nothing of it was committed.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        job = _Job(operation=operation, on_commit=on_commit, future=future)
        self._pending.append(job)
        try:
            # One call per job: each finds something to do, or its job was done by an earlier one.
            loop.run_in_executor(self._writer, self._drain, loop)
        except RuntimeError as error:
            self._pending.remove(job)
            raise JournalError("the journal is closed: nothing can be accepted any more") from error
        return await future

    async def read(self, operation: Callable[[Transaction], T]) -> T:
        """Run `operation` on committed rows, on a connection that cannot write.

        Raises:
            JournalError: the file cannot be read.
        """
        loop = asyncio.get_running_loop()
        try:
            future = loop.run_in_executor(self._reader, lambda: self._run_read(operation))
        except RuntimeError as error:
            raise JournalError("the journal is closed") from error
        return await future

    # --- in the writer thread -------------------------------------------------------------------------

    def _open_for_writing(self) -> None:
        try:
            self._lock = _lock_file(self._path)
            connection = _connect(self._path)
            self._write_connection = connection
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            _check(connection)
            _migrate(connection, self._migrations)
        except (sqlite3.Error, OSError) as error:
            self._close_writing()
            raise _journal_error("opened", error) from error
        except JournalError:
            self._close_writing()
            raise

    def _close_writing(self) -> None:
        if self._write_connection is not None:
            self._write_connection.close()
            self._write_connection = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        """Commit what has gathered, then tell the event loop."""
        batch: list[_Job[Any]] = []
        while self._pending and len(batch) < MAX_BATCH:
            batch.append(self._pending.popleft())
        if not batch:
            return
        try:
            self._commit(batch)
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody may wait for ever
            for job in batch:
                job.error = JournalError(str(error))
                job.error.__cause__ = error
        loop.call_soon_threadsafe(_deliver, batch)

    def _commit(self, batch: list[_Job[Any]]) -> None:
        connection = self._write_connection
        if connection is None:
            raise JournalError("the journal is not open: nothing can be accepted")
        transaction = Transaction(connection)
        try:
            connection.execute("BEGIN IMMEDIATE")
            for job in batch:
                _run_in_savepoint(connection, transaction, job)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            _roll_back(connection)
            raise _journal_error("written", error) from error

    # --- in the reader thread -------------------------------------------------------------------------

    def _open_for_reading(self) -> sqlite3.Connection:
        try:
            connection = _connect(self._path)
            connection.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            raise _journal_error("opened", error) from error
        return connection

    def _close_reading(self) -> None:
        if self._read_connection is not None:
            self._read_connection.close()
            self._read_connection = None

    def _run_read(self, operation: Callable[[Transaction], T]) -> T:
        connection = self._read_connection
        if connection is None:
            raise JournalError("the journal is not open")
        try:
            connection.execute("BEGIN")
            try:
                return operation(Transaction(connection))
            finally:
                _roll_back(connection)
        except sqlite3.Error as error:
            raise _journal_error("read", error) from error


def _run_in_savepoint(connection: sqlite3.Connection, transaction: Transaction, job: _Job[Any]) -> None:
    """Run one operation; if it fails by itself, undo it alone. A failing disk fails the whole batch."""
    connection.execute("SAVEPOINT job")
    try:
        job.result = job.operation(transaction)
    except sqlite3.IntegrityError as error:
        job.error = JournalError("the journal refused rows that contradict each other: please report this")
        job.error.__cause__ = error
    except sqlite3.Error:
        raise
    except Exception as error:  # noqa: BLE001 - it belongs to the caller and is raised there
        job.error = error
    if job.error is not None:
        connection.execute("ROLLBACK TO job")
    connection.execute("RELEASE job")


def _deliver(batch: list[_Job[Any]]) -> None:
    """Hand out results on the event loop, in the order of the commits."""
    for job in batch:
        if job.error is None and job.on_commit is not None:
            try:
                job.on_commit(job.result)
            except Exception:
                _LOGGER.exception("what follows a commit failed; the commit stands")
        if job.future.done():  # its caller was cancelled and does not want to know
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)


def _connect(path: Path) -> sqlite3.Connection:
    # Autocommit mode: this module alone says where a transaction begins and ends. An executor promises one
    # call at a time, not always the same thread.
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def _lock_file(path: Path) -> int:
    """Create the directory and the file for the owner only, and keep other processes out."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # SQLite gives -wal and -shm the mode of the main file, so that is the one to create with care.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    # Not the file itself: closing any handle of it would drop SQLite's own POSIX locks.
    lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise JournalError(
            f"the journal {path} is used by another process: "
            "two gateways on one journal would send everything twice"
        ) from error
    _sync_directory(path.parent)
    return lock


def _sync_directory(directory: Path) -> None:
    """Make the names of new files survive a power cut."""
    handle = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check(connection: sqlite3.Connection) -> None:
    """Refuse a damaged file before anything is built on it."""
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise JournalError(f"the journal could not be opened: {_REASONS['SQLITE_CORRUPT']}")


def _migrate(connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
    """Apply what is missing, all or nothing."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(migrations):
        raise JournalError(
            f"the journal has schema {version}, this program knows up to {len(migrations)}: it was written "
            "by a newer release; install that again, or move the file away to begin anew. Nothing was changed"
        )
    for number, script in enumerate(migrations[version:], start=version + 1):
        _apply(connection, script, number)


def _apply(connection: sqlite3.Connection, script: str, number: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in script.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except sqlite3.Error:
        _roll_back(connection)
        raise


def _roll_back(connection: sqlite3.Connection) -> None:
    # SQLite may have done so itself, for example when the disk was full.
    if connection.in_transaction:
        connection.execute("ROLLBACK")


_REASONS = {
    "SQLITE_FULL": "the disk is full: make room",
    "SQLITE_READONLY": "the file or its file system is read-only: check its rights",
    "SQLITE_CANTOPEN": "the file cannot be opened: check its directory and its rights",
    "SQLITE_BUSY": "another program holds it: close that program",
    "SQLITE_CORRUPT": "the file is damaged: move it away to begin anew (sqlite3's .recover may read it)",
    "SQLITE_NOTADB": "the file is no journal: move it away",
    "SQLITE_IOERR": "the disk reports an error: check it",
}


def _journal_error(what: str, error: sqlite3.Error | OSError) -> JournalError:
    """In words for people."""
    if isinstance(error, OSError):
        return JournalError(
            f"the journal could not be {what}: {error.strerror}: check its directory and rights"
        )
    name = getattr(error, "sqlite_errorname", "")
    reason = next((text for prefix, text in _REASONS.items() if name.startswith(prefix)), str(error))
    return JournalError(f"the journal could not be {what}: {reason}")
