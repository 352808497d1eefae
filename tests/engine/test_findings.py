"""Regression tests of what was found in other software: alarms answered as received, and lost.

====  ================================================================================================
F1    a web server that answers 200 before anything is stored, while it starts, or when it fails
F2    a broker that gets its PUBACK before anything is stored, or whose queue a clean start throws away
F3    a broker that keeps its queue short, or in memory only
F4    a publication that counts as told although the broker never confirmed it
====  ================================================================================================
"""

from __future__ import annotations

import asyncio
import json
import signal
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import aiohttp
import pytest

from alert_engine.clock import SystemClock
from alert_engine.config.http import HttpSettings
from alert_engine.daemon.cli import FAILPOINT_VARIABLE
from alert_engine.daemon.http_server import HttpServer
from alert_engine.daemon.metrics import Metrics
from alert_engine.daemon.readiness import Readiness
from alert_engine.failpoints import Moment
from alert_engine.intake.announcements import Publication
from alert_engine.intake.http import HttpIntake
from alert_engine.intake.mqtt_connection import RECEIVE_MAXIMUM
from lab.parts.program import Program
from tests.engine.intake.http_support import EVERYTHING, data, request

from .brokers import DEADLINE, Mosquitto, Peer, Rumqttd, allow_sockets, needs_mosquitto
from .fake_broker import CONNECT, PUBACK, PUBLISH, FakeBroker, fake_broker, publish
from .mqtt_house import ROOT, FullDisk, an_engine, counts, on_line

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.intake.mqtt import MqttIntake

GATEWAY = """\
gateway: home
journal: journal.db
mqtt: {{host: 127.0.0.1, port: {port}}}
people:
  - {{id: anna, name: Anna, phone: "+43 660 1234567"}}
"""
SAFE = ("max_queued_messages 0", "persistence true", "autosave_on_changes true", "autosave_interval 1")
LEVELS = RECEIVE_MAXIMUM  # so many fit into the way to us; a newer mosquitto queues a few more behind them


@pytest.fixture(autouse=True)
def sockets() -> None:
    allow_sockets()


@dataclass
class SlowDisk:
    """A failpoint that holds each raise before its commit, until the disk is let go."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    def __call__(self, name: str) -> None:
        """In the thread of the journal."""
        if name == Moment.RAISE.before:
            self.loop.call_soon_threadsafe(self.reached.set)
            assert self.let_go.wait(DEADLINE)


class TestF1AnswersOfHttp:
    """2xx after the commit, and never else."""

    async def test_no_answer_before_the_commit(self, tmp_path: Path) -> None:
        disk = SlowDisk()
        async with an_engine(tmp_path, failpoint=disk) as engine:
            intake, sent = HttpIntake(EVERYTHING), request("generic", {"key": "tank"})
            answer = asyncio.create_task(intake.handle(sent, engine, now=engine._clock.now()))
            async with asyncio.timeout(DEADLINE):
                await disk.reached.wait()
            await _a_few_rounds()
            assert not answer.done()
            disk.let_go.set()
            assert (await answer).status == 202
            (alarm,) = await engine.open_alarms()
            assert data(await answer)["accepted"] == [alarm.id]

    async def test_a_commit_that_fails_is_no_success(self, tmp_path: Path) -> None:
        disk = FullDisk(is_full=False)
        async with an_engine(tmp_path, failpoint=disk) as engine:
            disk.is_full = True
            sent = request("generic", {"key": "tank"})
            answer = await HttpIntake(EVERYTHING).handle(sent, engine, now=engine._clock.now())
            assert (answer.status, "Retry-After" in answer.headers) == (503, True)
            assert await engine.open_alarms() == ()

    async def test_the_server_of_the_daemon_keeps_to_it(self, tmp_path: Path) -> None:
        disk, alarm = FullDisk(is_full=False), {"key": "tank"}
        async with an_engine(tmp_path, failpoint=disk) as engine, a_server() as (readiness, post):
            assert await post("generic", alarm) == (503, True)  # it starts
            readiness.running(engine)
            disk.is_full = True
            assert await post("generic", alarm) == (503, True)
            assert await post("nobody", alarm) == (404, False)
            assert await post("generic", {**alarm, "text": "x" * 70_000}) == (413, False)
            assert await post("generic", {"key": ""}) == (400, False)
            disk.is_full = False
            assert await post("generic", alarm) == (202, False)
            readiness.stopping()
            assert await post("generic", alarm) == (503, True)
            assert len(await engine.open_alarms()) == 1


Post = Callable[[str, dict[str, str]], Awaitable[tuple[int, bool]]]


@asynccontextmanager
async def a_server() -> AsyncIterator[tuple[Readiness, Post]]:
    """The daemon's HTTP server, and a client: the status, and whether it says when to come again."""
    readiness = Readiness(gateway="home", version="0.1.0")
    server = HttpServer(
        HttpSettings(port=0, endpoints=EVERYTHING),
        readiness=readiness,
        metrics=Metrics(gateway="home", version="0.1.0"),
        clock=SystemClock(),
    )
    await server.start()
    async with aiohttp.ClientSession() as client:

        async def post(name: str, body: dict[str, str]) -> tuple[int, bool]:
            sent = request(name, body)
            url = f"http://127.0.0.1:{server.port}{sent.path}"
            async with client.post(url, data=sent.body, headers=sent.headers) as answer:
                return answer.status, "Retry-After" in answer.headers

        try:
            yield readiness, post
        finally:
            await server.stop()


def an_alarm(packet_id: int) -> bytes:
    return publish(packet_id, f"{ROOT}/in/alarm/plc/k{packet_id}", b"ON")


async def everything_written_is_read(broker: FakeBroker, intake: MqttIntake) -> None:
    """What the gateway wrote before this came to the broker before it: it is one line."""
    mark = b"the end of what was written"
    intake._session.publish(Publication(topic=f"{ROOT}/out/mark", payload=mark, retain=False))
    async with asyncio.timeout(DEADLINE):
        while not any(mark in body for body in broker.received(PUBLISH)):
            broker.changed.clear()
            await broker.changed.wait()


@asynccontextmanager
async def on_fake_broker(tmp_path: Path, disk: SlowDisk) -> AsyncIterator[tuple[FakeBroker, MqttIntake]]:
    async with (
        fake_broker(grants=True) as broker,
        an_engine(tmp_path, failpoint=disk) as engine,
        on_line(engine, broker.port) as intake,
    ):
        yield broker, intake
        disk.let_go.set()


class TestF2AcknowledgedToTheBroker:
    """PUBACK after the commit, in a session that outlives us."""

    async def test_no_puback_before_the_commit(self, tmp_path: Path) -> None:
        disk = SlowDisk()
        async with on_fake_broker(tmp_path, disk) as (broker, intake):
            await broker.send(an_alarm(7) + an_alarm(8))
            async with asyncio.timeout(DEADLINE):
                await disk.reached.wait()
            await everything_written_is_read(broker, intake)
            assert broker.received(PUBACK) == []
            disk.let_go.set()
            await broker.until_received(PUBACK, 2)
            assert [body[:2] for body in broker.received(PUBACK)] == [b"\x00\x07", b"\x00\x08"]

    async def test_the_session_is_asked_to_stay(self, tmp_path: Path) -> None:
        async with on_fake_broker(tmp_path, SlowDisk()) as (broker, _):
            (connect,) = broker.received(CONNECT)
        # MQTT 5.0 clause 3.1.2: protocol name and level, flags, keep alive, properties, client identifier
        assert connect[:7] == b"\x00\x04MQTT\x05"
        assert not connect[7] & 0b10  # Clean Start
        assert b"\x11" + (7 * 24 * 3600).to_bytes(4, "big") in connect  # Session Expiry Interval
        assert b"\x21\x00\x14" in connect  # Receive Maximum 20
        assert b"home" in connect

    @needs_mosquitto
    async def test_what_came_while_the_gateway_was_away_is_handed_over(self, tmp_path: Path) -> None:
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

    @pytest.mark.parametrize(
        ("kind", "moment"),
        [
            pytest.param("mosquitto", Moment.RAISE.before, marks=needs_mosquitto),
            pytest.param("mosquitto", Moment.RAISE.after, marks=needs_mosquitto),
            ("rumqttd", Moment.RAISE.before),
        ],
    )
    async def test_killed_three_times_while_alarms_come(self, tmp_path: Path, kind: str, moment: str) -> None:
        """SIGKILL at the first raise of each life, around its commit."""
        file = tmp_path / "gateway.yaml"
        async with (
            Mosquitto(tmp_path) if kind == "mosquitto" else Rumqttd(tmp_path) as broker,
            Peer(broker.port, "plc") as plc,
        ):
            file.write_text(GATEWAY.format(port=broker.port), encoding="utf-8")
            async with an_engine(tmp_path) as engine, on_line(engine, broker.port):
                pass  # the broker knows us from now on
            keys = iter(range(150))
            for _ in range(3):
                async with Program(
                    "alert_engine.daemon", "run", str(file), **{FAILPOINT_VARIABLE: moment}
                ) as gateway:
                    for key in islice(keys, 25):
                        await plc.publish(f"{ROOT}/in/alarm/plc/k{key}", "ON")
                    assert await gateway.ends() == -signal.SIGKILL
                for key in islice(keys, 25):
                    await plc.publish(f"{ROOT}/in/alarm/plc/k{key}", "ON")
            async with an_engine(tmp_path) as engine, on_line(engine, broker.port):
                async with asyncio.timeout(DEADLINE):
                    while len(await counts(engine)) < 150:
                        pass
                assert sorted(await counts(engine)) == sorted(f"k{number}" for number in range(150))


@needs_mosquitto
class TestF3WhatTheBrokerForgets:
    """Levels survive a short queue; the four lines of docs/mqtt.md survive a power cut."""

    async def test_a_short_queue_of_the_broker_loses_edges_but_no_levels(self, tmp_path: Path) -> None:
        async with Mosquitto(tmp_path, "max_queued_messages 10") as broker, an_engine(tmp_path) as engine:
            async with on_line(engine, broker.port):
                pass
            async with Peer(broker.port) as plc:
                for number in range(100):
                    await plc.publish(f"{ROOT}/in/alarm/plc/e{number}", "ON")
                for number in range(LEVELS):
                    await plc.publish(f"{ROOT}/in/state/plc/s{number}", "ON", retain=True)
            async with on_line(engine, broker.port), asyncio.timeout(DEADLINE):
                while sum(key.startswith("s") for key in await counts(engine)) < LEVELS:
                    pass
            assert sum(key.startswith("e") for key in await counts(engine)) < 100

    async def test_a_broker_that_is_killed_has_kept_all_but_the_last_second(self, tmp_path: Path) -> None:
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


class TestF4ToldToTheBroker:
    """A publication is told when the broker confirmed it, and not before."""

    async def test_what_was_not_confirmed_is_published_again(self, tmp_path: Path) -> None:
        async with (
            fake_broker(grants=True, puback_reason=None) as broker,
            an_engine(tmp_path) as engine,
            on_line(engine, broker.port),
        ):
            await broker.send(an_alarm(7))
            await until_told(broker, b'"event":"raised"', 1)
            broker.puback_reason = 0
            broker.cut()
            await until_told(broker, b'"event":"raised"', 2)
            assert broker.connections == 2

    @needs_mosquitto
    async def test_what_was_told_while_the_broker_was_away_is_published_later(self, tmp_path: Path) -> None:
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


async def until_told(broker: FakeBroker, words: bytes, times: int) -> None:
    """The broker got so many publications with these words."""
    async with asyncio.timeout(DEADLINE):
        while sum(words in body for body in broker.received(PUBLISH)) < times:
            broker.changed.clear()
            await broker.changed.wait()


async def _a_few_rounds() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)
