"""A copy of the journal's folder by somebody else's backup, taken while the gateway runs.

As long as it lasts the file stands still, and commits gather in the write-ahead log: whichever of the two is
copied first, together they are what was committed at some moment, as after a power cut. Nobody waits for it.

A copy must know that it is one, also when it comes back within the hour: what waited in it may have been sent
since. So the journal holds a token while it is copied, and a file beside it holds the same. That file is in a
folder that Home Assistant and its Supervisor leave out of backups: where both are, the process died during a
backup; where the file is missing or says something else, this is the copy.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from .files import make_folder, write_private
from .snapshot import PUT_BACK

if TYPE_CHECKING:
    from pathlib import Path

    from .tables.notes import NoteTable

_IN_BACKUP = "in-backup"  # the note with the token

# Both leave out `**/__pycache__/*`: see components/backup/const.py of the one, module.py of the other.
# What else they leave out, `*.db-shm` too, they do in the configuration folder itself, and not below it.
_LEFT_OUT = "__pycache__"

_AN_OLD_COPY = "1"


def mark_original(path: Path, token: str) -> None:
    """Write what no copy will have, before the token is in the journal.

    Raises:
        OSError: there is no room or no right.
    """
    mark = _mark(path)
    make_folder(mark.parent)
    write_private(mark, token)


def unmark_original(path: Path) -> None:
    """From now on whoever holds a token is a copy.

    Raises:
        OSError: it is left.
    """
    mark = _mark(path)
    mark.unlink(missing_ok=True)
    with suppress(OSError):  # others have something there
        mark.parent.rmdir()


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
    if _read(_mark(path)) != token[0] and not notes.get(PUT_BACK):
        notes.put(PUT_BACK, (_AN_OLD_COPY,))
    drop_token(notes)


def _mark(path: Path) -> Path:
    return path.parent / _LEFT_OUT / f"{path.name}.here"


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
