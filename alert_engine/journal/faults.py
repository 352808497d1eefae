"""What can be wrong with the journal's file, in words for people."""

from __future__ import annotations

import errno
import sqlite3

from alert_engine.errors import JournalError

FULL = "the disk is full: make room"
DAMAGED = "the file is damaged: start the gateway again, and it saves what can be read"
LOST_WRITE = (
    "the disk has lost a write: nothing new is taken until the gateway is started again. Check the disk"
)

_REASONS = {
    "SQLITE_FULL": FULL,
    "SQLITE_READONLY": "the file or its file system is read-only: check its rights",
    "SQLITE_CANTOPEN": "the file cannot be opened: check its directory and its rights",
    "SQLITE_BUSY": "another program holds it: close that program",
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": "the file is no journal: move it away",
    "SQLITE_IOERR": "the disk reports an error: check it",
}


# Primary result codes that are about one operation and its values, and would be the same on any disk.
_OF_THE_OPERATION = frozenset(
    {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_MISUSE,
        sqlite3.SQLITE_RANGE,
        sqlite3.SQLITE_TOOBIG,
    }
)

# What has no code of its own: a number in the header that nobody writes, and, from Python's module, a text
# that is none. That complaint goes on with the text.
_DAMAGED_WORDS = ("unsupported file format", "Could not decode to UTF-8")


class JournalDamagedError(JournalError):
    """The file has a structure or rows that cannot be."""


def name_of(error: BaseException) -> str:
    """SQLite's own name of an error; empty if it is none of SQLite's."""
    return str(getattr(error, "sqlite_errorname", ""))


def is_full(error: Exception) -> bool:
    """There is no room on the disk."""
    return name_of(error) == "SQLITE_FULL"


def is_of_the_disk(error: Exception) -> bool:
    """Reading or writing failed: what the kernel holds for written may not be."""
    return name_of(error).startswith("SQLITE_IOERR")


def is_of_the_operation(error: sqlite3.Error) -> bool:
    """The statement or its values were wrong. What Python's module refuses itself has no code."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF in _OF_THE_OPERATION


def is_damage(error: BaseException) -> bool:
    """The file is not what it was when it was written."""
    has_code = name_of(error).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
    return has_code or str(error).startswith(_DAMAGED_WORDS)


def journal_error(what: str, error: sqlite3.Error | OSError) -> JournalError:
    """`what` the journal could not be, and why."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return JournalError(f"the journal could not be {what}: {FULL}")
    if isinstance(error, OSError):
        return JournalError(
            f"the journal could not be {what}: {error.strerror}: check its directory and rights"
        )
    name = name_of(error)
    reason = next((text for prefix, text in _REASONS.items() if name.startswith(prefix)), None)
    if reason is None:
        reason = DAMAGED if is_damage(error) else str(error)
    return JournalError(f"the journal could not be {what}: {reason}")
