"""Messages a second, bytes and turns for each, CPU for a thousand."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any

from bench.driver.client import ClientError
from bench.driver.stand import BAUD, PHONE, Stand
from bench.driver.texts import numbered
from bench.driver.usage import cpu_seconds, resident_bytes
from bench.floor import demand

if TYPE_CHECKING:
    from bench.driver.client import Client
    from bench.driver.roster import Entry

WITHIN = 60.0  # seconds for one series; what was sent by then counts
SETTLE = 1.5  # seconds in which everybody has looked into the message memories


async def measure_sending(
    entry: Entry, *, count: int, baud: int | None, length: int, segments: int
) -> dict[str, Any]:
    """Send `count` texts of `length` characters, each of so many segments."""
    client = entry.start()
    async with Stand(baud=baud) as stand:
        await client.start(stand.path)
        try:
            await _warm_up(stand, client, length)
            before, submitted = stand.counters, stand.submitted
            client_cpu, own_cpu = cpu_seconds(client.pid), time.process_time()
            started = time.monotonic()
            await client.send(PHONE, numbered(count, length))
            await stand.until(submitted=submitted + count * segments, within=WITHIN)
            seconds = time.monotonic() - started
            sent = (stand.submitted - submitted) / segments
            if not sent:
                raise ClientError(f"nothing was sent within {WITHIN:g} s")
            after = stand.counters
            octets = after.from_host - before.from_host + after.to_host - before.to_host
            return {
                "messages": sent,
                "messages_per_second": sent / seconds,
                "turns": (after.turns - before.turns) / sent,
                "bytes": octets / sent,
                "cpu_per_1000": (cpu_seconds(client.pid) - client_cpu) / sent * 1000,
                "stand_cpu_share": (time.process_time() - own_cpu) / seconds,
                "memory_mb": resident_bytes(client.pid) / 1e6,
                "load": os.getloadavg()[0],
            }
        finally:
            await client.stop()


async def _warm_up(stand: Stand, client: Client, length: int) -> None:
    """Let it finish its start, and send one message before it counts: imports, caches, AT+CMMS."""
    await asyncio.sleep(SETTLE)
    await client.send(PHONE, ["first".ljust(length, ".")])
    await stand.until(delivered=1, within=WITHIN)
    await asyncio.sleep(SETTLE)


def line_limit(length: int) -> float:
    """Messages a second that `BAUD` allows: both directions in turn, nothing else."""
    return 1 / demand(length).seconds(BAUD)
