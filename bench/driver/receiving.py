"""From the announcement to the consumer: latency, turns and bytes, and a burst."""

from __future__ import annotations

import asyncio
import random
import time
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from bench.driver.stand import Stand, seconds_on_wire
from bench.driver.texts import replies
from bench.driver.usage import cpu_seconds
from gsm_driver.pdu.segmentation import plan_sms

if TYPE_CHECKING:
    from bench.driver.client import Client
    from bench.driver.roster import Entry

WITHIN = 10.0  # seconds for one message; what did not come by then never came
MAX_MISSED = 5  # messages that never came, after which the client is left alone
SETTLE = 1.5  # seconds in which everybody has deleted what it received
PAUSE = (0.03, 0.09)  # seconds between messages, drawn: pollers must not fall into step
LOOK = 0.002  # seconds between looks at what the client has told
# Announcement, AT+CMGR, header and final result code, for a slot of one digit and a length of two.
AROUND = len(b'\r\n+CMTI: "SM",1\r\n' + b"AT+CMGR=1\r" + b"\r\n+CMGR: 0,,28\r\n" + b"\r\n\r\nOK\r\n")
SMSC_AND_HEAD = 7 + 1 + 1 + 1 + 1 + 6 + 2 + 7 + 1  # octets of the SMS-DELIVER before TP-UD


async def measure_latency(entry: Entry, *, count: int, baud: int | None) -> dict[str, Any]:
    """Messages one by one, each after the one before was received."""
    client = entry.start()
    async with Stand(baud=baud) as stand:
        await client.start(stand.path)
        try:
            await asyncio.sleep(SETTLE)
            before, cpu = stand.counters, cpu_seconds(client.pid)
            latencies = await _one_by_one(stand, client, replies(count))
            await asyncio.sleep(SETTLE)
            after = stand.counters
            octets = after.from_host - before.from_host + after.to_host - before.to_host
            return {
                "received": len(latencies),
                "of": count,
                "latency_ms": median(latencies) * 1000 if latencies else None,
                "latency_p99_ms": quantiles(latencies, n=100)[98] * 1000 if len(latencies) > 1 else None,
                "turns": (after.turns - before.turns) / count,
                "bytes": octets / count,
                "cpu_per_1000": (cpu_seconds(client.pid) - cpu) / count * 1000,
            }
        finally:
            await client.stop()


async def measure_burst(entry: Entry, *, count: int, baud: int | None, within: float) -> dict[str, Any]:
    """All at once."""
    client = entry.start()
    async with Stand(baud=baud) as stand:
        await client.start(stand.path)
        try:
            await asyncio.sleep(SETTLE)
            texts, before = replies(count), stand.counters
            started = time.monotonic()
            for text in texts:
                stand.deliver(text)
            await _until_received(client, texts, within=within)
            await asyncio.sleep(SETTLE)
            after = stand.counters
            received = [client.received[text] - started for text in texts if text in client.received]
            return {
                "received": len(received),
                "of": count,
                "repeats": client.repeats,
                "seconds": max(received, default=None),
                "turns": (after.turns - before.turns) / count,
            }
        finally:
            await client.stop()


async def _one_by_one(stand: Stand, client: Client, texts: list[str]) -> list[float]:
    latencies: list[float] = []
    for number, text in enumerate(texts):
        if number - len(latencies) >= MAX_MISSED:
            break
        stand.deliver(text)
        await _until_received(client, [text], within=WITHIN)
        if text in client.received and text in stand.arrived_at:
            latencies.append(client.received[text] - stand.arrived_at[text])
        await asyncio.sleep(random.uniform(*PAUSE))  # noqa: S311 - no secret
    return latencies


async def _until_received(client: Client, texts: list[str], *, within: float) -> None:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if all(text in client.received for text in texts):
            return
        await asyncio.sleep(LOOK)


def wire_ms(text: str) -> float:
    """Milliseconds that announcement, command and answer need at `BAUD` for this text."""
    payload = plan_sms("0", text).segments[0].user_data.payload
    octets = AROUND + 2 * (SMSC_AND_HEAD + (len(payload) * 7 + 7) // 8)
    return seconds_on_wire(octets) * 1000
