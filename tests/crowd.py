"""The executor of the event loop, full of what somebody else waits for."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_THREADS = 100  # more than any executor has by itself


@contextmanager
def crowded_executor() -> Iterator[None]:
    """As long as this is open nothing that is given to the executor of the running loop is begun."""
    gate, loop = threading.Event(), asyncio.get_running_loop()
    for _ in range(_THREADS):
        loop.run_in_executor(None, gate.wait)
    try:
        yield
    finally:
        gate.set()
