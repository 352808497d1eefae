"""A Python program of ours as a process of its own, for tests that read it, signal it and kill it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

from .names import DEADLINE

if TYPE_CHECKING:
    import signal

ROOT = Path(__file__).parents[2]


class Program:
    """Started on entry, killed on exit if it still runs; its output is kept, and waited for by line.

    Args:
        arguments: what follows ``python -m``.
        prefix: a program that starts it, with its own arguments; it must pass on what it is told by signals.
        environment: more of it.
    """

    def __init__(self, *arguments: str, prefix: tuple[str, ...] = (), **environment: str) -> None:
        self.lines: list[str] = []
        self._prefix = prefix
        self._arguments = arguments
        self._environment = environment
        self._changed = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start it."""
        self._process = await asyncio.create_subprocess_exec(
            *self._prefix,
            sys.executable,
            "-m",
            *self._arguments,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **self._environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Kill it, if it still runs."""
        assert self._process is not None
        assert self._reader is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._reader
        await self._process.wait()

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self.lines.append(line.decode().rstrip())
            self._changed.set()
        self._changed.set()

    async def says(self, pattern: str, *, after: int = 0, within: float = DEADLINE) -> re.Match[str]:
        """The first line with this pattern, `after` so many; waits for it, at most so many seconds."""
        try:
            async with asyncio.timeout(within):
                while True:
                    for line in self.lines[after:]:
                        if found := re.search(pattern, line):
                            return found
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"never said {pattern!r}, but:\n{self.output}") from None

    def said(self, words: str) -> list[str]:
        """The lines so far that hold these words."""
        return [line for line in self.lines if words in line]

    @property
    def pid(self) -> int:
        """Of the process that was started."""
        assert self._process is not None
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """It runs no more."""
        assert self._process is not None
        return self._process.returncode is not None

    def signal(self, number: signal.Signals) -> None:
        """Send it."""
        assert self._process is not None
        self._process.send_signal(number)

    async def ends(self) -> int:
        """The exit status."""
        assert self._process is not None
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._process.wait()
        except TimeoutError:
            raise AssertionError(f"it still runs, and said:\n{self.output}") from None

    @property
    def output(self) -> str:
        """All lines so far."""
        return "\n".join(self.lines)
