"""Orders from the referee, for programs with an asyncio loop."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from bench.driver.clients.wire import Order, parse_order

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MAX_ORDER = 1 << 22  # bytes: thousands of long texts


async def read_orders() -> AsyncIterator[Order]:
    """Each order, until standard input ends."""
    reader = asyncio.StreamReader(limit=MAX_ORDER)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield parse_order(line)
