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
import logging
import os
import sqlite3
from collections import deque
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

from alert_engine.errors import JournalError
from gsm_driver import in_own_thread

from .backup import drop_token, mark_original, put_token, recognise_copy, unmark_original
from .committing import Committer
from .faults import (
    JournalDamagedError,
    is_full,
    journal_error,
)
from .files import beside, lock, sync_directory
from .jobs import Job, deliver
from .opening import connect, open_for_writing, roll_back
from .reserve import Reserve
from .salvage import SALVAGED, finish_salvage, salvage
from .schema import MIGRATIONS
from .snapshot import PUT_BACK, count_generation, keep_generation, write_snapshot
from .transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .tables.notes import NoteTable

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_LOGGER = logging.getLogger(__name__)

# Operations in one commit. It bounds how long the first of them waits for the last.
MAX_BATCH = 256


class Journal:
    """One SQLite file, readable by its owner only, used by one process at a time.

    When the disk is full, what cannot wait is written into room that was kept for it. After an error of the
    disk nothing that can wait is taken until the next start: what the kernel holds for written may be lost.

    Args:
        path: the file. Its directory is created. Beside it lie ``-wal``, ``-shm``, ``.lock``, ``.reserve``,
            ``.generation`` and ``.snapshot``, during a backup ``.here.db-shm``, and what was damaged.
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
        self._pending: deque[Job[Any]] = deque()
        self._closed = False
        self._under_way: set[asyncio.Future[Any]] = set()  # beside the two threads
        self._reserve = Reserve(path)
        self._committer: Committer | None = None
        self._lock: int | None = None
        self._write_connection: sqlite3.Connection | None = None
        self._read_connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Create the file or bring it to the newest schema.

        A damaged one is put aside, and what can be read of it and of the last snapshot is taken over.

        Raises:
            JournalError: no rights, no room, newer than this program, or used by another process. The file is
                left as it was.
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
        await asyncio.gather(*self._under_way, return_exceptions=True)
        loop = asyncio.get_running_loop()
        if self._read_connection is not None:
            await loop.run_in_executor(self._reader, self._close_reading)
        await loop.run_in_executor(self._writer, self._close_writing)
        for executor in self._own_executors:
            executor.shutdown()  # idle by now, so its thread ends at once

    @property
    def trouble(self) -> str:
        """Why nothing that can wait is taken, for people; empty if it is."""
        return "" if self._committer is None else self._committer.trouble

    async def write(
        self,
        operation: Callable[[Transaction], T],
        *,
        on_commit: Callable[[T], None] | None = None,
        can_wait: bool = False,
    ) -> T:
        """Run `operation` in the writer thread; return its result once that is on the disk.

        `on_commit` gets the result on the event loop, in the order of the commits, also when the caller was
        cancelled meanwhile. What `can_wait` is refused while the disk has no room or cannot be trusted: its
        source keeps it and asks again.

        Raises:
            JournalError: nothing was committed.
            Exception: what `operation` raised; nothing of it was committed.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        job = Job(operation=operation, on_commit=on_commit, future=future, can_wait=can_wait)
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

    @property
    def has_snapshot(self) -> bool:
        """There is one, of whatever age."""
        return beside(self._path, ".snapshot").exists()

    async def write_snapshot(self) -> None:
        """Copy what is committed to the file from which a damaged journal is completed.

        Raises:
            JournalError: the last one stays.
        """
        generation = await self.write(lambda tx: count_generation(self._path, tx.notes))
        await self._beside(write_snapshot, self._path)
        with suppress(OSError):  # the same
            await self._beside(keep_generation, self._path, generation)

    async def begin_backup(self, token: str) -> None:
        """Let the files be copied by somebody else while all goes on; a copy that is put back knows it.

        `token` is never the same twice. It ends with `end_backup`, or after some thousand commits: from then
        on the copy may be torn, and is mended at its start like any other damage.

        Raises:
            JournalError: the copy may be torn, and will not know that it is one.
        """
        loop = asyncio.get_running_loop()
        try:
            await self._beside(mark_original, self._path, token)
        except OSError as error:
            raise journal_error("marked for a backup", error) from error
        await self.write(lambda tx: put_token(tx.notes, token))
        await loop.run_in_executor(self._writer, self._hold_file)

    async def end_backup(self) -> None:
        """The copying is over. Raises JournalError: the next start ends it."""
        loop = asyncio.get_running_loop()
        await self.write(lambda tx: drop_token(tx.notes))
        await loop.run_in_executor(self._writer, self._release_file)
        with suppress(OSError):  # without its token it does no harm
            await self._beside(unmark_original, self._path)

    async def _beside(self, work: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """Do it in a thread of its own. Whoever is cancelled meanwhile leaves it to `close` to wait."""
        under_way = in_own_thread(work, *arguments)
        self._under_way.add(under_way)
        under_way.add_done_callback(self._under_way.discard)
        return await asyncio.shield(under_way)

    # --- in the writer thread -------------------------------------------------------------------------

    def _open_for_writing(self) -> None:
        was_used = beside(self._path, ".lock").exists()
        try:
            self._lock = lock(self._path)
            try:
                self._write_connection = self._open_file(was_used=was_used)
            except sqlite3.Error as error:
                if not is_full(error) or not self._reserve.give_up():
                    raise
                self._write_connection = self._open_file(was_used=was_used)
        except (sqlite3.Error, OSError) as error:
            self._close_writing()
            raise journal_error("opened", error) from error
        except JournalError:
            self._close_writing()
            raise
        self._committer = Committer(self._write_connection, self._reserve)

    def _open_file(self, *, was_used: bool) -> sqlite3.Connection:
        finish_salvage(self._path, self._migrations)
        try:
            connection = open_for_writing(self._path, self._migrations)
        except JournalDamagedError:
            if not was_used:  # then it is no journal, but somebody's file
                raise
            salvage(self._path, self._migrations)
            connection = open_for_writing(self._path, self._migrations)
        sync_directory(self._path.parent)
        try:
            self._begin_generation(connection)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _begin_generation(self, connection: sqlite3.Connection) -> None:
        try:
            connection.execute("BEGIN IMMEDIATE")
            notes = Transaction(connection).notes
            generation = count_generation(self._path, notes)
            recognise_copy(self._path, notes)
            _warn(notes)
            connection.execute("COMMIT")
        except sqlite3.Error:
            roll_back(connection)
            raise
        with suppress(OSError):  # a file that is behind does no harm
            keep_generation(self._path, generation)

    def _close_writing(self) -> None:
        self._committer = None
        if self._write_connection is not None:
            self._write_connection.close()
            self._write_connection = None
        self._reserve.give_up()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        """Commit what has gathered, then tell the event loop."""
        batch: list[Job[Any]] = []
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
        loop.call_soon_threadsafe(deliver, batch)

    def _commit(self, batch: list[Job[Any]]) -> None:
        if self._committer is None:
            raise JournalError("the journal is not open: nothing can be accepted")
        self._committer.commit(batch)

    def _hold_file(self) -> None:
        if self._committer is not None:
            self._committer.hold_file()

    def _release_file(self) -> None:
        if self._committer is not None:
            self._committer.release_file()

    # --- in the reader thread -------------------------------------------------------------------------

    def _open_for_reading(self) -> sqlite3.Connection:
        try:
            connection = connect(self._path)
            connection.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            raise journal_error("opened", error) from error
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
                roll_back(connection)
        except sqlite3.Error as error:
            raise journal_error("read", error) from error


def _warn(notes: NoteTable) -> None:
    """What people are told of by an alarm, once it is raised, stands in the log of the start as well."""
    if salvaged := notes.get(SALVAGED):
        _LOGGER.warning(
            "the journal was damaged: what could be read is in a new one, the old one is kept as %s",
            salvaged[-1],
        )
    if notes.get(PUT_BACK):
        _LOGGER.warning("the journal is an old copy that was put back: what waited in it is not sent")
