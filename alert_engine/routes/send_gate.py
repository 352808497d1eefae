"""Messages that a modem has in hand; and holding back further ones, while something is done to the modem."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alert_engine.clock import Clock


class SendGate:
    """Open unless `held`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._passing = 0
        self._idle = asyncio.Event()
        self._reasons: list[str] = []

    @property
    def held_for(self) -> str:
        """Why no message may begin; empty: it may."""
        return self._reasons[0] if self._reasons else ""

    @contextmanager
    def passing(self) -> Iterator[None]:
        """A message is in hand."""
        self._passing += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._passing -= 1
            if not self._passing:
                self._idle.set()

    @contextmanager
    def held(self, reason: str) -> Iterator[None]:
        """No message begins meanwhile."""
        self._reasons.append(reason)
        try:
            yield
        finally:
            self._reasons.remove(reason)

    async def idle(self, within: float) -> bool:
        """Wait so many seconds for what is in hand; False: something still is."""
        if self._passing:
            await self._clock.wait(self._idle, self._clock.monotonic() + within)
        return not self._passing
