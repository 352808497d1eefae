"""Room on the disk that is kept for what must still be written when there is no other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .files import beside

if TYPE_CHECKING:
    from pathlib import Path

# In bytes. A message takes about five commits of a few pages each until it is delivered, and the pages of the
# write-ahead log are used again: this carries some hundred messages.
SIZE = 4 * 1024 * 1024


class Reserve:
    """A file without contents beside the journal. When the disk is full it is given up."""

    def __init__(self, journal: Path, size: int = SIZE) -> None:
        self._path = beside(journal, ".reserve")
        self._size = size
        self.is_held = False

    def hold(self) -> bool:
        """Take the room if there is any; False: there is none."""
        if self.is_held:
            return True
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(handle, 0, self._size)
        except OSError:
            self._path.unlink(missing_ok=True)
        else:
            self.is_held = True
        finally:
            os.close(handle)
        return self.is_held

    def regain(self) -> bool:
        """Take it again once there is as much besides, so that it is not given up at the next moment."""
        system = os.statvfs(self._path.parent)
        return self.is_held or (system.f_bavail * system.f_frsize >= 2 * self._size and self.hold())

    def give_up(self) -> bool:
        """Let others have the room, also that of an earlier process; False: it was gone before."""
        self.is_held = False
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
