"""Broker or gateway away: nothing that the broker acknowledged is lost, and nobody is flooded afterwards.

The figures behind the lines for mosquitto.conf in docs/mqtt.md, and why they must be there.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from .brokers import DEADLINE, Mosquitto, Peer, allow_sockets, needs_mosquitto
from .mqtt_house import a_house, an_engine, on_line
from .support import FakeRoute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alert_engine.engine import AlertEngine

pytestmark = needs_mosquitto
ROOT = "alert_gateway/home"
SAFE = ("max_queued_messages 0", "persistence true", "autosave_on_changes true", "autosave_interval 1")
ALL_TIME = 150.0  # seconds of real time for the flood; it takes a third of that

RATE, MINUTES, KEYS = 50, 10, 100
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


async def counts(engine: AlertEngine) -> Counter[str]:
    return Counter({alarm.key: alarm.count for alarm in await engine.open_alarms()})


@pytest.mark.timeout(2 * ALL_TIME)
async def test_ten_minutes_away_at_fifty_a_second_lose_nothing_and_flood_nobody(
    tmp_path: Path, in_memory: Path
) -> None:
    asyncio.get_running_loop().set_debug(False)  # it would cost more than all the rest
    async with Mosquitto(tmp_path, "max_queued_messages 0") as broker, an_engine(in_memory) as engine:
        route = FakeRoute("stick")
        await engine.add_route(route)
        async with on_line(engine, broker.port):
            pass  # the broker knows us from now on
        await asyncio.to_thread(publish_quickly, broker.port)
        began = time.monotonic()
        async with on_line(engine, broker.port), Peer(broker.port, "end") as end:
            done = asyncio.Event()
            engine.subscribe(lambda event: done.set() if getattr(event, "event", "") == "cleared" else None)
            await end.publish(f"{ROOT}/in/alarm/plc/end", "ON")
            await end.publish(f"{ROOT}/in/alarm/plc/end", "OFF")
            async with asyncio.timeout(ALL_TIME):
                await done.wait()
        print(f"{FLOOD} messages in {time.monotonic() - began:.1f} s")  # noqa: T201 - a figure for the page
        assert await counts(engine) == Counter({f"k{number}": FLOOD // KEYS for number in range(KEYS)})
        messages = await engine.messages(limit=10 * KEYS)
        assert len(messages) <= KEYS + 2  # one for each point, however often it spoke


class TestFindings:
    """F2 to F4 of the research; F1 is about HTTP and is in `intake/test_http`."""

    async def test_f2_what_came_while_the_gateway_was_away_is_handed_over(self, tmp_path: Path) -> None:
        async with Mosquitto(tmp_path) as broker, an_engine(tmp_path) as engine, Peer(broker.port) as plc:
            for _ in range(3):
                async with on_line(engine, broker.port):
                    pass
                for number in range(50):
                    await plc.publish(f"{ROOT}/in/alarm/plc/k{number}", "ON")
            async with on_line(engine, broker.port), asyncio.timeout(DEADLINE):
                while sum((await counts(engine)).values()) < 150:
                    pass
            assert await counts(engine) == Counter({f"k{number}": 3 for number in range(50)})

    async def test_f2_nothing_is_acknowledged_before_the_commit(self, tmp_path: Path) -> None:
        async with Mosquitto(tmp_path) as broker, a_house(broker.port, tmp_path) as house:
            committed: list[bytes] = []
            worker = house.intake._session.worker
            receive = worker._receive

            async def watched(delivery: object) -> None:
                await receive(delivery)  # type: ignore[arg-type]  # as the worker gives it
                alarms = await house.engine.open_alarms()
                committed.extend(alarm.key.encode() for alarm in alarms)

            worker._receive = watched
            await house.say("in/alarm/plc/tank", "ON")
            await house.state_of("tank")
            await house.peer.until(lambda: True)
        assert b"tank" in committed

    async def test_f3_a_short_queue_of_the_broker_loses_edges_but_no_levels(self, tmp_path: Path) -> None:
        async with Mosquitto(tmp_path, "max_queued_messages 10") as broker, an_engine(tmp_path) as engine:
            async with on_line(engine, broker.port):
                pass
            async with Peer(broker.port) as plc:
                for number in range(100):
                    await plc.publish(f"{ROOT}/in/alarm/plc/e{number}", "ON")
                for number in range(25):  # so many fit into the way there: 20 under way and 10 queued
                    await plc.publish(f"{ROOT}/in/state/plc/s{number}", "ON", retain=True)
            async with on_line(engine, broker.port), asyncio.timeout(DEADLINE):
                while sum(key.startswith("s") for key in await counts(engine)) < 25:
                    pass
            assert sum(key.startswith("e") for key in await counts(engine)) < 100

    async def test_f3_a_broker_that_is_killed_has_kept_all_but_the_last_second(self, tmp_path: Path) -> None:
        lines = (*SAFE, f"persistence_location {tmp_path}/")
        broker = await Mosquitto(tmp_path, *lines).start()
        async with an_engine(tmp_path) as engine:
            async with on_line(engine, broker.port):
                pass
            async with Peer(broker.port) as plc:
                for number in range(200):
                    await plc.publish(f"{ROOT}/in/alarm/plc/k{number}", "ON")
                published, database = time.time_ns(), tmp_path / "mosquitto.db"
                async with asyncio.timeout(DEADLINE):  # it writes once a second
                    while not (database.exists() and database.stat().st_mtime_ns > published):
                        await plc.publish("something/else", "x", retain=True)
                await broker.kill()
            async with (
                Mosquitto(tmp_path, *lines, port=broker.port),
                on_line(engine, broker.port),
            ):
                async with asyncio.timeout(DEADLINE):
                    while len(await counts(engine)) < 200:
                        pass

    async def test_a_broker_that_is_killed_and_comes_back_is_found_again(self, tmp_path: Path) -> None:
        lines = (*SAFE, f"persistence_location {tmp_path}/")
        broker = await Mosquitto(tmp_path, *lines).start()
        async with an_engine(tmp_path) as engine, on_line(engine, broker.port):
            for number in range(3):
                await broker.kill()
                broker = await Mosquitto(tmp_path, *lines, port=broker.port).start()
                async with Peer(broker.port) as plc, asyncio.timeout(DEADLINE):
                    await plc.publish(f"{ROOT}/in/alarm/plc/k{number}", "ON")
                    while len(await counts(engine)) <= number:
                        pass
        await broker.stop()

    async def test_f4_a_result_that_the_broker_did_not_confirm_is_published_again(
        self, tmp_path: Path
    ) -> None:
        broker = await Mosquitto(tmp_path).start()
        async with an_engine(tmp_path) as engine, on_line(engine, broker.port) as intake:
            async with Peer(broker.port) as plc:
                await plc.publish(f"{ROOT}/in/alarm/plc/tank", "ON")
                async with asyncio.timeout(DEADLINE):
                    while not await counts(engine):
                        pass
            await broker.kill()
            (alarm,) = await engine.open_alarms()
            await engine.close_alarm(alarm.id, by="anna")  # told while nobody listens
            broker = await Mosquitto(tmp_path, port=broker.port).start()
            async with Peer(broker.port) as late:
                await late.subscribe(f"{ROOT}/out/#")
                state = await late.message(
                    f"{ROOT}/out/alarm/{alarm.id}/state", lambda m: b'"state":"closed"' in m.payload
                )
                assert json.loads(state.payload)["acked_by"] is None
            assert intake.counters["dropped"] == 0
        await broker.stop()
