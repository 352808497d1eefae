"""An event loop whose clock jumps: a test of a 60 s time-out takes a millisecond, and takes it every time.

When nothing is ready and the next timer is due later, the clock jumps to that timer instead of sleeping.
What happens outside the loop has no virtual duration, so the clock stands still while a `run_in_executor`
call runs, and inside ``with loop.standing_still()`` (for work in threads that the loop does not know of).
Bytes that wait on a socket or pty are read before the clock moves.

::

    @virtual_time.story
    async def test_gives_up_after_a_minute():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60):
                await asyncio.Event().wait()
        assert asyncio.get_running_loop().time() == virtual_time.START + 60
"""

from __future__ import annotations

import asyncio
import functools
import math
import selectors
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from concurrent.futures import Executor

P = ParamSpec("P")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")

START = 1_000.0  # seconds; not 0, so that a forgotten "is it set?" on a time is seen
REAL_WAIT = 20.0  # seconds of real time that anything outside the loop may take


class NothingWillHappenError(RuntimeError):
    """All tasks wait, no timer is set, and nothing came from outside."""


class _JumpingSelector(selectors.DefaultSelector):
    """Polls; never sleeps while the loop's clock may jump instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.holds = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is not None and not self.holds:
            self.now += timeout
            return []
        ready = super().select(REAL_WAIT)
        if not ready:
            raise NothingWillHappenError(f"nothing happened in {REAL_WAIT:g} s, and no timer is set")
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """The loop described at the head of this module."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    @property
    def _clock_resolution(self) -> float:
        """Timers that are due within it run: those that are due now, and none for which time must move.

        With more, whoever waits for such a moment again and again would wait for ever.
        """
        return math.ulp(self._jumping.now)

    @_clock_resolution.setter
    def _clock_resolution(self, _of_the_real_clock: float) -> None:
        """The base class sets it."""

    def time(self) -> float:
        """Virtual seconds, from `START`."""
        return self._jumping.now

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """The clock does not jump while this is open."""
        self._jumping.holds += 1
        try:
            yield
        finally:
            self._jumping.holds -= 1

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """As in the base class, with the clock standing still until it is done."""
        future = super().run_in_executor(executor, func, *args)
        hold = self.standing_still()
        hold.__enter__()
        future.add_done_callback(lambda _: hold.__exit__(None, None, None))
        return future

    async def shutdown_default_executor(self, *limit: float | None) -> None:
        """As in the base class; its time limit is not used up by a jump."""
        with self.standing_still():
            await super().shutdown_default_executor(*limit)


def run(main: Coroutine[Any, Any, T]) -> T:
    """Like asyncio.run, in virtual time; an exception that left a callback is raised too."""
    stray: list[Exception] = []
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _, context: stray.append(_exception_in(context)))
        result = runner.run(main)
    if stray:
        raise stray[0]
    return result


def _exception_in(context: dict[str, Any]) -> Exception:
    """What an exception handler of a loop was called for."""
    exception = context.get("exception")
    return exception if isinstance(exception, Exception) else RuntimeError(context["message"])


def story(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Decorate an async test: it runs in virtual time. Fixtures and parameters work as usual."""

    @functools.wraps(test)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        run(test(*args, **kwargs))

    return wrapped
