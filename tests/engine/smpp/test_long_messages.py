"""When a part of a long message is answered, and which message makes room."""

from __future__ import annotations

import asyncio

from alert_engine.routes.smpp.inbound import MAX_UNFINISHED, Part
from alert_engine.routes.smpp.long_messages import LongMessages
from tests.engine.support import StoryClock
from tests.virtual_time import story


def a_part(reference: int, number: int, total: int = 3) -> Part:
    return Part(
        sender="+436641111111",
        octets=b"x",
        data_coding=0,
        reference=reference,
        total=total,
        number=number,
    )


class House:
    """Commits at once, or when it may."""

    def __init__(self) -> None:
        self.committed: list[tuple[int, int]] = []  # reference, and how many parts
        self.may = asyncio.Event()
        self.may.set()
        self.clock = StoryClock()
        self.messages = LongMessages(self._take, self.clock)

    async def _take(self, parts: tuple[Part, ...]) -> None:
        await self.may.wait()
        self.committed.append((parts[0].reference, len(parts)))

    async def fill(self) -> None:
        """As many messages under way as there is room for."""
        await asyncio.gather(*(self.messages.take(a_part(each, 1)) for each in range(MAX_UNFINISHED)))


@story
async def test_a_repeat_from_a_finished_message_is_answered_at_once() -> None:
    house = House()
    first = asyncio.create_task(house.messages.take(a_part(1, 1, 2)))
    await house.messages.take(a_part(1, 2, 2))
    await first
    begun = house.clock.monotonic()
    await house.messages.take(a_part(1, 1, 2))
    assert house.clock.monotonic() == begun
    assert house.committed == [(1, 2)]
    await house.messages.stop()


@story
async def test_a_further_part_of_what_is_under_way_needs_no_room() -> None:
    house = House()
    await house.fill()
    await house.messages.take(a_part(MAX_UNFINISHED - 1, 2))
    assert house.committed == []
    await house.messages.take(a_part(MAX_UNFINISHED, 1))
    assert house.committed == [(0, 1)]
    await house.messages.stop()


@story
async def test_what_is_being_committed_makes_no_room_twice() -> None:
    house = House()
    await house.fill()
    house.may.clear()
    waiting = [asyncio.create_task(house.messages.take(a_part(1000 + each, 1))) for each in range(2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    house.may.set()
    await asyncio.gather(*waiting)
    assert house.committed == [(0, 1), (1, 1)]
    await house.messages.stop()
