"""Broker or gateway away: nothing that the broker acknowledged is lost, and nobody is flooded afterwards.

The figures behind the lines for mosquitto.conf in docs/mqtt.md, and why they must be there.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from alert_engine.intake.mqtt_session import HUNG_UP_LIMIT, SessionState
from alert_engine.model import AlarmChanged, Channel
from tests import virtual_time

from .brokers import DEADLINE, Mosquitto, Peer, allow_sockets, needs_mosquitto
from .mqtt_house import ROOT, SETTINGS, an_engine, counts, on_line
from .support import EPOCH, FakeRoute, telling
from .test_telling_limits import ONCE, count_told, most_within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alert_engine.intake.mqtt_session import SessionStatus
    from alert_engine.model import Alarm, EngineEvent


pytestmark = needs_mosquitto
SAFE = ("max_queued_messages 0", "persistence true", "autosave_on_changes true", "autosave_interval 1")
ALL_TIME = 150.0  # seconds of real time for the flood; it takes a third of that

TELLING_ONCE = replace(SETTINGS, policies=ONCE)  # whoever is reminded may have missed the first word
RATE, MINUTES, KEYS = 50, 2, 100  # scripts/lab --row 30 --full is away for ten minutes
FLOOD = RATE * 60 * MINUTES


@pytest.fixture(autouse=True)
def sockets() -> None:
    allow_sockets()


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A folder whose syncs cost nothing, where there is one: how fast the disk is, is not the question."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def flood() -> Iterator[tuple[str, str]]:
    """Topics and payloads of ten minutes at fifty a second, from a hundred points that are all on."""
    for number in range(FLOOD):
        yield f"{ROOT}/in/alarm/plc/k{number % KEYS}", json.dumps({"id": number, "severity": "high"})


def publish_quickly(port: int) -> None:
    """Publish the flood with QoS 1, and return when the broker has all of it."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="plc", protocol=MQTTProtocolVersion.MQTTv311)
    client.max_inflight_messages_set(2000)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for info in [client.publish(topic, payload, qos=1) for topic, payload in flood()]:
        info.wait_for_publish(timeout=ALL_TIME)
        assert info.is_published()
    client.disconnect()
    client.loop_stop()


async def come_back_to(flood: int, port: int, folder: Path, route: FakeRoute) -> None:
    """Take in what waits on the broker, all of it and nothing else."""
    async with an_engine(folder, TELLING_ONCE) as engine:
        await engine.add_route(route)
        changes = Counter[bool]()
        done = asyncio.Event()

        def count(event: EngineEvent) -> None:
            changes[isinstance(event, AlarmChanged)] += 1
            if changes[True] == flood:
                done.set()

        engine.subscribe(count)
        began = time.monotonic()
        async with on_line(engine, port), asyncio.timeout(ALL_TIME):
            await done.wait()
        print(f"{flood} messages in {time.monotonic() - began:.1f} s")  # noqa: T201 - a figure for the page
        assert await counts(engine) == Counter({f"k{number}": flood // KEYS for number in range(KEYS)})


@pytest.mark.timeout(2 * ALL_TIME)
def test_minutes_away_at_fifty_a_second_lose_nothing_and_flood_nobody(
    tmp_path: Path, in_memory: Path
) -> None:
    """Nothing is lost, the phone gets what it bears and no more, and the digests tell of every point."""
    at_once, later = FakeRoute("stick"), FakeRoute("stick")

    async def away() -> None:
        async with Mosquitto(tmp_path, "max_queued_messages 0") as broker:
            async with an_engine(in_memory, TELLING_ONCE) as engine, on_line(engine, broker.port):
                pass  # the broker knows us from now on
            await asyncio.to_thread(publish_quickly, broker.port)
            await come_back_to(FLOOD, broker.port, in_memory, at_once)

    @virtual_time.story
    async def the_hour_after() -> None:
        async with telling(
            in_memory,
            people=TELLING_ONCE.people,
            policies=ONCE,
            limits=TELLING_ONCE.limits,
            route=later,
            offset=datetime.now(UTC) - EPOCH,
        ) as told:
            await told.until(3600)

    asyncio.run(away(), debug=False)
    the_hour_after()
    left = [*(replace(each, at=0.0) for each in at_once.left), *later.left]
    (window, *_) = TELLING_ONCE.limits[Channel.SMS].windows
    assert most_within(left, window.span.total_seconds()) <= window.most
    assert count_told(left) == KEYS
    assert len(left) <= 3  # the first at once, and the rest together


async def test_a_broker_that_is_killed_and_comes_back_is_found_again(tmp_path: Path) -> None:
    lines = (*SAFE, f"persistence_location {tmp_path}/")
    broker = await Mosquitto(tmp_path, *lines).start()
    raised: asyncio.Queue[Alarm] = asyncio.Queue()
    async with an_engine(tmp_path) as engine, on_line(engine, broker.port) as intake:
        engine.subscribe(lambda event: raised.put_nowait(event.alarm) if _is_raise(event) else None)
        for number in range(HUNG_UP_LIMIT - 1):  # once more, and it would look as if somebody had our name
            back = asyncio.Event()
            forget = intake.add_listener(partial(_set_when_online, back))
            await broker.kill()
            broker = await Mosquitto(tmp_path, *lines, port=broker.port).start()
            async with Peer(broker.port) as plc, asyncio.timeout(DEADLINE):
                # A broker that was killed may have forgotten who subscribed, until we come and say so again.
                await back.wait()
                forget()
                await plc.publish(f"{ROOT}/in/alarm/plc/k{number}", "ON")
                assert (await raised.get()).key == f"k{number}"
    await broker.stop()


def _set_when_online(event: asyncio.Event, status: SessionStatus) -> None:
    if status.state is SessionState.ONLINE:
        event.set()


def _is_raise(event: EngineEvent) -> TypeGuard[AlarmChanged]:
    return isinstance(event, AlarmChanged) and event.event == "raised"
