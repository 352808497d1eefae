"""The queue between a modem and its consumer."""

from __future__ import annotations

import asyncio

import pytest

from gsm_driver import LinkLostError, UnknownUrc
from gsm_driver.events import EventQueue
from tests import virtual_time


def event(number: int) -> UnknownUrc:
    return UnknownUrc(line=str(number))


@virtual_time.story
async def test_what_matters_waits_for_room_and_the_rest_is_dropped() -> None:
    queue = EventQueue(capacity=2)
    queue.offer(event(1))
    await queue.put(event(2))
    queue.offer(event(3))
    waiting = asyncio.create_task(queue.put(event(4)))
    await asyncio.sleep(1)
    assert not waiting.done()
    events = queue.iterate()
    assert [await anext(events) for _ in range(3)] == [event(1), event(2), event(4)]


@virtual_time.story
async def test_what_came_before_the_end_is_still_read() -> None:
    queue = EventQueue(capacity=1)
    await queue.put(event(1))
    waiting = asyncio.create_task(queue.put(event(2)))
    await asyncio.sleep(1)
    queue.close("gone")
    queue.close("another reason")
    await waiting
    events = queue.iterate()
    assert [await anext(events) for _ in range(2)] == [event(1), event(2)]
    with pytest.raises(LinkLostError, match="gone"):
        await anext(events)
