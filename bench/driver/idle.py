"""What a client uses while nothing happens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bench.driver.stand import Stand
from bench.driver.usage import cpu_seconds, resident_bytes

if TYPE_CHECKING:
    from bench.driver.roster import Entry

SETTLE = 3.0  # seconds after the set-up


async def measure_idle(entry: Entry, *, seconds: float) -> dict[str, Any]:
    """CPU share and bytes on the line over a window."""
    client = entry.start()
    async with Stand() as stand:
        await client.start(stand.path)
        try:
            await asyncio.sleep(SETTLE)
            before, cpu = stand.counters, cpu_seconds(client.pid)
            await asyncio.sleep(seconds)
            after = stand.counters
            octets = after.from_host - before.from_host + after.to_host - before.to_host
            return {
                "cpu_percent": (cpu_seconds(client.pid) - cpu) / seconds * 100,
                "bytes_per_minute": octets / seconds * 60,
                "turns_per_minute": (after.turns - before.turns) / seconds * 60,
                "memory_mb": resident_bytes(client.pid) / 1e6,
            }
        finally:
            await client.stop()
