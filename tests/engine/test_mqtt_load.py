"""Much at once on MQTT: none of it keeps an alarm from coming in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from .brokers import DEADLINE, allow_sockets
from .fake_broker import PUBACK, PUBLISH, fake_broker, publish, retained
from .mqtt_house import ROOT, FullDisk, an_engine, counts, on_line

if TYPE_CHECKING:
    from pathlib import Path

OPEN = 1500  # alarms whose states lie on the broker


@pytest.fixture(autouse=True)
def sockets() -> None:
    allow_sockets()


async def test_states_of_ours_that_are_read_back_push_no_alarm_out(tmp_path: Path) -> None:
    disk = FullDisk(is_full=False)
    states = b"".join(retained(f"{ROOT}/out/alarm/old-{number}/state", b"{}") for number in range(OPEN))
    routes = b"".join(retained(f"{ROOT}/out/route/old-{number}/state", b"{}") for number in range(OPEN))
    async with fake_broker(grants=True) as broker, an_engine(tmp_path, failpoint=disk) as engine:
        raised = asyncio.Event()
        engine.subscribe(lambda event: raised.set() if _key(event) == "second" else None)
        async with on_line(engine, broker.port) as intake:
            disk.is_full = True  # the worker waits with the first in hand
            first = publish(1, f"{ROOT}/in/alarm/plc/first", b"ON")
            second = publish(2, f"{ROOT}/in/alarm/plc/second", b"ON")
            await broker.send(first + states + routes + second)
            await broker.until_received(
                PUBLISH, 2 * OPEN
            )  # emptied: there is no such alarm and no such route
            disk.is_full = False
            async with asyncio.timeout(DEADLINE):
                await raised.wait()
            await broker.until_received(PUBACK, 2)
            assert intake.counters["overflowed"] == 0
            assert broker.connections == 1
        assert await counts(engine) == {"first": 1, "second": 1}


async def test_a_state_of_ours_that_wants_an_answer_gets_one(tmp_path: Path) -> None:
    """Where filters overlap, a broker may send with more QoS than the one that was asked for."""
    async with (
        fake_broker(grants=True) as broker,
        an_engine(tmp_path) as engine,
        on_line(engine, broker.port) as intake,
    ):
        await broker.send(publish(7, f"{ROOT}/out/alarm/old/state", b"{}"))
        await broker.until_received(PUBACK)
        assert broker.received(PUBACK)[0][:2] == b"\x00\x07"
        assert not any(intake.counters.values())


def _key(event: object) -> str:
    return str(getattr(getattr(event, "alarm", None), "key", ""))
