"""A drive of our own: ext4 in a file, which loses its power or becomes read-only while programs write to it.

Unlike what `disks` has, this is the kernel's doing: its cache is lost, or it finds the file system faulty.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 32 * 1024 * 1024
"""Octets: the journal, its reserve, and room that no row needs."""
_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN of <linux/ext4.h>
_WITHOUT_LOG = 2  # EXT4_GOING_FLAGS_NOLOGFLUSH: what is on its way is lost, the log too
_PLACES = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}


class DriveError(Exception):
    """There can be none here: a row needs `Need.DRIVE`."""


@dataclass(kw_only=True)
class Drive:
    """One file system; `place` is where it is mounted, `image` is what a screwdriver would find."""

    place: Path
    image: Path

    def lose_power(self) -> None:
        """What was not synced is gone; until `come_back`, whoever writes hears of an error."""
        handle = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, _SHUTDOWN, struct.pack("I", _WITHOUT_LOG))
        finally:
            os.close(handle)

    def turn_read_only(self) -> None:
        """As the kernel does when it finds the file system faulty, also for files that are open."""
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
        device = next(line.split(" ")[0] for line in mounts if line.split(" ")[1] == str(self.place))
        Path(f"/sys/fs/ext4/{Path(device).name}/trigger_fs_error").write_text("1", encoding="ascii")

    def come_back(self) -> None:
        """Mount what is on it anew, as a machine does that starts.

        A copy of it: as long as anybody knows the first one, the kernel would go on with what it had in hand.
        """
        self.unmount()
        following = self.image.with_suffix(".again.img")
        shutil.copy(self.image, following)
        self.image = following
        self.mount()

    def unmount(self) -> None:
        """Take it away, also from whoever still has a file open."""
        subprocess.run(["umount", "--lazy", str(self.place)], check=True)

    def mount(self) -> None:
        """Let it be there.

        Raises:
            DriveError: this machine does not let us.
        """
        _run("mount", "-t", "ext4", "-o", "loop,errors=remount-ro", str(self.image), str(self.place))


@contextmanager
def a_drive(place: Path, size: int = SIZE) -> Iterator[Drive]:
    """A drive of so many octets, mounted at a new folder; its image is beside it.

    Raises:
        DriveError: this machine does not let us.
    """
    place.mkdir()
    drive = Drive(place=place, image=place.with_name(f"{place.name}.img"))
    with drive.image.open("wb") as file:
        file.truncate(size)
    _run("mkfs.ext4", "-q", "-F", str(drive.image))
    drive.mount()
    try:
        yield drive
    finally:
        drive.unmount()


def why_no_drive() -> str:
    """Why there can be none here; empty if there can."""
    with tempfile.TemporaryDirectory() as place:
        try:
            with a_drive(Path(place) / "drive", size=1 << 20):
                pass
        except DriveError as error:
            return f"no drive of our own can be mounted here ({error}): it takes root, ext4 and loop devices"
    return ""


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, check=False, env=_PLACES)
    except OSError as error:
        raise DriveError(str(error)) from error
    if done.returncode != 0:
        raise DriveError(done.stderr.decode(errors="replace").strip())
