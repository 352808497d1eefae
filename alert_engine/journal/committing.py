"""Commits, and what a disk that is full or fails does to them."""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING, Any

from alert_engine.errors import JournalError

from .faults import FULL, LOST_WRITE, is_full, is_of_the_disk, journal_error
from .jobs import run_in_savepoint
from .opening import roll_back
from .transaction import Transaction

if TYPE_CHECKING:
    from .jobs import Job
    from .reserve import Reserve

_LOGGER = logging.getLogger(__name__)

# Commits between two transfers of the write-ahead log into the file: about 4 MiB of it.
_CHECKPOINT_EVERY = 100
# The same while there is no room: the log must leave most of the reserve to the file.
_CHECKPOINT_WHEN_FULL = 10
# Commits that gather in it while the file is copied: about 80 MiB. Then the file moves.
_MOST_HELD = 2000


class Committer:
    """Lives in the writer thread.

    Args:
        connection: the writer's.
        reserve: given up when the disk is full.
    """

    def __init__(self, connection: sqlite3.Connection, reserve: Reserve) -> None:
        self._connection = connection
        self._reserve = reserve
        self.trouble = "" if reserve.hold() else FULL  # why nothing that can wait is taken
        self._has_lost_writes = False
        self._commits = 0
        self._held_until = 0  # the file stands still up to this commit

    def hold_file(self) -> None:
        """Bring everything into the file, and let it stand still: from now on all goes into the log."""
        self._transfer("TRUNCATE")
        self._held_until = self._commits + _MOST_HELD

    def release_file(self) -> None:
        """It need not stand still any more."""
        self._held_until = 0

    def commit(self, batch: list[Job[Any]]) -> None:
        """All of it in one commit; when there is no room, what cannot wait. What is refused has its error.

        Raises:
            JournalError: nothing was committed.
        """
        try:
            if self.trouble and any(job.can_wait for job in batch):
                self._look_for_room()
            try:
                self._commit_once(self._admitted(batch))
            except sqlite3.Error as error:
                if not is_full(error):
                    raise
                self._make_room()
                self._commit_once(self._admitted(batch))
        except sqlite3.Error as error:
            raise journal_error("written", error) from error

    def _admitted(self, batch: list[Job[Any]]) -> list[Job[Any]]:
        """What may be written now; the others are refused."""
        for job in batch:
            job.error = JournalError(self.trouble) if self.trouble and job.can_wait else None
        return [job for job in batch if job.error is None]

    def _make_room(self) -> None:
        """Give up the reserve, and have the write-ahead log used again from its beginning."""
        if not self.trouble:
            _LOGGER.error("the disk is full: new alarms and messages are refused, the others are still sent")
            self.trouble = FULL
        self._reserve.give_up()
        self._transfer("RESTART")

    def _look_for_room(self) -> None:
        if not self._has_lost_writes and self._reserve.regain():
            self.trouble = ""
            _LOGGER.warning("there is room on the disk again: everything is taken")

    def _commit_once(self, batch: list[Job[Any]]) -> None:
        connection = self._connection
        transaction = Transaction(connection)
        try:
            connection.execute("BEGIN IMMEDIATE")
            for job in batch:
                run_in_savepoint(connection, transaction, job)
            connection.execute("COMMIT")
            self._commits += 1
            every = _CHECKPOINT_WHEN_FULL if self.trouble else _CHECKPOINT_EVERY
            if self._commits % every == 0 and self._commits >= self._held_until:
                self._transfer("PASSIVE")
        except sqlite3.Error as error:
            roll_back(connection)
            self._distrust(error)
            raise

    def _transfer(self, manner: str) -> None:
        """Bring the write-ahead log into the file.

        SQLite could do so by itself, but would not tell that the disk failed, and try again: the second time
        the kernel may say that all is well, although the first write is gone.
        """
        if self._has_lost_writes:
            return
        try:
            self._connection.execute(f"PRAGMA wal_checkpoint({manner})").fetchall()
        except sqlite3.Error as error:  # what was committed stands, in the log
            self._distrust(error)

    def _distrust(self, error: sqlite3.Error) -> None:
        if is_of_the_disk(error) and not self._has_lost_writes:
            self._has_lost_writes, self.trouble = True, LOST_WRITE
            _LOGGER.critical("%s", LOST_WRITE)
