"""The journal's files: made for their owner only, locked against a second gateway, kept over a power cut."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path


def beside(path: Path, suffix: str) -> Path:
    """The file next to the journal that belongs to it."""
    return path.with_name(f"{path.name}{suffix}")


def make_private(path: Path) -> None:
    """Create the file if it is not there, for its owner only."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def make_folder(folder: Path) -> None:
    """Make it, and those above it that are not there, for their owner only.

    ``mkdir(parents=True)`` gives only the last one the mode: in one above it that the umask left open, others
    could put a folder of theirs in its place.
    """
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def lock(path: Path) -> int:
    """Create the directory for the owner only, and keep other processes out until the result is closed.

    Raises:
        JournalError: another process uses the journal.
        OSError: the directory cannot be made or written.
    """
    make_folder(path.parent)
    # Not the file itself: closing any handle of it would drop SQLite's own POSIX locks.
    handle = os.open(beside(path, ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise JournalError(
            f"the journal {path} is used by another process: "
            "two gateways on one journal would send everything twice"
        ) from error
    return handle


def sync_directory(directory: Path) -> None:
    """Make the names of new files survive a power cut."""
    handle = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_private(path: Path, text: str) -> None:
    """Replace a small file, whole or not at all, for its owner only."""
    draft = beside(path, ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    draft.replace(path)
    sync_directory(path.parent)
