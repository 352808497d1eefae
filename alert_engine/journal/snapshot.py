"""A copy of the journal for the day on which it is damaged, and a count that tells old copies from new.

The *generation* is counted at each start and at each snapshot, in the journal and in a file beside it. A
journal whose count is behind that of the file was put back from a backup.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from .faults import journal_error
from .files import beside, make_private, sync_directory, write_private
from .opening import connect
from .reserve import SIZE

if TYPE_CHECKING:
    from pathlib import Path

    from .tables.notes import NoteTable

GENERATION = "generation"  # the note with the count
PUT_BACK = "put-back"  # the note that says that this is an old copy


def write_snapshot(path: Path) -> None:
    """Copy what is committed; the last copy is replaced by a whole one.

    Raises:
        JournalError: the last one stays; also when the copy would take room that alarms need.
    """
    draft = beside(path, ".snapshot.new")
    try:
        draft.unlink(missing_ok=True)
        _ask_for_room(path)
        make_private(draft)
        with closing(connect(path)) as source, closing(connect(draft)) as copy:
            source.execute("PRAGMA query_only = ON")
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        draft.replace(beside(path, ".snapshot"))
        sync_directory(path.parent)
    except (sqlite3.Error, OSError) as error:
        with suppress(OSError):  # half a copy would only fill the disk
            draft.unlink(missing_ok=True)
        raise journal_error("copied to its snapshot", error) from error


def _ask_for_room(path: Path) -> None:
    """Raise the error of a full disk if there is no room for the copy and, besides, for two reserves."""
    system = os.statvfs(path.parent)
    if system.f_bavail * system.f_frsize < path.stat().st_size + 2 * SIZE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def count_generation(path: Path, notes: NoteTable) -> int:
    """Count on, in the open transaction of `notes`; note it if the journal is behind the file."""
    outside, inside = _read(beside(path, ".generation")), _number(notes.get(GENERATION))
    if outside > inside > 0:
        notes.put(PUT_BACK, (str(outside - inside),))
    following = max(outside, inside) + 1
    notes.put(GENERATION, (str(following),))
    return following


def keep_generation(path: Path, generation: int) -> None:
    """Write the count into the file, after its commit: a file that is behind does no harm.

    Raises:
        OSError: the old count stays.
    """
    write_private(beside(path, ".generation"), str(generation))


def _read(file: Path) -> int:
    try:
        return _number((file.read_text(encoding="ascii"),))
    except (OSError, UnicodeDecodeError):
        return 0


def _number(words: tuple[str, ...]) -> int:
    return int(words[0]) if words and words[0].isdigit() else 0
