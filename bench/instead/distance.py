"""How far the driver and the whole gateway are from what the line allows: seconds for one message."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.driver.client import ClientError, PythonClient
from bench.driver.stand import PHONE, Stand
from bench.driver.texts import FIVE_SEGMENTS, ONE_SEGMENT, filled
from bench.floor import Alphabet, demand
from bench.instead.alarms import NUMBER, UCS2_FILLER, UCS2_SEGMENT
from bench.instead.play import WARM_UP, WARM_UP_WITHIN
from bench.instead.roster import OURS
from bench.instead.tools.gateway import DEVICES, Gateway
from bench.instead.watch import Watch
from gsm_driver.simulator import LineConditions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bench.floor import Demand
    from bench.instead.extent import Extent

DRIVER = "gsm_driver"
KINDS = {
    "one segment": (ONE_SEGMENT, Alphabet.GSM_7_BIT),
    "five segments": (FIVE_SEGMENTS, Alphabet.GSM_7_BIT),
    "one segment, UCS2": (UCS2_SEGMENT, Alphabet.UCS2),
}
FEWER = 4  # so many times fewer messages of five segments
LEAST = 3  # messages: two times between them
SLACK = 20.0  # seconds more than the line needs, after which it is given up


def floors(*, reports: bool = False) -> dict[str, Demand]:
    """What the standard demands, by kind."""
    return {kind: demand(*what, reports=reports) for kind, what in KINDS.items()}


def texts(kind: str, count: int, first: int) -> list[str]:
    """So many texts of a kind."""
    length, alphabet = KINDS[kind]
    starts = [f"{first + number:0{NUMBER}} " for number in range(count)]
    return [
        filled(start, length, UCS2_FILLER) if alphabet is Alphabet.UCS2 else filled(start, length)
        for start in starts
    ]


async def measure_distance(extent: Extent) -> dict[str, Any]:
    """By client, baud and kind: seconds for one message, and that as a multiple of what the line needs.

    The driver sends without reports, the gateway with them.
    """
    return {DRIVER: await _of_the_driver(extent), OURS: await _of_the_gateway(extent)}


async def _of_the_driver(extent: Extent) -> dict[str, Any]:
    client = PythonClient("ours")
    async with Stand() as stand:
        await client.start(stand.path)
        try:
            return await _all(stand, extent, floors(), lambda texts: client.send(PHONE, texts))
        finally:
            await client.stop()


async def _of_the_gateway(extent: Extent) -> dict[str, Any]:
    gateway = Gateway()

    async def give(texts: Sequence[str]) -> None:
        async with asyncio.TaskGroup() as devices:
            for device in range(DEVICES):
                devices.create_task(post(texts[device::DEVICES]))

    async def post(texts: Sequence[str]) -> None:
        for text in texts:
            if not await gateway.give(int(text[:NUMBER]), text):
                raise ClientError("the gateway refused a text")

    async with Stand() as stand:
        try:
            await gateway.start(stand.path)
            await gateway.give(WARM_UP.index, WARM_UP.text)
            await stand.until(delivered=1, within=WARM_UP_WITHIN)
            return await _all(stand, extent, floors(reports=True), give)
        finally:
            await gateway.stop()


async def _all(
    stand: Stand,
    extent: Extent,
    demands: dict[str, Demand],
    give: Callable[[Sequence[str]], Awaitable[object]],
) -> dict[str, Any]:
    watch, first = Watch(stand), 0
    found: dict[str, Any] = {}
    for baud, count in extent.floor.items():
        stand.simulator.line.conditions = LineConditions(baud=baud)
        await asyncio.sleep(extent.pauses.settle)
        for kind, floor in demands.items():
            number = max(LEAST, count // FEWER if floor.turns > 2 else count)
            indexes = range(first, first + number)
            await give(texts(kind, number, first))
            within = SLACK + 4 * number * floor.seconds(baud)
            if not await watch.until(lambda: watch.taken.keys() >= set(indexes), within=within):  # noqa: B023
                raise ClientError(f"{number} messages at {baud} baud took longer than {within:g} s")
            moments = sorted(watch.taken[index] for index in indexes)
            seconds = median(later - earlier for earlier, later in pairwise(moments))
            found.setdefault(str(baud), {})[kind] = {
                "seconds": seconds,
                "of_floor": seconds / floor.seconds(baud),
            }
            first += number
            await asyncio.sleep(extent.pauses.settle)
    return found
