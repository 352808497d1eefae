"""What goes wrong with the intake itself becomes an alarm; what an earlier name left is emptied."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from alert_engine.intake import mqtt_sweep
from alert_engine.intake.mqtt_session import SessionState, SessionStatus
from alert_engine.intake.mqtt_watch import CALM, NO_BROKER, OFFLINE_LIMIT, TAKE_OVER, UNUSABLE, MqttWatch
from alert_engine.intake.payloads import Delivery
from alert_engine.model import Policy, Step
from alert_engine.supervision.settings import SupervisionSettings
from tests import virtual_time

from .brokers import DEADLINE, Mosquitto, Peer, allow_sockets, needs_mosquitto
from .fake_broker import PUBACK, fake_broker, publish
from .mqtt_house import a_house, an_engine, on_line
from .support import telling
from .test_mqtt_session import IN, Consumer, Watched, running, settings_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from alert_engine.engine import AlertEngine

    from .support import Story


def status(state: SessionState, reason: str = "") -> SessionStatus:
    return SessionStatus(state=state, reason=reason)


async def faults(engine: AlertEngine) -> list[str]:
    return sorted(alarm.key for alarm in await engine.open_alarms() if alarm.source == "gateway")


@asynccontextmanager
async def watching(directory: Path) -> AsyncIterator[tuple[Story, MqttWatch]]:
    async with telling(directory) as story:
        watch = MqttWatch(story.engine, clock=story.clock)
        watch.start()
        yield story, watch
        await watch.stop()


@virtual_time.story
async def test_a_take_over_is_told_at_once_and_over_after_a_calm_while(tmp_path: Path) -> None:
    async with watching(tmp_path) as (story, watch):
        watch.note(status(SessionState.TAKEN_OVER, "another client"))
        await story.until(1)
        assert await faults(story.engine) == [TAKE_OVER]
        for second in (60, 120):  # both try again each minute
            await story.until(second)
            watch.note(status(SessionState.ONLINE))
            await story.until(second + 30)
            watch.note(status(SessionState.TAKEN_OVER, "another client"))
        await story.until(180)
        watch.note(status(SessionState.ONLINE))
        await story.until(180 + CALM - 1)
        assert await faults(story.engine) == [TAKE_OVER]
        await story.until(180 + CALM + 1)
        assert await faults(story.engine) == []


@virtual_time.story
async def test_only_a_broker_that_stays_away_is_told(tmp_path: Path) -> None:
    async with watching(tmp_path) as (story, watch):
        watch.note(status(SessionState.OFFLINE, "nothing listens"))
        await story.until(100)
        watch.note(status(SessionState.ONLINE))
        watch.note(status(SessionState.OFFLINE, "nothing listens"))
        await story.until(100 + OFFLINE_LIMIT - 1)
        assert await faults(story.engine) == []
        watch.note(status(SessionState.CONNECTING))
        await story.until(100 + OFFLINE_LIMIT + 1)
        assert await faults(story.engine) == [NO_BROKER]
        (alarm,) = await story.engine.open_alarms()
        assert alarm.text == "nothing listens"
        watch.note(status(SessionState.ONLINE))
        await story.until(100 + OFFLINE_LIMIT + 3)
        assert await faults(story.engine) == []


@virtual_time.story
async def test_a_stop_is_no_fault(tmp_path: Path) -> None:
    async with watching(tmp_path) as (story, watch):
        watch.note(status(SessionState.CONNECTING))
        watch.note(status(SessionState.STOPPED))
        await story.until(2 * OFFLINE_LIMIT)
        assert await faults(story.engine) == []


@virtual_time.story
async def test_what_a_full_disk_kept_from_being_told_is_told_later(tmp_path: Path) -> None:
    async with watching(tmp_path) as (story, watch):
        with closing(sqlite3.connect(tmp_path / "journal.db")) as other:
            other.execute("ALTER TABLE intake RENAME TO elsewhere")
            watch.note(status(SessionState.TAKEN_OVER, "another client"))
            await story.until(5)
            other.execute("ALTER TABLE elsewhere RENAME TO intake")
        await story.until(40)
        assert await faults(story.engine) == [TAKE_OVER]


@virtual_time.story
async def test_a_message_that_meets_a_mistake_is_told_to_people(tmp_path: Path) -> None:
    async with watching(tmp_path) as (story, watch):
        await watch.report_unusable(Delivery(topic="a/b/in/alarm/plc/tank", payload=b"x", size=1))
        (alarm,) = await story.engine.open_alarms()
        assert alarm.key == UNUSABLE
        assert "a/b/in/alarm/plc/tank" in alarm.text


@virtual_time.story
async def test_they_follow_the_policy_of_the_gateways_own_alarms(tmp_path: Path) -> None:
    own = Policy(name="own", steps=(Step(after=timedelta(0), notify=("anna",)),))
    supervision = SupervisionSettings(policy="own")
    async with telling(tmp_path, policies=(own,), supervision=supervision) as story:
        watch = MqttWatch(story.engine, clock=story.clock)
        watch.start()
        watch.note(status(SessionState.TAKEN_OVER, "another client"))
        await watch.report_unusable(Delivery(topic="a/b/in/alarm/plc/tank", payload=b"x", size=1))
        await story.until(1)
        await watch.stop()
        alarms = await story.engine.open_alarms()
        assert {alarm.key: alarm.policy.name for alarm in alarms} == {TAKE_OVER: "own", UNUSABLE: "own"}


class Faulty(Consumer):
    """Whatever comes, it makes a mistake, until it is mended."""

    broken = True

    async def receive(self, delivery: Delivery) -> None:
        if self.broken:
            raise RuntimeError("a mistake")
        await super().receive(delivery)


async def test_twenty_stuck_messages_do_not_leave_us_deaf() -> None:
    allow_sockets()
    consumer = Faulty()
    flood = b"".join(publish(number, IN, str(number).encode()) for number in range(1, 21))
    async with fake_broker() as broker, running(settings_for(broker.port), consumer) as watched:
        await watched.reaches(SessionState.ONLINE)
        await broker.send(flood)
        deaf = await watched.reaches(SessionState.OFFLINE)
        assert "20 messages could not be handled" in deaf.reason
        assert watched.session.worker.stuck == 20
        consumer.broken = False
        await watched.reaches(SessionState.ONLINE, times=2)
        await broker.send(flood)
        await consumer.has_taken(20)


async def test_what_is_given_up_is_acknowledged() -> None:
    allow_sockets()
    given_up: list[str] = []

    async def give_up(delivery: Delivery) -> None:
        given_up.append(delivery.topic)

    async with fake_broker() as broker:
        watched = Watched(settings_for(broker.port), Faulty())
        watched.session.worker._give_up = give_up
        await watched.session.start()
        await watched.reaches(SessionState.ONLINE)
        await broker.send(publish(1, IN, b"x"))
        await broker.until_received(PUBACK)
        assert watched.session.worker.given_up == 1
        await watched.session.stop()
    assert given_up == [IN]


@needs_mosquitto
class TestOnABroker:
    @pytest.fixture
    async def port(self, tmp_path: Path) -> AsyncIterator[int]:
        allow_sockets()
        async with Mosquitto(tmp_path) as broker:
            yield broker.port

    async def test_a_second_gateway_with_our_name_is_an_alarm(self, port: int, tmp_path: Path) -> None:
        (tmp_path / "other").mkdir()
        async with (
            a_house(port, tmp_path) as house,
            an_engine(tmp_path / "other") as other,
            on_line(other, port),
        ):
            state = await house.state_of(TAKE_OVER, source="gateway")
            assert state["severity"] == "high"

    async def test_our_own_mistake_loses_no_alarm_unseen(
        self, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def mistake(*_: object) -> None:
            raise RuntimeError("a mistake")

        monkeypatch.setattr("alert_engine.intake.payloads.read_heartbeat", mistake)
        async with a_house(port, tmp_path) as house:
            await house.peer.publish("alert_gateway/home/in/heartbeat/boiler", "x", unchecked=True)
            state = await house.state_of(UNUSABLE)
            assert "in/heartbeat/boiler" in state["text"]
            assert house.intake.counters["given_up"] == 1
            assert house.intake.counters["stuck"] == 0

    async def test_what_a_removed_route_left_is_emptied(self, port: int, tmp_path: Path) -> None:
        topic = "alert_gateway/home/out/route/old/state"
        async with Peer(port, "earlier") as earlier:
            await earlier.publish(topic, "{}", retain=True)
        async with a_house(port, tmp_path) as house:
            await house.peer.message(topic, lambda message: not message.payload)

    @pytest.mark.parametrize("change", [{"prefix": "site/alerts"}, {"gateway": "cellar"}])
    async def test_what_an_earlier_name_left_is_emptied(
        self, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, str]
    ) -> None:
        monkeypatch.setattr(mqtt_sweep, "LOOK", 0.3)  # of real time: the broker is
        async with a_house(port, tmp_path) as house:
            await house.say("in/alarm/plc/tank", "ON")
            await house.state_of("tank")
        async with Peer(port, "judge") as judge:
            await judge.subscribe("alert_gateway/home/#")
            await judge.until(lambda: len({m.topic for m in judge.messages if m.retained}) >= 4)
            before = {m.topic for m in judge.messages if m.retained}
            async with a_house(port, tmp_path, **change):
                for topic in before:
                    await judge.message(topic, lambda message: not message.payload)
            async with a_house(port, tmp_path, **change) as house, asyncio.timeout(DEADLINE):
                while await house.engine.notes.read(mqtt_sweep.NOTES) != (house.root,):
                    pass

    async def test_where_another_gateway_lives_by_now_nothing_is_emptied(
        self, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(mqtt_sweep, "LOOK", 0.3)  # of real time: the broker is
        (tmp_path / "ours").mkdir()
        async with a_house(port, tmp_path / "ours"):
            pass
        async with a_house(port, tmp_path) as heir, an_engine(tmp_path / "ours") as ours:
            async with on_line(ours, port, gateway="cellar"), asyncio.timeout(DEADLINE):
                while await ours.notes.read(mqtt_sweep.NOTES) != ("alert_gateway/cellar",):
                    pass
            assert not [m for m in heir.peer.messages if not m.payload]
        assert "Another gateway lives under alert_gateway/home now" in caplog.text
