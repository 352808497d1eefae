"""Disks that are small, full, read-only, or fail: by a file system of our own, and by the kernel."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE = 20 * 1024 * 1024
"""Octets of a small disk: the journal, its reserve of 4 MiB, and a little more."""
_BLOCK = 4096
_SYNCS_AND_WRITES = "fdatasync,fsync,pwrite64"


class MountError(Exception):
    """No file system may be mounted here: a row needs `Need.MOUNT`."""


@dataclass(kw_only=True)
class Disk:
    """A file system in memory; `place` is where it is mounted."""

    place: Path

    @property
    def _ballast(self) -> Path:
        return self.place / "ballast"

    def fill(self, *, leave: int = 0) -> None:
        """Take every block that is left but so many octets."""
        with self._ballast.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(_BLOCK))
        os.truncate(self._ballast, max(0, self._ballast.stat().st_size - leave))

    def free(self) -> None:
        """Make room again."""
        self._ballast.unlink(missing_ok=True)

    def make_read_only(self) -> None:
        """As a kernel does that found errors. Refused while somebody has a file open for writing."""
        subprocess.run(["mount", "-o", "remount,ro", str(self.place)], check=True)

    def make_writable(self) -> None:
        """As somebody does who repaired it."""
        subprocess.run(["mount", "-o", "remount,rw", str(self.place)], check=True)


@contextmanager
def a_disk(place: Path, size: int = SIZE) -> Iterator[Disk]:
    """A disk of so many octets, mounted at a new folder.

    Raises:
        MountError: it may not be mounted here.
    """
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        raise MountError(mounted.stderr.decode(errors="replace").strip())
    try:
        yield Disk(place=place)
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def failing(*injections: str, calls: str = _SYNCS_AND_WRITES) -> tuple[str, ...]:
    """What makes system calls of a program fail, to stand before its command; `Program` takes it as `prefix`.

    An injection is strace's own: ``fdatasync:error=EIO:when=50..52``, ``pwrite64:error=ENOSPC:when=600+``.
    The program keeps its process id, so that it can be killed, and the tracer ends with it.
    """
    words = ["strace", "-D", "--quiet=all", "-f", "-o", os.devnull, "-e", f"trace={calls}"]
    return (*words, *(word for each in injections for word in ("-e", f"inject={each}")))
