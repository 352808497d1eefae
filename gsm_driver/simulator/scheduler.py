"""Time for the simulator: it is passed in, so a test can own it."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Timer(Protocol):
    """Something that will be called, unless it is cancelled before."""

    def cancel(self) -> None:
        """Do not call it any more; harmless afterwards."""


class Scheduler(Protocol):
    """A clock that calls back."""

    def now(self) -> float:
        """Seconds on a clock that only goes forward."""

    def call_later(self, delay: float, callback: Callable[[], object]) -> Timer:
        """Call `callback` once, `delay` seconds from now. Equal times keep their order."""

    def cancel_all(self) -> None:
        """Nothing that was planned happens."""

    @property
    def is_idle(self) -> bool:
        """Nothing is planned."""


class LoopTimer:
    """A timer of the `LoopScheduler`."""

    def __init__(self, planned: set[LoopTimer], callback: Callable[[], object]) -> None:
        self._planned = planned
        self._callback = callback
        self.handle: asyncio.Handle | None = None
        planned.add(self)

    def cancel(self) -> None:
        """Do not call it any more."""
        self._planned.discard(self)
        if self.handle is not None:
            self.handle.cancel()

    def fire(self) -> None:
        """It is due."""
        self._planned.discard(self)
        self._callback()


class LoopScheduler:
    """The time of the running asyncio loop, real or virtual."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._planned: set[LoopTimer] = set()

    def now(self) -> float:
        """Seconds of the loop's clock."""
        return self._loop.time()

    def call_later(self, delay: float, callback: Callable[[], object]) -> LoopTimer:
        """Call once on the loop; without a delay in the loop's next round, so order is kept."""
        timer = LoopTimer(self._planned, callback)
        loop = self._loop
        timer.handle = loop.call_soon(timer.fire) if delay <= 0 else loop.call_later(delay, timer.fire)
        return timer

    def cancel_all(self) -> None:
        """Nothing that was planned happens."""
        for timer in tuple(self._planned):
            timer.cancel()

    @property
    def is_idle(self) -> bool:
        """Nothing is planned."""
        return not self._planned


class SteppedTimer:
    """A timer of the `SteppedScheduler`."""

    def __init__(self, callback: Callable[[], object]) -> None:
        self._callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        """Forget the callback."""
        self._callback = None

    def fire(self) -> None:
        """Call the callback unless it was cancelled."""
        if self._callback is not None:
            self._callback()


class SteppedScheduler:
    """Time that stands still until a test moves it."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._order = count()
        self._timers: list[tuple[float, int, SteppedTimer]] = []

    def now(self) -> float:
        """Seconds since the start, as moved by `advance`."""
        return self._now

    def call_later(self, delay: float, callback: Callable[[], object]) -> SteppedTimer:
        """Call once when `advance` reaches the time."""
        timer = SteppedTimer(callback)
        heapq.heappush(self._timers, (self._now + max(delay, 0.0), next(self._order), timer))
        return timer

    def cancel_all(self) -> None:
        """Nothing that was planned happens."""
        self._timers.clear()

    @property
    def is_idle(self) -> bool:
        """Nothing is planned."""
        return not self._timers

    def advance(self, seconds: float = 0.0) -> None:
        """Move the time and run everything that falls due, in order."""
        end = self._now + seconds
        while self._timers and self._timers[0][0] <= end:
            due, _, timer = heapq.heappop(self._timers)
            self._now = due
            timer.fire()
        self._now = end
