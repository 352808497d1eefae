"""Time, handed in. Nothing in this package reads a clock of its own, so tests own all time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Wall time for what people and the journal see, monotonic time for waiting."""

    def now(self) -> datetime:
        """The wall clock: aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never jump; the scale of every `deadline` here."""

    async def sleep_until(self, deadline: float) -> None:
        """Return when `monotonic()` has reached `deadline`."""

    async def wait(self, event: asyncio.Event, deadline: float | None = None) -> bool:
        """Wait for `event`: True when it is set, False when `deadline` came first; None waits without end."""


def lead_of(clock: Clock) -> timedelta:
    """Wall time over monotonic time: it changes only when the wall clock is set."""
    return clock.now() - _EPOCH - timedelta(seconds=clock.monotonic())


class LoopClock:
    """Waiting on the time of the running event loop. A loop with virtual time makes it virtual."""

    def monotonic(self) -> float:
        """The loop's own time in seconds."""
        return asyncio.get_running_loop().time()

    async def sleep_until(self, deadline: float) -> None:
        """Sleep to a time of the loop."""
        await asyncio.sleep(max(0.0, deadline - self.monotonic()))

    async def wait(self, event: asyncio.Event, deadline: float | None = None) -> bool:
        """Wait for `event` to a time of the loop."""
        try:
            async with asyncio.timeout_at(deadline):
                await event.wait()
        except TimeoutError:
            return event.is_set()
        return True


class SystemClock(LoopClock):
    """The clock of this machine."""

    def now(self) -> datetime:
        """Wall time of this machine."""
        return datetime.now(UTC)
