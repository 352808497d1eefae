"""The fault table: a hundred messages with a fault of the modem at some of them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.driver.stand import PHONE, Stand
from bench.driver.texts import numbered, replies
from gsm_driver.simulator import Fault, Moment, Unplug, faults

if TYPE_CHECKING:
    from bench.driver.client import Client
    from bench.driver.roster import Entry

TENTH, TWENTIETH = 10, 20
UNPLUGGED = 3.0  # seconds
DEAF = 5.0  # seconds
SLOW_REPORT = 8.0  # seconds: a phone that is on answers in 5 to 30, and so after the deaf time
SMALL_STORAGE = 10  # slots
LOOK = 0.05  # seconds between looks at how far it is
AFTERWARDS = 1.0  # seconds after the last one, in which a double still counts
BETWEEN = 0.05  # seconds between received messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One row of the table."""

    name: str
    faults: tuple[Fault, ...] = ()
    receives: bool = False
    slots: int = 60
    report_latency: float = 0.0  # seconds
    at_once: bool = False  # all received messages come together


def table() -> list[Trouble]:
    """All rows."""
    unplug = Unplug(seconds=UNPLUGGED)
    return [
        Trouble(name="none"),
        Trouble(name="prompt lost", faults=(faults.prompt_lost(every=TENTH),)),
        Trouble(name="prompt without the blank", faults=(faults.prompt_form(b"\r\n>", every=TENTH),)),
        Trouble(name="final result lost", faults=(faults.final_lost(every=TENTH),)),
        Trouble(name="CMS 500, not sent", faults=(faults.submit_error(every=TENTH),)),
        Trouble(name="CMS 500, though sent", faults=(faults.submit_error(sent=True, every=TENTH),)),
        Trouble(
            name="garbage in an answer", faults=(faults.garbage_in_answer(command="+CMGS", every=TENTH),)
        ),
        Trouble(
            name="deaf for 5 s, PDU not sent",
            faults=(faults.deaf_at_submit(DEAF, sent=False, every=TWENTIETH),),
        ),
        Trouble(
            name="deaf for 5 s, PDU sent", faults=(faults.deaf_at_submit(DEAF, sent=True, every=TWENTIETH),)
        ),
        Trouble(
            name="deaf for 5 s, PDU sent, slow report",
            faults=(faults.deaf_at_submit(DEAF, sent=True, every=TWENTIETH),),
            report_latency=SLOW_REPORT,
        ),
        Trouble(
            name="unplugged for 3 s",
            faults=(Fault(moment=Moment.COMMAND, effect=unplug, command="+CMGS", at=(40,)),),
        ),
        Trouble(
            name="received: announcement lost", receives=True, faults=(faults.announcement_lost(every=TENTH),)
        ),
        Trouble(
            name="received: unplugged for 3 s",
            receives=True,
            faults=(Fault(moment=Moment.ANNOUNCE, effect=unplug, command="+CMTI", at=(40,), limit=1),),
        ),
        Trouble(name="received: storage of 10 slots", receives=True, slots=SMALL_STORAGE, at_once=True),
    ]


async def measure_trouble(entry: Entry, trouble: Trouble, *, count: int, within: float) -> dict[str, Any]:
    """One client, one row. The faults begin when the client is ready, and count from there."""
    client = entry.in_trouble()
    async with Stand(slots=trouble.slots, report_latency=trouble.report_latency) as stand:
        await client.start(stand.path)
        try:
            stand.simulator.modem.faults.replace(trouble.faults)
            started = time.monotonic()
            if trouble.receives:
                return await _receive(stand, client, trouble, count, started + within)
            return await _send(stand, client, count, started + within)
        finally:
            await client.stop()


async def _send(stand: Stand, client: Client, count: int, until: float) -> dict[str, Any]:
    started = time.monotonic()
    texts = numbered(count)
    await client.send(PHONE, texts)
    while time.monotonic() < until:
        if stand.delivered >= count:
            await client.collect()
        if len(client.outcomes) >= count:
            break
        await asyncio.sleep(LOOK)
    seconds = time.monotonic() - started
    await asyncio.sleep(AFTERWARDS)
    await client.collect()
    failed = [index for index, outcome in client.outcomes.items() if outcome == "failed"]
    accepted = [index for index, outcome in client.outcomes.items() if outcome == "accepted"]
    return {
        "delivered": stand.delivered,
        "of": count,
        "told": len(client.outcomes),
        "doubled": stand.doubled,
        "told_failed_though_delivered": sum(texts[index] in stand.texts for index in failed),
        "told_accepted_though_not": sum(texts[index] not in stand.texts for index in accepted),
        "told_unknown": client.unknown,
        "seconds": seconds,
        "ended": len(client.outcomes) >= count,
    }


async def _receive(
    stand: Stand, client: Client, trouble: Trouble, count: int, until: float
) -> dict[str, Any]:
    started = time.monotonic()
    texts = replies(count)
    for text in texts:
        stand.deliver(text)
        if not trouble.at_once:
            await asyncio.sleep(BETWEEN)
    while len(client.received) < count and time.monotonic() < until:  # noqa: ASYNC110 - daemons tell nothing
        await asyncio.sleep(LOOK)
    seconds = time.monotonic() - started
    await asyncio.sleep(AFTERWARDS)
    return {
        "delivered": len(client.received),
        "of": count,
        "doubled": client.repeats,
        "seconds": seconds,
        "ended": len(client.received) >= count,
    }
