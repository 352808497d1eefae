"""Waiting for a callback to ring, with a deadline."""

from __future__ import annotations

import asyncio

import pytest

from gsm_driver.bell import Bell
from tests import virtual_time


def now() -> float:
    return round(asyncio.get_running_loop().time() - virtual_time.START, 6)


async def wait(bell: Bell, seconds: float) -> bool:
    return await bell.wait(asyncio.get_running_loop().time() + seconds)


@virtual_time.story
async def test_it_rings() -> None:
    bell = Bell(asyncio.get_running_loop())
    asyncio.get_running_loop().call_later(2, bell.ring)
    assert await wait(bell, 5)
    assert now() == 2


@virtual_time.story
async def test_the_deadline_passes() -> None:
    bell = Bell(asyncio.get_running_loop())
    assert not await wait(bell, 5)
    assert now() == 5
    assert not await wait(bell, -1)
    assert now() == 5


@virtual_time.story
async def test_nothing_is_remembered_of_a_ring_that_nobody_waited_for() -> None:
    bell = Bell(asyncio.get_running_loop())
    bell.ring()
    assert not await wait(bell, 1)


@virtual_time.story
async def test_ringing_twice_is_ringing_once() -> None:
    bell = Bell(asyncio.get_running_loop())
    for _ in range(2):
        asyncio.get_running_loop().call_later(1, bell.ring)
    assert await wait(bell, 5)
    assert not await wait(bell, 5)
    assert now() == 6


@pytest.mark.parametrize(
    ("first", "second"),
    [(5, 60), (60, 5), (5, 5)],
    ids=["a later deadline", "an earlier deadline", "the same time again"],
)
@virtual_time.story
async def test_each_wait_has_its_own_deadline(first: float, second: float) -> None:
    bell = Bell(asyncio.get_running_loop())
    asyncio.get_running_loop().call_later(1, bell.ring)
    assert await wait(bell, first)
    assert not await wait(bell, second)
    assert now() == 1 + second


@virtual_time.story
async def test_many_waits_need_one_timer() -> None:
    loop = asyncio.get_running_loop()
    bell = Bell(loop)
    for _ in range(100):
        loop.call_soon(bell.ring)
        assert await wait(bell, 60)
    assert now() == 0
    assert not await wait(bell, 60)
    assert now() == 60


@virtual_time.story
async def test_a_wait_that_is_cancelled_leaves_the_bell_as_it_was() -> None:
    bell = Bell(asyncio.get_running_loop())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3):
            await wait(bell, 60)
    bell.ring()
    assert not await wait(bell, 1)
    assert now() == 4


@virtual_time.story
async def test_the_timer_of_a_wait_that_is_over_does_nothing() -> None:
    bell = Bell(asyncio.get_running_loop())
    asyncio.get_running_loop().call_later(1, bell.ring)
    assert await wait(bell, 60)
    await asyncio.wait({asyncio.get_running_loop().create_future()}, timeout=100)
    assert not await wait(bell, 60)
    assert now() == 161


@virtual_time.story
async def test_closing_lets_go_on_who_waits() -> None:
    bell = Bell(asyncio.get_running_loop())
    bell.close()
    asyncio.get_running_loop().call_later(1, bell.close)
    assert await wait(bell, 60)
    assert now() == 1
