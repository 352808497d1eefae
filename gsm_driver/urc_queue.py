"""Unsolicited result codes on their way to whoever reads them: in order, bounded, a loss is told."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsm_driver.at.urc import Urc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MAX_WAITING = 1_024  # ZTE sticks flood with one every few seconds: an hour of nobody reading


@dataclass(frozen=True, slots=True, kw_only=True)
class UrcsLost:
    """Some were dropped: nobody read them in time, or a line was endless. Ask for what they told."""

    count: int


LinkEvent = Urc | UrcsLost


class UrcQueue:
    """One reader. Of a full queue the newest are dropped, and counted in their place."""

    def __init__(self) -> None:
        self._waiting: deque[LinkEvent] = deque()
        self._changed = asyncio.Event()
        self._is_closed = False

    def put(self, urc: Urc) -> None:
        """Append."""
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append(urc)
            self._changed.set()
        else:
            self.put_loss()

    def put_loss(self) -> None:
        """One that could not be kept."""
        last = self._waiting[-1] if self._waiting else None
        if isinstance(last, UrcsLost):
            self._waiting[-1] = UrcsLost(count=last.count + 1)
        else:
            self._waiting.append(UrcsLost(count=1))
        self._changed.set()

    def close(self) -> None:
        """Nothing more will come; what waits is still read."""
        self._is_closed = True
        self._changed.set()

    async def read(self) -> AsyncIterator[LinkEvent]:
        """All, in order, until the queue is closed and empty."""
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self._is_closed:
                return
            self._changed.clear()
            await self._changed.wait()
