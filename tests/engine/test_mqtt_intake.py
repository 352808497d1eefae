"""The engine on MQTT, with real brokers and a real journal: from ON to closed, and what goes wrong."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from alert_engine.clock import SystemClock
from alert_engine.intake.mqtt import MqttIntake, SessionState
from alert_engine.intake.payloads import Delivery
from alert_engine.intake.settings import MqttSettings
from alert_engine.model import AlarmChanged, AlarmClear, AlarmRaise, Severity
from alert_engine.routes.base import InboundSms, RouteHealth, RouteState

from .brokers import DEADLINE, Mosquitto, Peer, Rumqttd, allow_sockets, needs_mosquitto
from .fake_broker import PUBACK, fake_broker, publish
from .mqtt_house import ANNA, QUICK, ROOT, FullDisk, House, a_house, an_engine, on_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def sockets() -> None:
    allow_sockets()


class ShiftedClock(SystemClock):
    """This machine's clock, some time later."""

    shift = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.shift


def transitions(house: House) -> list[str]:
    return [event.event for event in house.events if isinstance(event, AlarmChanged)]


@pytest.fixture(params=[pytest.param("mosquitto", marks=needs_mosquitto), "rumqttd"])
async def port(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[int]:
    allow_sockets()
    async with Mosquitto(tmp_path) if request.param == "mosquitto" else Rumqttd(tmp_path) as broker:
        yield broker.port


async def test_from_on_to_closed(port: int, tmp_path: Path) -> None:
    async with a_house(port, tmp_path) as house:
        await house.say("in/alarm/plc/tank", "ON")
        state = await house.state_of("tank", state="raised")
        assert (state["source"], state["severity"], state["count"]) == ("plc", "normal", 1)
        await house.hears(f"out/alarm/{state['id']}/event", event="raised")
        await house.hears("out/summary", open=1, unacked=1, highest="normal")

        await house.say(
            "in/cmd/ack",
            {"v": 1, "request_id": "r1", "code": state["code"], "by": "panel"},
            ResponseTopic=f"{ROOT}/out/response/panel/7",
            CorrelationData=b"\x01\x02",
        )
        answer = await house.peer.message(f"{ROOT}/out/response/panel/7")
        assert json.loads(answer.payload) == {"v": 1, "request_id": "r1", "ok": True, "changed": True}
        assert answer.correlation == b"\x01\x02"
        await house.state_of("tank", state="acked", acked_by="mqtt:panel")

        await house.say("in/alarm/plc/tank", "OFF")
        await house.state_of("tank", state="closed")
        await house.hears("out/summary", open=0)


async def test_everybody_who_comes_later_sees_what_is(port: int, tmp_path: Path) -> None:
    async with a_house(port, tmp_path) as house:
        await house.say("in/alarm/plc/tank", {"event": "raise", "title": "Tank low", "severity": "critical"})
        await house.state_of("tank", recipients=[{"id": "anna", "channel": "sms", "state": "queued"}])
        async with Peer(port, "late") as late:
            await late.subscribe(f"{ROOT}/#")
            seen = {m.topic: m for m in [
                await late.message(f"{ROOT}/status"),
                await late.message(f"{ROOT}/info"),
                await late.message(f"{ROOT}/out/summary"),
            ]}  # fmt: skip
            await late.until(lambda: any(m.topic.endswith("/state") and m.retained for m in late.messages))
    assert all(message.retained for message in seen.values())
    assert seen[f"{ROOT}/status"].payload == b"online"
    assert json.loads(seen[f"{ROOT}/info"].payload)["version"] == "0.1.0"


@pytest.mark.parametrize(
    ("payload", "counter", "words"),
    [
        (b'{"title": ', "not_json", "this is no JSON"),
        (b"\xff\xff", "not_utf8", "not UTF-8"),
        (b'{"v": 9}', "version", "version 1"),
        (b"[" * 5000 + b"]" * 5000, "too_deep", "20 levels"),
        (b"x" * 10 * 1024 * 1024, "too_large", "10485760 octets"),
    ],
    ids=["json", "utf8", "version", "deep", "10MiB"],
)
async def test_bad_payloads_get_one_answer_and_block_nothing(
    port: int, tmp_path: Path, payload: bytes, counter: str, words: str
) -> None:
    async with a_house(port, tmp_path) as house:
        await house.say("in/alarm/plc/tank", payload)
        await house.say("in/alarm/plc/pump", "ON")
        await house.state_of("pump", state="raised")
        answer = await house.hears("out/response/plc", ok=False)
        assert words in answer["error"]
        assert house.intake.counters[counter] == 1
    async with a_house(port, tmp_path) as house:  # it was acknowledged: it does not come again
        await house.say("in/alarm/plc/tank", "ON")
        await house.state_of("tank", state="raised")
        assert house.intake.counters[counter] == 0
    assert [m.topic for m in house.peer.messages].count(f"{ROOT}/out/response/plc") == 0


async def test_unknown_fields_are_kept_as_labels(port: int, tmp_path: Path) -> None:
    async with a_house(port, tmp_path) as house:
        await house.say("in/alarm/plc/tank", {"hall": "B", "level": 3})
        await house.state_of("tank")
        (alarm,) = await house.engine.open_alarms()
    assert dict(alarm.labels) == {"hall": "B", "level": "3"}


async def test_a_retained_edge_is_old_news(port: int, tmp_path: Path) -> None:
    async with Peer(port, "plc") as plc:
        await plc.publish(f"{ROOT}/in/alarm/plc/old", "ON", retain=True)
    async with a_house(port, tmp_path) as house:
        await house.say("in/alarm/plc/new", "ON", retain=True)  # said while we listen: that is now
        await house.state_of("new", state="raised")
        assert house.intake.counters["retained"] == 1
        assert [alarm.key for alarm in await house.engine.open_alarms()] == ["new"]


async def test_the_id_of_a_source_makes_repeats_harmless(port: int, tmp_path: Path) -> None:
    async with a_house(port, tmp_path) as house:
        topic = f"{ROOT}/out/response/plc/x"
        for changed in (True, False):
            await house.say("in/alarm/plc/tank", {"id": "e1"}, ResponseTopic=topic)
            await house.hears("out/response/plc/x", ok=True, changed=changed, request_id="e1")
        (alarm,) = await house.engine.open_alarms()
    assert alarm.count == 1


async def test_what_names_nothing_is_answered(port: int, tmp_path: Path) -> None:
    async with a_house(port, tmp_path) as house:
        await house.say("in/cmd/ack", {"request_id": "r1", "code": "9999", "by": "panel"})
        answer = await house.hears("out/response/panel", ok=False)
        assert answer["error"] == "no open alarm has this name"
        await house.say("in/alarm/plc/tank", {"event": "ack", "id": "e1"})
        assert not (await house.hears("out/response/plc", request_id="e1"))["ok"]
        await house.say("in/cmd/dance", {"request_id": "r2"})
        assert "in/cmd/<ack|" in (await house.hears("out/response/unknown"))["error"]


async def test_what_the_engine_refuses_is_answered_in_its_words(port: int, tmp_path: Path) -> None:
    async with a_house(port, tmp_path) as house:
        late = (SystemClock().now() + timedelta(days=8)).isoformat()
        await house.say("in/cmd/shelve", {"request_id": "r1", "by": "panel", "all": True, "until": late})
        answer = await house.hears("out/response/panel", ok=False)
        assert answer["error"].startswith("until: ")
        assert house.intake.counters["refused"] == 1


async def test_a_source_takes_its_own_alarm(port: int, tmp_path: Path) -> None:
    async with a_house(port, tmp_path) as house:
        await house.say("in/alarm/plc/other", "ON")
        await house.say("in/alarm/plc/tank", "ON")
        await house.say("in/alarm/plc/tank", {"event": "ack"})
        await house.state_of("tank", state="acked", acked_by="mqtt:plc")
        await house.state_of("other", state="raised")


async def test_while_the_journal_takes_nothing_nothing_is_acknowledged(port: int, tmp_path: Path) -> None:
    disk = FullDisk(is_full=False)
    async with Peer(port, "plc") as plc:
        async with a_house(port, tmp_path, failpoint=disk) as house:
            await house.say("in/alarm/plc/first", "ON")
            await house.state_of("first")
            disk.is_full = True
            for number in range(30):
                await plc.publish(f"{ROOT}/in/alarm/plc/k{number}", "ON")
            await house.intake.stop()  # it gives up without having acknowledged any
        async with a_house(port, tmp_path) as house:
            await house.state_of("k29")
            keys = [alarm.key for alarm in await house.engine.open_alarms()]
    assert sorted(keys) == sorted(["first", *(f"k{number}" for number in range(30))])


async def test_when_the_journal_takes_alarms_again_they_follow_in_order(port: int, tmp_path: Path) -> None:
    disk = FullDisk(is_full=False)
    async with a_house(port, tmp_path, failpoint=disk) as house:
        disk.is_full = True
        for payload in ("ON", "OFF", "ON"):
            await house.say("in/alarm/plc/tank", payload)
        disk.is_full = False
        await house.peer.until(lambda: len(transitions(house)) >= 3)
    assert transitions(house) == ["raised", "cleared", "reopened"]


@pytest.mark.parametrize("port", [pytest.param("mosquitto", marks=needs_mosquitto)], indirect=True)
async def test_the_state_of_a_closed_alarm_is_emptied_after_an_hour_also_over_a_restart(
    port: int, tmp_path: Path
) -> None:
    # Not with rumqttd: it sends retained messages to the first subscription of a session only.
    async with a_house(port, tmp_path) as house:
        await house.say("in/alarm/plc/tank", "ON")
        state = await house.state_of("tank")
        await house.say("in/alarm/plc/tank", "OFF")
        await house.state_of("tank", state="closed")
    topic = f"{ROOT}/out/alarm/{state['id']}/state"

    clock = ShiftedClock()
    clock.shift = timedelta(minutes=59)
    async with a_house(port, tmp_path, clock=clock) as house:
        await house.peer.message(topic, lambda message: not message.retained)  # renewed, not emptied
    clock.shift = timedelta(minutes=61)
    async with a_house(port, tmp_path, clock=clock) as house:
        await house.peer.message(topic, lambda message: not message.payload)


async def test_the_state_of_an_alarm_that_nobody_knows_any_more_is_emptied(port: int, tmp_path: Path) -> None:
    topic = f"{ROOT}/out/alarm/of-a-lost-journal/state"
    async with Peer(port) as old:
        await old.publish(topic, "{}", retain=True)
    async with a_house(port, tmp_path) as house:
        await house.peer.message(topic, lambda message: not message.payload)


async def test_inbound_messages_keywords_and_routes_are_told(port: int, tmp_path: Path) -> None:
    async with a_house(port, tmp_path) as house:
        await house.say("in/alarm/plc/tank", "ON")
        await house.state_of("tank")
        await house.engine.health("stick", RouteHealth(state=RouteState.OK, facts=(("signal_dbm", -71),)))
        message = InboundSms(
            sender=ANNA,
            sender_can_be_answered=True,
            text="OK",
            received_at=SystemClock().now(),
            service_centre_time=None,
            is_text=True,
        )
        await house.engine.inbound("stick", message)
        inbound = await house.hears("out/inbound/stick", from_id="anna")
        assert inbound["from"] == "+43…567"
        assert "text" not in inbound
        everything = b" ".join(message.payload for message in house.peer.messages)
    assert ANNA.encode() not in everything


async def test_a_house_without_a_broker_takes_alarms_all_the_same(tmp_path: Path) -> None:
    async with an_engine(tmp_path) as engine:
        settings = MqttSettings(host="127.0.0.1", port=1, gateway="home")
        intake = MqttIntake(engine, settings, clock=SystemClock(), version="0.1.0", pace=QUICK)
        seen: asyncio.Queue[SessionState] = asyncio.Queue()
        end = intake.add_listener(lambda status: seen.put_nowait(status.state))
        await intake.start()
        await engine.raise_alarm(AlarmRaise(source="ha", key="door", severity=Severity.HIGH))
        await engine.clear(AlarmClear(source="ha", key="door"))
        async with asyncio.timeout(DEADLINE):
            while await seen.get() is not SessionState.OFFLINE:
                pass
        end()
        await intake.stop()
        assert intake.status.state is SessionState.STOPPED
    assert intake.counters["dropped"] == 0


async def test_what_is_older_than_known_is_counted_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SystemClock()
    async with an_engine(tmp_path, clock=clock) as engine:
        settings = MqttSettings(host="127.0.0.1", gateway="home")
        intake = MqttIntake(engine, settings, clock=clock, version="0.1.0")
        for seconds in (0, 60, 120):
            ts = (clock.now() - timedelta(seconds=seconds)).isoformat()
            payload = json.dumps({"ts": ts}).encode()
            await intake._receive(
                Delivery(topic=f"{ROOT}/in/alarm/plc/tank", payload=payload, size=len(payload))
            )
        (alarm,) = await engine.open_alarms()
    assert alarm.count == 1
    assert intake.counters["stale"] == 2
    assert caplog.text.count("is the clock of the source right?") == 1


async def test_a_message_whose_time_is_over_is_counted_and_not_applied(tmp_path: Path) -> None:
    clock = SystemClock()
    async with an_engine(tmp_path, clock=clock) as engine:
        settings = MqttSettings(host="127.0.0.1", gateway="home")
        intake = MqttIntake(engine, settings, clock=clock, version="0.1.0")
        await intake._receive(
            Delivery(
                topic=f"{ROOT}/in/alarm/plc/tank",
                payload=b"ON",
                size=2,
                expires_in=0,
                received_at=clock.monotonic(),
            )
        )
        assert await engine.open_alarms() == ()
    assert intake.counters["expired"] == 1


async def test_the_expiry_that_a_publisher_set_counts_from_its_arrival(tmp_path: Path) -> None:
    async with (
        fake_broker(grants=True) as broker,
        an_engine(tmp_path) as engine,
        on_line(engine, broker.port) as intake,
    ):
        for number, expires_in in enumerate((0, 600, None), start=1):
            topic = f"{ROOT}/in/alarm/plc/k{number}"
            await broker.send(publish(number, topic, b"ON", expires_in=expires_in))
        await broker.until_received(PUBACK, 3)  # what is over is done with, too
        assert [alarm.key for alarm in await engine.open_alarms()] == ["k2", "k3"]
        assert intake.counters["expired"] == 1


async def test_a_raise_whose_ttl_has_passed_is_counted_and_not_applied(tmp_path: Path) -> None:
    clock = SystemClock()
    async with an_engine(tmp_path, clock=clock) as engine:
        settings = MqttSettings(host="127.0.0.1", gateway="home")
        intake = MqttIntake(engine, settings, clock=clock, version="0.1.0")
        ts = (clock.now() - timedelta(seconds=61)).isoformat()
        payload = json.dumps({"ts": ts, "ttl": 60}).encode()
        topic = f"{ROOT}/in/alarm/plc/tank"
        await intake._receive(Delivery(topic=topic, payload=payload, size=len(payload)))
        assert await engine.open_alarms() == ()
    assert (intake.counters["expired"], intake.counters["stale"]) == (1, 0)


@pytest.mark.parametrize("topic", ["in/alarm/gateway/x", "in/state/gateway/x", "in/heartbeat/gateway/x"])
@pytest.mark.parametrize("payload", ["ON", "OFF", '{"event": "ack"}'])
async def test_nobody_else_speaks_for_the_gateway(tmp_path: Path, topic: str, payload: str) -> None:
    async with an_engine(tmp_path) as engine:
        await engine.raise_alarm(AlarmRaise(source="gateway", key="x"))
        settings = MqttSettings(host="127.0.0.1", gateway="home")
        intake = MqttIntake(engine, settings, clock=SystemClock(), version="0.1.0")
        octets = payload.encode()
        await intake._receive(Delivery(topic=f"{ROOT}/{topic}", payload=octets, size=len(octets)))
        (alarm,) = await engine.open_alarms()
        assert (alarm.state, alarm.count) == ("raised", 1)
    assert intake.counters["topic"] == 1


async def test_whoever_calls_itself_gateway_is_told_why_not(port: int, tmp_path: Path) -> None:
    async with a_house(port, tmp_path) as house:
        await house.say("in/alarm/gateway/route", "ON")
        answer = await house.hears("out/response/gateway", ok=False)
        assert "only the gateway itself" in answer["error"]
