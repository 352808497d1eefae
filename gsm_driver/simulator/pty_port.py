"""The end of the line that other programs open like a serial port."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

if sys.platform != "win32":
    import tty

if TYPE_CHECKING:
    from types import TracebackType

    from .simulator import Simulator

READ_SIZE = 4096  # bytes; a pty holds no more
MAX_UNREAD = 65536  # bytes kept for a host that does not read; then the line drops, as a UART does


class PtyPort:
    """A pseudo-terminal in raw mode; use as ``async with run_pty(simulator) as port``.

    Unplugging closes it, plugging in makes a new one. `path` is what a host opens: the link if there is one.
    """

    def __init__(self, simulator: Simulator, link: Path | None) -> None:
        self._simulator = simulator
        self._link = link
        self._loop = asyncio.get_running_loop()
        self._master = -1
        self._slave = -1  # kept open, else the master ends when the host closes the port
        self._unread = bytearray()
        self._open()
        simulator.line.ends.append(self)

    @property
    def path(self) -> Path:
        """What a host opens."""
        return self._link or Path(os.ttyname(self._slave))

    def close(self) -> None:
        """Take the port away for good."""
        if self in self._simulator.line.ends:
            self._simulator.line.ends.remove(self)
            self.port_gone()

    async def __aenter__(self) -> Self:
        """The port is open already."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the port."""
        self.close()

    # --- the modem's side ---------------------------------------------------------------------------------

    def data_from_modem(self, data: bytes) -> None:
        """Write as much as the pty takes now, the rest when it can."""
        if self._master < 0:
            return
        if not self._unread:
            self._loop.add_writer(self._master, self._write_ready)
        self._unread += data
        del self._unread[MAX_UNREAD:]
        self._write_ready()

    def port_gone(self) -> None:
        """Close both ends: the host reads end of file or gets EIO."""
        if self._master < 0:
            return
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1
        self._unread.clear()
        if self._link is not None:
            self._link.unlink(missing_ok=True)

    def port_back(self, name: str) -> None:
        """Open again; a link gets the new name."""
        if self._link is not None:
            self._link = self._link.with_name(name)
        self._open()

    def _open(self) -> None:
        if sys.platform == "win32":
            raise OSError("this system has no pseudo-terminals; use a TCP port")
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        try:
            self._make_link()
        except OSError:
            os.close(self._master)
            os.close(self._slave)
            raise
        self._loop.add_reader(self._master, self._read_ready)

    def _make_link(self) -> None:
        if self._link is None:
            return
        if self._link.is_symlink():  # of an earlier run; anything else is somebody's and stays
            self._link.unlink()
        self._link.symlink_to(os.ttyname(self._slave))

    def _read_ready(self) -> None:
        try:
            data = os.read(self._master, READ_SIZE)
        except BlockingIOError:
            return
        self._simulator.line.write_from_host(data)

    def _write_ready(self) -> None:
        try:
            written = os.write(self._master, self._unread)
        except BlockingIOError:
            return
        del self._unread[:written]
        if not self._unread:
            self._loop.remove_writer(self._master)


def run_pty(simulator: Simulator, link: Path | None = None) -> PtyPort:
    """Offer the modem on a new pseudo-terminal, with a symbolic link to it if `link` is given.

    Needs a running loop. The link's last part becomes the port's name: it may come back under another.

    Raises:
        OSError: there is no pseudo-terminal, or the link cannot be made: no folder, or a file is there.
    """
    if link is not None:
        simulator.name = link.name
    return PtyPort(simulator, link)
