"""Time for the reference modem: nothing that it does takes any.

A timer fires a little late, and what it calls takes a while. On a real line the modem's UART would not wait
for that. So while something is done that was due at a moment, it is that moment: what the modem sends then
leaves on time, and only what the client needs is counted, and the way through the pseudo-terminal.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

from gsm_driver.simulator import LoopScheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from gsm_driver.simulator.scheduler import LoopTimer

T = TypeVar("T")


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


def run_exactly(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` with timers of microseconds: the usual epoll rounds up to milliseconds."""

    def new_loop() -> asyncio.AbstractEventLoop:
        return asyncio.SelectorEventLoop(selectors.SelectSelector())

    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(work)
