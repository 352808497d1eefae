"""Ctrl-C, SIGTERM and SIGHUP: the work is cancelled, which lets go of a modem cleanly; then it is told."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from gsm_driver.models import SegmentReference

    Account = Callable[["Interruption"], Exception]

T = TypeVar("T")

_NAMES = {"SIGINT": "Ctrl-C", "SIGTERM": "SIGTERM", "SIGHUP": "the end of its terminal"}  # Windows: no SIGHUP


class Interruption(Exception):  # noqa: N818 - an end that somebody wished is no error
    """Somebody ended the command.

    Attributes:
        number: the signal.
        accepted: what the network has of a message.
    """

    def __init__(
        self, number: signal.Signals, text: str = "", accepted: tuple[SegmentReference, ...] = ()
    ) -> None:
        super().__init__(f"ended by {_NAMES[number.name]}{text and '; '}{text}")
        self.number = number
        self.accepted = accepted

    def with_account(self, text: str, accepted: tuple[SegmentReference, ...] = ()) -> Interruption:
        """The same, with what it left behind."""
        return Interruption(self.number, text, accepted)


async def until_ended(work: Coroutine[Any, Any, T], account: Account) -> T:
    """Run the work; a signal cancels it, and once it has let go, `account` says what to raise.

    A second signal cancels what is done to let go. Signals that are ignored (nohup) stay ignored.
    """
    task = asyncio.current_task()
    heard: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        heard.append(number)
        if task is not None:
            task.cancel()

    with _heeding(end):
        try:
            return await work
        except asyncio.CancelledError:
            if not heard:
                raise
            raise account(Interruption(heard[0])) from None


@contextlib.contextmanager
def _heeding(end: Callable[[signal.Signals], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    ours = []
    for number in (signal.Signals[name] for name in _NAMES if name in signal.Signals.__members__):
        if signal.getsignal(number) is signal.SIG_IGN:
            continue
        # Windows has no handlers on the loop, and only the main thread has any: there Ctrl-C alone is heeded.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, end, number)
            ours.append(number)
    try:
        yield
    finally:
        for number in ours:
            loop.remove_signal_handler(number)
