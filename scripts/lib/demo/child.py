"""The programs that the demo starts: each writes to its own log file and ends with the demo."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
STOP_TIMEOUT = 30.0  # seconds; Home Assistant writes its state when it stops, usually within 3
LOG_TAIL = 25  # lines that are shown when something went wrong


class DemoError(Exception):
    """The demo cannot go on; the text says why and where to look."""


class Child:
    """One running program."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self._process = process
        self._log = log

    @classmethod
    async def start(cls, name: str, command: Sequence[str], log: Path, *, cwd: Path) -> Child:
        """Start a program in a session of its own, so that Ctrl-C reaches the demo only."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=cwd,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_the_parent,
            )
        return cls(name, process, log)

    def require_alive(self) -> None:
        """Raise `DemoError` with the last lines of its log if the program has ended."""
        if (code := self._process.returncode) is not None:
            raise DemoError(f"{self.name} ended with code {code}. Its last lines:\n{self.log_tail()}")

    def log_tail(self) -> str:
        """The last lines of the log."""
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-LOG_TAIL:])

    async def stop(self) -> None:
        """Ask it to end; after `STOP_TIMEOUT` make it."""
        if self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), STOP_TIMEOUT)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def _end_with_the_parent() -> None:
    if sys.platform == "linux":  # elsewhere a demo that is killed leaves its programs behind
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
