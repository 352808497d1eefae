"""A machine of one's own for one process: its /dev and /sys, in which serial ports come and go by any name.

The process gets a mount namespace. Its /sys is a folder with USB devices as files, its /dev has what a
program needs and the ports that are plugged in: pseudo-terminals under the names that a kernel gives to USB
modems.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.driver.fake_system import FakeSystem, Interface

if TYPE_CHECKING:
    from pathlib import Path

COMMAND_TIMEOUT = 20.0  # seconds for a mount
_ENTER = """
set -e
dev=$1 sys=$2
for name in null zero full random urandom tty; do touch "$dev/$name"; done
for name in pts shm; do mkdir "$dev/$name"; done
for name in null zero full random urandom tty pts shm; do mount --rbind "/dev/$name" "$dev/$name"; done
ln -s /proc/self/fd "$dev/fd"
mount --rbind "$dev" /dev
mount --rbind "$sys" /sys
shift 2
exec "$@"
"""


class Machine:
    """A bus, and the names of its ports.

    Args:
        folder: of the machine's own files; empty.
    """

    def __init__(self, folder: Path) -> None:
        self._dev = folder / "dev"
        self._by_id = self._dev / "serial" / "by-id"
        self._by_id.mkdir(parents=True)
        self._system = FakeSystem(folder)
        self.prefix: tuple[str, ...] = ("unshare", "--mount", "sh", "-c", _ENTER, "machine")
        self.prefix += (str(self._dev), str(self._system.sys_root))

    def plug(
        self,
        pid: int,
        pty: Path,
        tty: str,
        place: str,
        vendor_and_product: tuple[int, int],
        *,
        interface: int = 0,
        serial: str = "",
        name: str = "",
        by_id: str = "",
    ) -> None:
        """A device comes, and the process `pid` in this machine sees it.

        Args:
            pid: of the process that was started with `prefix`.
            pty: what is behind its port.
            tty: how the kernel calls that: ``ttyUSB2``.
            place: the socket, ``1-1``.
            vendor_and_product: its USB numbers.
            interface: whose port it is.
            serial: what the device says of itself …
            name: … and what it is called.
            by_id: the name that udev makes, if any.
        """
        self._system.plug(
            place, *vendor_and_product, Interface(interface, tty), serial=serial, name=name or "Modem"
        )
        (self._dev / tty).touch()
        enter = ("nsenter", "--target", str(pid), "--mount", "mount", "--bind", str(pty.resolve()))
        subprocess.run([*enter, f"/dev/{tty}"], check=True, timeout=COMMAND_TIMEOUT)
        if by_id:
            (self._by_id / by_id).unlink(missing_ok=True)
            (self._by_id / by_id).symlink_to(f"../../{tty}")

    def unplug(self, tty: str, place: str, *, by_id: str = "") -> None:
        """It goes, with the names of its port."""
        self._system.unplug(place)
        (self._dev / tty).unlink()  # and with it what is mounted there elsewhere
        if by_id:
            (self._by_id / by_id).unlink()
