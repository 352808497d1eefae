"""Waiting for a callback to ring, with a deadline, at the price of one future."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


class Bell:
    """One task waits; a callback rings, or the deadline passes.

    The timer stays from one wait to the next. Answers come long before their deadlines, and each deadline is
    mostly later than the one before: so it is set once in seconds, not once for each wait.

    Args:
        loop: the running one.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiter: asyncio.Future[bool] | None = None
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def ring(self) -> None:
        """Let who waits go on. Nobody waits: nothing happens, and nothing is remembered."""
        self._end_wait(has_rung=True)

    async def wait(self, deadline: float) -> bool:
        """Wait for `ring`, at most until `deadline`, in the loop's time; True: it rang."""
        self._deadline = deadline
        if self._timer is None or deadline < self._timer.when():
            self._set_timer()
        self._waiter = self._loop.create_future()
        try:
            return await self._waiter
        finally:
            self._waiter = None

    def close(self) -> None:
        """Ring for the last time and forget the timer."""
        self.ring()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._note_time)

    def _note_time(self) -> None:
        """The timer went off: for this wait, for one that is over, or too early for the present one."""
        is_early = self._timer is not None and self._timer.when() < self._deadline
        self._timer = None
        if self._waiter is None:
            return
        if is_early:
            self._set_timer()
        else:
            self._end_wait(has_rung=False)

    def _end_wait(self, *, has_rung: bool) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(has_rung)
