"""The signals of the daemon."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_STOPPING = (signal.SIGTERM, signal.SIGINT)


def stop_signal() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; the second ends the process at once, which loses nothing."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        stop.set()
        for number in _STOPPING:
            loop.remove_signal_handler(number)

    for number in _STOPPING:
        loop.add_signal_handler(number, on_signal)
    return stop


def on_hangup(act: Callable[[], None]) -> None:
    """Call `act` at each SIGHUP."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, act)
