"""From whatever the last process left to a journal that can be written.

What was interrupted is ended, what is damaged is saved, and an old copy is known for one.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from .backup import recognise_copy
from .faults import JournalDamagedError
from .files import sync_directory
from .opening import open_for_writing, roll_back
from .salvage import SALVAGED, finish_salvage, salvage
from .snapshot import PUT_BACK, count_generation, keep_generation
from .soundness import is_check_demanded, settle_demand
from .transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .tables.notes import NoteTable

_LOGGER = logging.getLogger(__name__)


def begin(
    path: Path, migrations: Sequence[str], *, was_used: bool, whole_at_start: int
) -> tuple[sqlite3.Connection, bool]:
    """The writer's connection, and whether all of the file was looked over.

    Args:
        path: the file; made if it is not there.
        migrations: SQL scripts in order.
        was_used: a gateway has written it before; else a damaged one is somebody's file, and left alone.
        whole_at_start: a file of more bytes is looked over where the gateway stumbles at once.

    Raises:
        JournalError: a newer release wrote it, or it is no journal. Nothing was changed.
        sqlite3.Error, OSError: it cannot be opened.
    """
    finish_salvage(path, migrations)
    is_whole = _is_to_be_read_whole(path, whole_at_start)
    try:
        connection = open_for_writing(path, migrations, whole=is_whole)
    except JournalDamagedError:
        if not was_used:
            raise
        salvage(path, migrations)
        is_whole = True
        connection = open_for_writing(path, migrations)
    sync_directory(path.parent)
    if is_whole:
        settle_demand(path)
    try:
        _begin_generation(path, connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection, is_whole


def _is_to_be_read_whole(path: Path, whole_at_start: int) -> bool:
    size = path.stat().st_size if path.exists() else 0
    return size <= whole_at_start or is_check_demanded(path)


def _begin_generation(path: Path, connection: sqlite3.Connection) -> None:
    try:
        connection.execute("BEGIN IMMEDIATE")
        notes = Transaction(connection).notes
        generation = count_generation(path, notes)
        recognise_copy(path, notes)
        _warn(notes)
        connection.execute("COMMIT")
    except sqlite3.Error:
        roll_back(connection)
        raise
    with suppress(OSError):  # a file that is behind does no harm
        keep_generation(path, generation)


def _warn(notes: NoteTable) -> None:
    """What people are told of by an alarm, once it is raised, stands in the log of the start as well."""
    if salvaged := notes.get(SALVAGED):
        _LOGGER.warning(
            "the journal was damaged: what could be read is in a new one, the old one is kept as %s",
            salvaged[-1],
        )
    if notes.get(PUT_BACK):
        _LOGGER.warning("the journal is an old copy that was put back: what waited in it is not sent")
