"""A modem that answers by a script: what must be written, and what then comes, at which time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gsm_driver.link import Link

if TYPE_CHECKING:
    from collections.abc import Callable

    Reply = bytes | tuple[float, bytes]  # at once, or that many seconds after the write


class ScriptedWire:
    """The transport of a `Link` of its own.

    Each step is the bytes of one write and the replies to it. A write that the script does not have is kept
    in `unexpected`; the test ends by `finish`, which fails then.
    """

    def __init__(
        self, *steps: tuple[bytes, *tuple[Reply, ...]], trace: Callable[[str, str], None] | None = None
    ) -> None:
        self.link = Link(trace=trace)
        self.link.attach(self)
        self.steps = list(steps)
        self.unexpected: list[bytes] = []
        self.writes: list[tuple[float, bytes]] = []  # seconds from the start
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._is_closed = False

    @property
    def elapsed(self) -> float:
        """Virtual seconds from the start."""
        return round(self._loop.time() - self._started, 3)

    def write(self, data: bytes, /) -> None:
        self.writes.append((self.elapsed, data))
        if self.steps and self.steps[0][0] == data:
            _, *replies = self.steps.pop(0)
            for reply in replies:
                self.say(*((0.0, reply) if isinstance(reply, bytes) else reply))
        else:
            self.unexpected.append(data)

    def say(self, delay: float, data: bytes) -> None:
        """The modem sends something later."""
        self._loop.call_later(delay, self.link.data_received, data)

    def unplug(self, delay: float = 0.0) -> None:
        """The port goes away."""
        error = OSError(5, "Input/output error")
        self._loop.call_later(delay, self.link.connection_lost, error)

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._loop.call_soon(self.link.connection_lost, None)

    def finish(self) -> None:
        """All that the script has was written, and nothing else."""
        assert self.unexpected == []
        assert self.steps == []
