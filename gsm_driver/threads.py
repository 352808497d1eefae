"""Work that blocks, in threads of our own.

The executor of the event loop belongs to everybody who shares the loop. In Home Assistant it may be full of
what an integration of somebody else waits for, and then nothing that needs it goes on.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


def in_own_thread(function: Callable[[*Ts], T], *arguments: *Ts) -> asyncio.Future[T]:
    """Call it in a thread that ends with it. Whoever is cancelled meanwhile leaves it running."""
    threads = ThreadPoolExecutor(1, "blocking-call")

    def join(call: asyncio.Future[T]) -> None:
        if not call.cancelled():  # then the thread is at its last line; else nobody waits for it
            threads.shutdown()

    call = asyncio.get_running_loop().run_in_executor(threads, function, *arguments)
    call.add_done_callback(join)
    threads.shutdown(wait=False)
    return call
