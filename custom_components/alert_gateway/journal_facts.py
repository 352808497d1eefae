"""How large the journal is, and when it last took something. Reads the disk: not for the event loop."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFacts:
    """The file with its log."""

    size: int  # octets
    last_commit: datetime | None  # None: there is no file


def look_at_journal(file: Path) -> JournalFacts:
    """Return what the disk says of a journal that may be in use."""
    size, newest = 0, 0.0
    for part in (file, file.with_name(f"{file.name}-wal")):
        with suppress(OSError):  # not there yet, or on a disk that is gone
            status = part.stat()
            size, newest = size + status.st_size, max(newest, status.st_mtime)
    return JournalFacts(size=size, last_commit=datetime.fromtimestamp(newest, UTC) if newest else None)
