from __future__ import annotations

import asyncio
import math
import os
import threading
import time

import pytest

from tests import virtual_time


@virtual_time.story
async def test_a_day_takes_no_time() -> None:
    started = time.monotonic()
    await asyncio.sleep(86_400 * 3)
    assert asyncio.get_running_loop().time() == pytest.approx(virtual_time.START + 86_400 * 3)
    assert time.monotonic() - started < 3_600


@virtual_time.story
async def test_timers_fire_in_order_and_at_their_time() -> None:
    loop = asyncio.get_running_loop()
    fired: list[float] = []
    for delay in (60.0, 0.5, 10.0):
        loop.call_later(delay, lambda: fired.append(loop.time() - virtual_time.START))
    await asyncio.sleep(61)
    assert fired == pytest.approx([0.5, 10.0, 60.0])


@virtual_time.story
async def test_a_deadline_ends_a_wait() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(60):
            await asyncio.Event().wait()
    assert asyncio.get_running_loop().time() == pytest.approx(virtual_time.START + 60)


@virtual_time.story
async def test_work_in_an_executor_takes_no_virtual_time() -> None:
    """The deadline of one virtual second does not strike while a thread works."""
    gate = threading.Event()
    loop = asyncio.get_running_loop()
    work = loop.run_in_executor(None, gate.wait, 10)
    loop.call_soon(gate.set)
    async with asyncio.timeout(1):
        assert await work
    assert loop.time() == virtual_time.START


@virtual_time.story
async def test_the_clock_goes_on_after_the_executor() -> None:
    loop = asyncio.get_running_loop()
    assert await loop.run_in_executor(None, int, "7") == 7
    with pytest.raises(ValueError, match="invalid literal"):
        await loop.run_in_executor(None, int, "seven")
    await asyncio.sleep(3_600)
    assert loop.time() == pytest.approx(virtual_time.START + 3_600)


@virtual_time.story
async def test_a_thread_the_loop_does_not_know_is_waited_for() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, virtual_time.VirtualTimeLoop)
    done = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.call_soon_threadsafe(done.set))
    with loop.standing_still():
        async with asyncio.timeout(1):
            thread.start()
            await done.wait()
    thread.join()
    assert loop.time() == virtual_time.START


@virtual_time.story
async def test_bytes_on_a_pipe_are_read_before_the_clock_moves() -> None:
    loop = asyncio.get_running_loop()
    readable, writable = os.pipe()
    received: asyncio.Future[bytes] = loop.create_future()
    loop.add_reader(readable, lambda: received.set_result(os.read(readable, 10)))
    os.write(writable, b"hello")
    async with asyncio.timeout(0.001):
        assert await received == b"hello"
    loop.remove_reader(readable)
    os.close(readable)
    os.close(writable)


def test_a_wait_for_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_time, "REAL_WAIT", 0.001)

    async def wait_for_nothing() -> None:
        await asyncio.Event().wait()

    with pytest.raises(virtual_time.NothingWillHappenError):
        virtual_time.run(wait_for_nothing())


def test_an_exception_in_a_callback_fails_the_test() -> None:
    async def stumble() -> None:
        asyncio.get_running_loop().call_soon(int, "seven")
        await asyncio.sleep(1)

    with pytest.raises(ValueError, match="invalid literal"):
        virtual_time.run(stumble())


def test_a_complaint_of_the_loop_fails_the_test() -> None:
    async def complain() -> None:
        asyncio.get_running_loop().call_exception_handler({"message": "something is odd"})

    with pytest.raises(RuntimeError, match="something is odd"):
        virtual_time.run(complain())


def test_run_returns_what_the_coroutine_returns() -> None:
    async def answer() -> int:
        await asyncio.sleep(1)
        return 42

    assert virtual_time.run(answer()) == 42


@pytest.mark.parametrize("delay", [1, 2])
@virtual_time.story
async def test_fixtures_and_parameters_reach_a_story(delay: int, tmp_path: os.PathLike[str]) -> None:
    await asyncio.sleep(delay)
    assert os.path.isdir(tmp_path)  # noqa: ASYNC240, PTH112 - one look at a temporary folder


@virtual_time.story
async def test_the_clock_comes_to_a_moment_that_is_as_near_as_can_be() -> None:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(1_000_000.637)
    soon = math.nextafter(loop.time(), math.inf)
    reached = asyncio.Event()
    loop.call_at(soon, reached.set)
    await reached.wait()
    assert loop.time() == soon
