"""Time for the reference modem: nothing that it does takes any.

A timer fires a little late, and what it calls takes a while. On a real line the modem's UART would not wait
for that. So while something is done that was due at a moment, it is that moment: what the modem sends then
leaves on time, and only what the client needs is counted, and the way through the pseudo-terminal.

A program that slept is late by what it takes to wake it, on a virtual machine a tenth of a millisecond. So
the stand wakes a little before something is due, and watches the clock from then on.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import TYPE_CHECKING, Any, TypeVar

from gsm_driver.simulator import LoopScheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from gsm_driver.simulator.scheduler import LoopTimer

T = TypeVar("T")

AWAKE_BEFORE = 0.0002  # seconds before something is due; waking up was seen to take 0.1 ms


class ExactScheduler(LoopScheduler):
    """The running loop's time, without the lateness of its timers."""

    def __init__(self) -> None:
        super().__init__()
        self._moment: float | None = None  # at which something that is done now was due

    def now(self) -> float:
        """Seconds of the loop's clock."""
        return super().now() if self._moment is None else self._moment

    def call_later(self, delay: float, callback: Callable[[], object]) -> LoopTimer:
        """Call once, and let it be then what the delay says."""
        due = self.now() + max(delay, 0.0)

        def call() -> None:
            self._moment = due
            try:
                callback()
            finally:
                self._moment = None

        return super().call_later(due - super().now(), call)


class PunctualSelector(selectors.SelectSelector):
    """Returns when the time has come, to microseconds; the usual epoll rounds up to milliseconds."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready within `timeout` seconds; None: wait for ever."""
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        due = time.monotonic() + timeout
        ready = super().select(max(timeout - AWAKE_BEFORE, 0))
        while not ready and time.monotonic() < due:
            ready = super().select(0)
        return ready


def run_exactly(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` with timers of microseconds."""
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(PunctualSelector())) as runner:
        return runner.run(work)
