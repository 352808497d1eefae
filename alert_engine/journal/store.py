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

from .backup import drop_token, mark_original, put_token, unmark_original
from .beginning import begin
from .committing import Committer
from .faults import DAMAGED, is_damage, is_full, journal_error
from .files import beside, lock
from .jobs import Job, deliver
from .opening import connect, roll_back
from .reserve import Reserve
from .schema import MIGRATIONS
from .snapshot import count_generation, keep_generation, write_snapshot
from .soundness import WHOLE_AT_START, demand_check, look_over
from .transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

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
            ``.generation`` and ``.snapshot``, during a backup ``__pycache__/….here``, when damage was met
            ``.check``, and what was damaged.
        writer: where writing runs, one call at a time; default: a thread of its own.
        reader: where reading runs, one call at a time; default: a thread of its own.
        migrations: SQL scripts in order; the tests' way to a future schema.
        whole_at_start: a file of more bytes is not read whole at its start; `look_over` does it afterwards.

    Attributes:
        is_looked_over: all of the file was read at its start.
        damage: what an operation or a look has met since, for people; empty: nothing. The next start saves
            what can be read.
    """

    def __init__(
        self,
        path: Path,
        *,
        writer: Executor | None = None,
        reader: Executor | None = None,
        migrations: Sequence[str] = MIGRATIONS,
        whole_at_start: int = WHOLE_AT_START,
    ) -> None:
        self.is_looked_over = False
        self.damage = ""
        self._path = path
        self._writer = writer or ThreadPoolExecutor(1, "journal-writer")
        self._reader = reader or ThreadPoolExecutor(1, "journal-reader")
        self._own_executors = [e for e in (self._writer, self._reader) if e not in {writer, reader}]
        self._migrations = migrations
        self._whole_at_start = whole_at_start
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
            JournalError: the last one stays; also when the journal is known to be damaged.
        """
        if self.damage:
            raise JournalError(f"the journal is not copied to its snapshot: {self.damage}")
        generation = await self.write(lambda tx: count_generation(self._path, tx.notes))
        await self._beside(write_snapshot, self._path)
        with suppress(OSError):  # the same
            await self._beside(keep_generation, self._path, generation)

    async def look_over(self) -> None:
        """Read the whole file beside the work; what is wrong with it is in `damage` then.

        Raises:
            JournalError: it cannot be read, or is closed.
        """
        if self._closed:
            raise JournalError("the journal is closed")
        if await self._beside(look_over, self._path, self._is_closed) is False:
            self._note_damage()

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

    def _is_closed(self) -> bool:
        return self._closed

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
                self._begin(was_used=was_used)
            except sqlite3.Error as error:
                if not is_full(error) or not self._reserve.give_up():
                    raise
                self._begin(was_used=was_used)
        except (sqlite3.Error, OSError) as error:
            self._close_writing()
            raise journal_error("opened", error) from error
        except JournalError:
            self._close_writing()
            raise

    def _begin(self, *, was_used: bool) -> None:
        connection, self.is_looked_over = begin(
            self._path, self._migrations, was_used=was_used, whole_at_start=self._whole_at_start
        )
        self._write_connection = connection
        self._committer = Committer(connection, self._reserve)

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
        try:
            self._committer.commit(batch)
        except JournalError as error:
            if error.__cause__ is not None and is_damage(error.__cause__):
                self._note_damage()
            raise

    def _note_damage(self) -> None:
        """From any thread. It is noted beside the file: nobody knows whether that can still be written."""
        if self.damage:
            return
        self.damage = DAMAGED
        _LOGGER.critical("the journal is damaged: %s", DAMAGED)
        with suppress(OSError):  # then the next start may see it by itself
            demand_check(self._path)

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
            if is_damage(error):
                self._note_damage()
            raise journal_error("read", error) from error
