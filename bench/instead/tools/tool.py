"""A tool as the referee sees it, and how its processes are started and killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
import time
from asyncio.subprocess import DEVNULL
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bench.driver.client import ROOT, ClientError, end_process
from bench.driver.usage import family

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK = 0.02  # seconds between looks at whether a program is ready
_LOG_TAIL = 600  # characters


class Tool(Protocol):
    """One tool on one port. What it keeps outlives its process.

    Attributes:
        pid: of the process it is now.
        patience: seconds without any progress after which nothing more is to be expected of it.
    """

    pid: int
    patience: float

    async def start(self, port: str) -> None:
        """Start it, or start it again on what it left; returns when it is ready. Raises `ClientError`."""

    async def give(self, index: int, text: str) -> bool:
        """Hand over one alarm; False: nobody took it, and whoever has it tries again."""

    async def gave_up(self) -> set[int]:
        """The alarms that it has given up, as far as it tells."""

    async def settle(self) -> None:
        """Wait until it has nothing more to do, as far as that can be known."""

    async def stop(self) -> None:
        """End it, for good."""


class Program:
    """One process with its output in a log, in a folder that outlives it."""

    def __init__(self) -> None:
        self.pid = 0
        self._place = tempfile.TemporaryDirectory(prefix="bench-instead-", dir=_place())
        self.folder = Path(self._place.name)
        self.process: asyncio.subprocess.Process | None = None
        self.log = self.folder / "log"

    async def launch(self, *command: str, stdin: int = DEVNULL, **environment: str) -> None:
        """Start it in a session of its own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        with self.log.open("wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command,
                cwd=ROOT,
                env={**kept, **environment},
                stdin=stdin,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid = self.process.pid

    async def until(self, is_ready: Callable[[str], bool], *, within: float) -> None:
        """Wait for something in the log; ends the program and raises `ClientError` if it does not come."""
        end = time.monotonic() + within
        while not is_ready(said := self.log.read_text(errors="replace")):
            if time.monotonic() > end or self.process is None or self.process.returncode is not None:
                await self.end()
                raise ClientError(f"it was not ready within {within:g} s: {said[-_LOG_TAIL:]}")
            await asyncio.sleep(LOOK)

    async def end(self) -> None:
        """SIGTERM, then SIGKILL; and whatever it left."""
        if self.process is not None:
            await end_process(self.process)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)  # its own session, and nothing else

    async def stop(self) -> None:
        """End it and forget its folder."""
        await self.end()
        self._place.cleanup()


def kill(pid: int) -> None:
    """All at once: the process and what it started, as when a service is killed."""
    for each in family(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def _place() -> Path:
    """On the disk of the repository: the folder for temporary files may be in memory."""
    folder = ROOT / ".cache"
    folder.mkdir(exist_ok=True)
    return folder
