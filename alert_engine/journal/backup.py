"""A copy of the journal's folder by somebody else's backup, taken while the gateway runs.

As long as it lasts the file stands still, and commits gather in the write-ahead log: whichever of the two is
copied first, together they are what was committed at some moment, as after a power cut. Nobody waits for it.

A copy must know that it is one, also when it comes back within the hour: what waited in it may have been sent
since. So the journal holds a token while it is copied, and a file beside it holds the same. That file has a
name that Home Assistant and its Supervisor leave out of backups: where both are, the process died during a
backup; where the file is missing or says something else, this is the copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .files import beside, write_private
from .snapshot import PUT_BACK

if TYPE_CHECKING:
    from pathlib import Path

    from .tables.notes import NoteTable

_IN_BACKUP = "in-backup"  # the note with the token

# Both leave out `*.db-shm` (homeassistant/components/backup/const.py; supervisor/homeassistant/module.py).
_SUFFIX = ".here.db-shm"

_AN_OLD_COPY = "1"


def mark_original(path: Path, token: str) -> None:
    """Write what no copy will have, before the token is in the journal.

    Raises:
        OSError: there is no room or no right.
    """
    write_private(beside(path, _SUFFIX), token)


def unmark_original(path: Path) -> None:
    """From now on whoever holds a token is a copy.

    Raises:
        OSError: it is left.
    """
    beside(path, _SUFFIX).unlink(missing_ok=True)


def put_token(notes: NoteTable, token: str) -> None:
    """Copies of the journal hold it from this commit on."""
    notes.put(_IN_BACKUP, (token,))


def drop_token(notes: NoteTable) -> None:
    """The copying is over."""
    notes.put(_IN_BACKUP, ())


def recognise_copy(path: Path, notes: NoteTable) -> None:
    """At start, in the open transaction of `notes`: note it if this is a copy that was put back."""
    token = notes.get(_IN_BACKUP)
    if not token:
        return
    if _read(beside(path, _SUFFIX)) != token[0] and not notes.get(PUT_BACK):
        notes.put(PUT_BACK, (_AN_OLD_COPY,))
    drop_token(notes)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
