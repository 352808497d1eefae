"""A client under test, as the referee sees it, and the one kind that is a Python program of ours."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 60.0  # seconds; python-gammu and smstools need several to set a modem up
STOP_TIMEOUT = 5.0  # seconds from SIGTERM to SIGKILL


class ClientError(Exception):
    """A client did not start; the text says why."""


class Client(Protocol):
    """One client on one port.

    Attributes:
        pid: of its process.
        outcomes: index of a text to what the client says became of it: ``accepted`` or ``failed``.
        received: text to the time (monotonic clock) at which the consumer had it.
        repeats: how often the consumer got a text again.
        unknown: how often the client said that it does not know.
    """

    pid: int
    outcomes: dict[int, str]
    received: dict[str, float]
    repeats: int
    unknown: int

    async def start(self, port: str) -> None:
        """Start it and wait until it works. Raises `ClientError`."""

    async def send(self, number: str, texts: Sequence[str]) -> None:
        """Have texts sent, in order; returns at once."""

    async def collect(self) -> None:
        """Bring `outcomes` and `received` up to date, where they do not come by themselves."""

    async def stop(self) -> None:
        """End it, for good."""


class PythonClient:
    """Runs ``bench.driver.clients.<module>``: commands go in as JSON lines, words come out as lines."""

    def __init__(self, module: str, *options: str) -> None:
        self.pid = 0
        self.outcomes: dict[int, str] = {}
        self.received: dict[str, float] = {}
        self.repeats = 0
        self.unknown = 0
        self._module = module
        self._options = options
        self._process: asyncio.subprocess.Process | None = None
        self._ready = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    async def start(self, port: str) -> None:
        """Start the program and wait for its "ready"."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"bench.driver.clients.{self._module}",
            port,
            *self._options,
            cwd=ROOT,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._process, self.pid = process, process.pid
        self._reader = asyncio.create_task(self._read(process))
        try:
            await asyncio.wait_for(self._ready.wait(), START_TIMEOUT)
        except TimeoutError:
            await self.stop()
            raise ClientError(f"{self._module} was not ready within {START_TIMEOUT:g} s") from None

    async def send(self, number: str, texts: Sequence[str]) -> None:
        """One command line; the program answers with one line a text."""
        if self._process is not None and self._process.stdin is not None:
            line = json.dumps({"number": number, "texts": list(texts)}) + "\n"
            self._process.stdin.write(line.encode())

    async def collect(self) -> None:
        """Everything comes by itself."""

    async def stop(self) -> None:
        """End the program."""
        if self._process is not None:
            await end_process(self._process)
        if self._reader is not None:
            await self._reader

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        while process.stdout is not None and (line := await process.stdout.readline()):
            word, _, rest = line.decode().rstrip("\n").partition(" ")
            match word:
                case "ready":
                    self._ready.set()
                case "sent":
                    index, outcome = rest.split()
                    self.outcomes[int(index)] = outcome
                case "unknown":
                    self.unknown += 1
                case "received":
                    at, _, text = rest.partition(" ")
                    self.repeats += text in self.received
                    self.received.setdefault(text, float(at))


async def end_process(process: asyncio.subprocess.Process) -> None:
    """SIGTERM to the process and what it started; SIGKILL for what does not hear that."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT)
