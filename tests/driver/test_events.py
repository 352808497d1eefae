"""The queue between a modem and its consumer."""

from __future__ import annotations

import asyncio
import logging

import pytest

from gsm_driver import IncomingCall, LateAcceptance, LinkLostError, UnknownUrc
from gsm_driver.events import CHATTER, RESERVE, EventQueue
from tests import virtual_time


def event(number: int) -> IncomingCall:
    return IncomingCall(caller=str(number))


def late(number: int) -> LateAcceptance:
    return LateAcceptance(recipient="", segment=number, message_reference=0)


async def read(queue: EventQueue) -> list[object]:
    queue.close()
    return [event async for event in queue.iterate()]


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


@virtual_time.story
async def test_chatter_crowds_nothing_out() -> None:
    queue = EventQueue(capacity=100)
    for number in range(300):
        queue.offer(UnknownUrc(line=str(number)))
    queue.offer(event(1))
    queue.keep(late(2))
    events = queue.iterate()
    assert [await anext(events) for _ in range(2)] == [UnknownUrc(line="0"), UnknownUrc(line="1")]
    queue.offer(UnknownUrc(line="there is room again"))
    assert (await read(queue))[CHATTER - 2 :] == [event(1), late(2), UnknownUrc(line="there is room again")]


@virtual_time.story
async def test_what_can_neither_wait_nor_be_lost_has_a_reserve() -> None:
    queue = EventQueue(capacity=1)
    await queue.put(event(1))
    for number in range(RESERVE):
        queue.keep(late(number))
    assert await read(queue) == [event(1), *(late(number) for number in range(RESERVE))]


@virtual_time.story
async def test_of_a_reserve_that_nobody_reads_the_oldest_goes() -> None:
    queue = EventQueue(capacity=1)
    await queue.put(event(1))
    for number in range(3 * RESERVE):
        queue.keep(late(number))
    assert await read(queue) == [event(1), *(late(number) for number in range(2 * RESERVE, 3 * RESERVE))]


@virtual_time.story
async def test_waiting_for_room_can_be_given_up() -> None:
    queue = EventQueue(capacity=1)
    lost = asyncio.get_running_loop().create_future()
    assert await queue.put(event(1), until=lost)
    waiting = asyncio.create_task(queue.put(event(2), until=lost))
    await asyncio.sleep(1)
    assert not waiting.done()
    lost.set_result("unplugged")
    assert not await waiting
    assert not await queue.put(event(3), until=lost)
    assert await read(queue) == [event(1)]


@virtual_time.story
async def test_a_consumer_that_reads_nothing_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    queue = EventQueue(capacity=1)
    await queue.put(event(1))
    waiting = [asyncio.create_task(queue.put(event(number))) for number in (2, 3)]
    await asyncio.sleep(1)
    assert caplog.text.count("nobody reads the modem's events") == 1
    queue.close()
    assert await asyncio.gather(*waiting) == [True, True]
    assert len(await read(queue)) == 3
