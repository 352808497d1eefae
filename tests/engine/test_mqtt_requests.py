"""Levels, heartbeats, sends and commands over a real broker."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.clock import SystemClock
from alert_engine.decisions.suppression import name_of
from alert_engine.model import AlarmClear, AlarmClose, MessageChanged, MessageState, Severity
from alert_engine.supervision.settings import HeartbeatSettings

from .brokers import DEADLINE, Mosquitto, Peer, allow_sockets, needs_mosquitto
from .mqtt_house import ANNA, SETTINGS, a_house
from .support import FakeRoute
from .support import Step as Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = needs_mosquitto
ROOT = "alert_gateway/home"
LEVEL = f"{ROOT}/in/state/plc/tank"
BERT = "+436642222222"


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    allow_sockets()
    async with Mosquitto(tmp_path) as broker:
        yield broker.port


class TestLevels:
    async def test_what_was_on_before_we_came_is_raised(self, port: int, tmp_path: Path) -> None:
        async with Peer(port, "plc") as plc:
            await plc.publish(LEVEL, "ON", retain=True)
            await plc.publish(
                f"{ROOT}/in/state/plc/pump", '{"severity": "high", "title": "Pump"}', retain=True
            )
        async with a_house(port, tmp_path) as house:
            await house.state_of("tank", state="raised")
            await house.state_of("pump", severity="high", title="Pump")

    async def test_read_again_it_is_no_news(self, port: int, tmp_path: Path) -> None:
        async with Peer(port, "plc") as plc:
            await plc.publish(LEVEL, "ON", retain=True)
        for _ in range(3):
            async with a_house(port, tmp_path) as house:
                await house.say("in/alarm/plc/mark", "ON")
                await house.state_of("mark")
                (tank,) = [a for a in await house.engine.open_alarms() if a.key == "tank"]
                assert tank.count == 1

    async def test_what_ended_while_the_gateway_was_away_is_cleared(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            await house.say("in/state/plc/tank", "ON", retain=True)
            await house.state_of("tank", state="raised")
        async with Peer(port, "plc") as plc:
            await plc.publish(LEVEL, "OFF", retain=True)
        async with a_house(port, tmp_path) as house:
            await house.state_of("tank", state="closed")

    async def test_the_session_may_be_lost(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path):
            pass
        async with Peer(port, "alert_gateway-home"):  # a clean start under our name: the session is gone
            pass
        async with Peer(port, "plc") as plc:
            await plc.publish(LEVEL, "ON", retain=True)
        async with a_house(port, tmp_path) as house:
            await house.state_of("tank", state="raised")

    async def test_an_emptied_topic_is_off(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            await house.say("in/state/plc/tank", "ON", retain=True)
            await house.state_of("tank", state="raised")
            await house.say("in/state/plc/tank", b"", retain=True)
            await house.state_of("tank", state="closed")

    async def test_a_worse_level_is_news(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            await house.say("in/state/plc/tank", {"severity": "normal"}, retain=True)
            await house.state_of("tank", severity="normal")
            await house.say("in/state/plc/tank", {"severity": "critical"}, retain=True)
            await house.state_of("tank", severity="critical")

    async def test_a_state_is_nobodys_to_take(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            await house.say("in/state/plc/tank", {"event": "ack"})
            assert "a state cannot be ack" in (await house.hears("out/response/plc", ok=False))["error"]

    async def test_what_a_person_closed_and_still_is_comes_again(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            await house.say("in/state/plc/tank", "ON", retain=True)
            state = await house.state_of("tank")
            await house.engine.apply((AlarmClose(by="anna", alarm_id=state["id"]),))
        async with a_house(port, tmp_path) as house:
            await house.state_of("tank", state="raised")


class TestHeartbeats:
    SETTINGS_ = HeartbeatSettings(source="plc", key="main", period=timedelta(hours=1))

    async def test_a_watched_one_is_taken(self, port: int, tmp_path: Path) -> None:
        settings = replace(SETTINGS, heartbeats=(self.SETTINGS_,))
        async with a_house(port, tmp_path, settings=settings) as house:
            await house.say("in/heartbeat/plc/main", b"\x00\xff", ResponseTopic=f"{ROOT}/out/response/plc/1")
            await house.hears("out/response/plc/1", ok=True)
            (standing,) = await house.engine.heartbeats()
        assert standing.last_at is not None

    async def test_a_source_may_announce_its_own(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            say = {"period": 60, "grace": 5, "reply_to": f"{ROOT}/out/response/boiler"}
            await house.say("in/heartbeat/boiler", say)
            await house.hears("out/response/boiler", ok=True)
            (standing,) = await house.engine.heartbeats()
        assert (standing.source, standing.key, standing.period) == ("mqtt", "boiler", timedelta(minutes=1))

    async def test_one_that_nobody_awaits_is_told_so(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            await house.say("in/heartbeat/boiler", "alive")
            answer = await house.hears("out/response/mqtt", ok=False)
            assert answer["error"].startswith("nobody watches this heartbeat")

    async def test_a_retained_one_proves_nothing(self, port: int, tmp_path: Path) -> None:
        async with Peer(port, "plc") as plc:
            await plc.publish(f"{ROOT}/in/heartbeat/boiler", '{"period": 60}', retain=True)
        async with a_house(port, tmp_path) as house:
            await house.say("in/alarm/plc/mark", "ON")
            await house.state_of("mark")
            assert house.intake.counters["retained"] == 1
            assert await house.engine.heartbeats() == ()


class TestSends:
    async def test_each_step_of_each_message_is_told(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            route = FakeRoute("stick")
            await house.engine.add_route(route)
            request = {"v": 1, "request_id": "r1", "to": ["anna"], "text": "Gate is open", "channel": "sms"}
            await house.say("in/send", request, ResponseTopic=f"{ROOT}/out/response/panel")
            first = await house.hears("out/send/r1", state="queued")
            assert (first["to_id"], first["channel"]) == ("anna", "sms")
            accepted = await house.hears("out/send/r1", state="accepted", route="stick", attempt=1)
            assert accepted["message_uid"] == first["message_uid"]
            await route.deliver(route.left[0], address=ANNA, accepted_at=None)
            await house.hears("out/send/r1", state="delivered")
            await house.hears("out/response/panel", request_id="r1", ok=True, changed=True)
        assert [text for _, text in route.texts] == ["Gate is open"]

    async def test_what_a_route_has_in_hand_counts_as_queued(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            in_hand = asyncio.Event()
            house.engine.subscribe(lambda event: in_hand.set() if _is_in_flight(event) else None)
            await house.engine.add_route(FakeRoute("stick", script=[Script(seconds=1000)]))
            request = {"request_id": "r1", "to": ["anna"], "text": "Gate is open"}
            await house.say("in/send", request)
            await house.hears("out/send/r1", state="queued")
            await asyncio.wait_for(in_hand.wait(), DEADLINE)
            await house.say("in/send", request)
            await house.hears("out/send/r1", state="queued")

    async def test_what_follows_is_sent_once_something_is_known(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            route = FakeRoute("stick", script=[Script(seconds=0), Script(seconds=0)])
            await house.engine.add_route(route)
            follow_ups = [{"on": "delivered", "text": "Anna knows", "to": [BERT]}]
            request = {"request_id": "r1", "to": "anna", "text": "Gate is open", "follow_ups": follow_ups}
            await house.say("in/send", request)
            await house.hears("out/send/r1", state="accepted")
            assert route.texts == [(ANNA, "Gate is open")]
            told = asyncio.Event()
            house.engine.subscribe(lambda event: told.set() if _is_accepted(event, BERT) else None)
            await route.deliver(route.left[0], accepted_at=None)
            async with asyncio.timeout(DEADLINE):
                await told.wait()
            assert route.texts[1:] == [(BERT, "Anna knows")]

    async def test_a_follow_up_that_leads_nowhere_is_told(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            follow_ups = [{"on": "failed", "text": "Nobody was reached"}]
            request = {"request_id": "r1", "to": "anna", "text": "x", "follow_ups": follow_ups}
            await house.say("in/send", request)
            assert "say to whom" in (await house.hears("out/send/r1", state="refused"))["reason"]
            assert await house.engine.messages() == ()

    async def test_a_repeat_sends_nothing_and_is_told_how_it_stands(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            request = {"request_id": "r1", "to": ANNA, "text": "Gate is open"}
            await house.say("in/send", request)
            uid = (await house.hears("out/send/r1", state="queued"))["message_uid"]
        async with a_house(port, tmp_path) as house:
            await house.say("in/send", request, ResponseTopic=f"{ROOT}/out/response/panel")
            assert (await house.hears("out/send/r1", state="queued"))["message_uid"] == uid
            await house.hears("out/response/panel", ok=True, changed=False)
            assert len(await house.engine.messages()) == 1

    async def test_results_go_on_after_a_restart(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            await house.say("in/send", {"request_id": "r1", "to": "anna", "text": "Gate is open"})
            await house.hears("out/send/r1", state="queued")
        async with a_house(port, tmp_path) as house:
            await house.engine.add_route(FakeRoute("stick"))
            await house.hears("out/send/r1", state="accepted")

    @pytest.mark.parametrize(
        ("request_fields", "topic", "words"),
        [
            ({"request_id": "r1", "to": "nobody", "text": "x"}, "out/send/r1", "neither a person nor"),
            ({"request_id": "r1", "text": "x"}, "out/send/r1", "to: is missing"),
            ({"request_id": "r1", "to": [1], "text": "x"}, "out/send/r1", "to: must be a list"),
            ({"request_id": "r1", "to": "anna"}, "out/send/r1", "text: it is empty"),
            ({"request_id": "r1", "to": "anna", "text": "x" * 1601}, "out/send/r1", "longer than 1600"),
            ({"request_id": "r1", "to": "anna", "text": "x", "expires": 1}, "out/send/r1", "has passed"),
            (
                {"request_id": "r/1", "to": "anna", "text": "x"},
                "out/response/unknown",
                "request_id: it becomes",
            ),
            ({"to": "anna", "text": "x"}, "out/response/unknown", "request_id: is missing"),
        ],
    )
    async def test_what_is_not_sent_is_told(
        self, port: int, tmp_path: Path, request_fields: dict[str, Any], topic: str, words: str
    ) -> None:
        async with a_house(port, tmp_path) as house:
            await house.say("in/send", request_fields)
            told = await house.hears(topic)
            assert words in (told["reason"] if "reason" in told else told["error"])
            assert await house.engine.messages() == ()

    async def test_the_time_to_live_counts_from_the_earliest_moment(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            later = SystemClock().now() + timedelta(hours=1)
            request = {"request_id": "r1", "to": "anna", "text": "x", "not_before": later.isoformat()}
            await house.say("in/send", {**request, "expires_in": 60})
            await house.hears("out/send/r1", state="queued")
            (message,) = await house.engine.messages()
        assert message.due_at == later
        assert message.expires_at == later + timedelta(minutes=1)


class TestCommands:
    async def command(self, house: Any, word: str, request_id: str, **fields: Any) -> dict[str, Any]:
        await house.say(f"in/cmd/{word}", {"v": 1, "request_id": request_id, "by": "panel", **fields})
        answer: dict[str, Any] = await house.hears("out/response/panel", request_id=request_id)
        return answer

    async def test_the_life_of_an_alarm(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            await house.say("in/alarm/plc/tank", "ON")
            code = (await house.state_of("tank"))["code"]
            until = (SystemClock().now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            steps: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
                ("ack", {}, {"state": "acked", "acked_by": "mqtt:panel"}),
                ("unack", {}, {"state": "raised", "acked_by": None}),
                ("shelve", {"until": until}, {"state": "raised", "shelved_until": until}),
                ("unshelve", {}, {"shelved_until": None}),
                ("close", {}, {"state": "closed"}),
            ]
            for number, (word, fields, wanted) in enumerate(steps):
                answer = await self.command(house, word, f"r{number}", code=code, **fields)
                assert answer["ok"], answer
                assert answer["changed"], answer
                await house.state_of("tank", **wanted)
            again = await self.command(house, "close", "r9", code=code)
            assert (again["ok"], again["changed"]) == (True, False)

    async def test_a_repeat_within_a_day_changes_nothing(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            await house.say("in/alarm/plc/tank", "ON")
            await house.state_of("tank")
            await self.command(house, "ack", "r1", all=True)
            await self.command(house, "unack", "r2", all=True)
            house.peer.messages.clear()
            assert not (await self.command(house, "ack", "r1", all=True))["changed"]
            (alarm,) = await house.engine.open_alarms()
        assert alarm.acked_by is None

    async def test_maintenance_keeps_it_silent_until_its_end(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            assert (await self.command(house, "maintenance", "r1", source="plc", keys="t*"))["ok"]
            await house.say("in/alarm/plc/tank", "ON")
            await house.state_of("tank", suppressed_by=name_of("plc", "t*"))
            assert await house.engine.messages() == ()
            assert (await self.command(house, "maintenance", "r2", source="plc", keys="t*", end=True))["ok"]
            await house.state_of("tank", suppressed_by=None)

    async def test_a_test_is_an_alarm_that_says_so(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            assert (await self.command(house, "test", "weekly-1", severity="high"))["ok"]
            state = await house.state_of("weekly-1", test=True)
            assert (state["source"], state["severity"]) == ("test", Severity.HIGH)
            await house.engine.clear(AlarmClear(source="test", key="weekly-1"))

    async def test_a_call_is_a_send_by_voice(self, port: int, tmp_path: Path) -> None:
        async with a_house(port, tmp_path) as house:
            assert (await self.command(house, "call", "r1", to=[ANNA], text="Come"))["ok"]
            await house.hears("out/send/r1", channel="call")

    @pytest.mark.parametrize(
        ("word", "fields", "error"),
        [
            ("shelve", {"all": True}, "until: is missing"),
            ("maintenance", {}, "source: is missing"),
            ("close", {}, "exactly one of alarm, code and all"),
            ("call", {"text": "x"}, "to: is missing"),
            ("unack", {"all": True, "v": 2}, "v: this gateway understands version 1"),
        ],
    )
    async def test_mistakes_are_named(
        self, port: int, tmp_path: Path, word: str, fields: dict[str, Any], error: str
    ) -> None:
        async with a_house(port, tmp_path) as house:
            answer = await self.command(house, word, "r1", **fields)
        assert not answer["ok"]
        assert error in answer["error"]


def _is_in_flight(event: object) -> bool:
    return isinstance(event, MessageChanged) and event.message.state is MessageState.IN_FLIGHT


def _is_accepted(event: object, address: str) -> bool:
    if not isinstance(event, MessageChanged):
        return False
    return event.message.address == address and event.message.state is MessageState.ACCEPTED
