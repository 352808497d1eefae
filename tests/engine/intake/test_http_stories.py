"""From the request of a monitoring system to the phone, with a real engine."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.intake.http import HttpIntake
from alert_engine.model import AlarmClear, AlarmRaise, SendRequest
from tests.engine.intake.http_support import EVERYTHING, data, request, vector
from tests.engine.support import EPOCH, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from alert_engine.engine import AlertEngine
    from alert_engine.model import Ask, Result


@dataclass(frozen=True, slots=True)
class OneByOne:
    """The engine's own methods; each request here asks for one thing, so one commit is one ask."""

    engine: AlertEngine

    async def apply(self, asks: Sequence[Ask]) -> Sequence[Result]:
        (ask,) = asks
        match ask:
            case AlarmRaise():
                return (await self.engine.raise_alarm(ask),)
            case AlarmClear():
                return (await self.engine.clear(ask),)
            case SendRequest():
                return (await self.engine.send(ask),)
            case _:
                raise AssertionError("these stories ask for nothing else")


def resolved(body: dict[str, Any]) -> dict[str, Any]:
    body = copy.deepcopy(body)
    body["alerts"][0] |= {"status": "resolved", "endsAt": "2023-02-06T13:28:45.828Z"}
    return body


@story
async def test_alertmanager_repeats_and_nobody_is_told_twice(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        intake, engine = HttpIntake(EVERYTHING), OneByOne(told.engine)
        firing = request("alertmanager", vector("alertmanager_firing"))
        answers = [await intake.handle(firing, engine, now=told.clock.now()) for _ in range(3)]
        (alarm,) = await told.engine.open_alarms()
        assert [data(answer) for answer in answers] == [
            {"accepted": [alarm.id], "duplicate": 0},
            {"accepted": [alarm.id], "duplicate": 1},
            {"accepted": [alarm.id], "duplicate": 1},
        ]
        await told.until(5)
        ((_, text),) = told.route.texts
        assert "BlackBox Probe Failure" in text
        assert alarm.code in text
        over = request("alertmanager", resolved(vector("alertmanager_firing")))
        assert (await intake.handle(over, engine, now=told.clock.now())).status == 202
        assert await told.engine.open_alarms() == ()


@story
async def test_an_unknown_recipient_is_named_by_its_place(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        sent = request("send", {"to": "anna,hunter2", "text": "x"})
        answer = await HttpIntake(EVERYTHING).handle(sent, OneByOne(told.engine), now=told.clock.now())
        assert answer.status == 400
        assert "recipient 2" in data(answer)["error"]
        assert b"hunter2" not in answer.body
        assert told.route.texts == []


def prometheus(status: str, *, began: float, ended: float = 0) -> dict[str, Any]:
    """What Alertmanager says of one alert; its times are seconds of the story."""
    body = copy.deepcopy(vector("alertmanager_firing"))
    body["alerts"][0] |= {
        "status": status,
        "startsAt": (EPOCH + timedelta(seconds=began)).isoformat(),
        "endsAt": (EPOCH + timedelta(seconds=ended)).isoformat(),
    }
    return body


class TestAlertmanagerTellsWhenItBegan:
    """``startsAt`` is no time of the message: Prometheus says the same one for as long as it lasts."""

    @pytest.mark.parametrize("away", [120, 3600, 25 * 3600], ids=["2 min", "1 h", "25 h"])
    def test_after_prometheus_stood_still_it_is_raised_again(self, tmp_path: Path, away: float) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path) as told:
                intake, engine = HttpIntake(EVERYTHING), OneByOne(told.engine)

                async def post(body: dict[str, Any]) -> dict[str, Any]:
                    sent = request("alertmanager", body, received_at=told.clock.monotonic())
                    return data(await intake.handle(sent, engine, now=told.clock.now()))

                await post(prometheus("firing", began=0))
                await told.until(600)
                await post(prometheus("resolved", began=0, ended=600))
                assert await told.engine.open_alarms() == ()
                await told.until(600 + away)
                assert "notes" not in await post(prometheus("firing", began=0))
                assert len(await told.engine.open_alarms()) == 1
                # and what ends it now is not taken for the old end
                await told.until(700 + away)
                await post(prometheus("resolved", began=0, ended=700 + away))
                assert await told.engine.open_alarms() == ()

        told()

    @story
    async def test_the_end_of_an_earlier_time_ends_nothing(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            intake, engine = HttpIntake(EVERYTHING), OneByOne(told.engine)
            await told.until(1000)
            for body in (prometheus("firing", began=900), prometheus("resolved", began=0, ended=600)):
                answer = await intake.handle(request("alertmanager", body), engine, now=told.clock.now())
            assert "older than what its source told" in data(answer)["notes"][0]
            assert len(await told.engine.open_alarms()) == 1


@story
async def test_what_has_lapsed_on_its_way_is_not_raised(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        await told.until(1000)
        body = {"key": "tank", "ts": told.clock.now().timestamp() - 61, "ttl": 60}
        intake = HttpIntake(EVERYTHING)
        answer = await intake.handle(request("generic", body), told.engine, now=told.clock.now())
        assert (answer.status, data(answer)["accepted"]) == (202, [])
        assert "ttl" in data(answer)["notes"][0]
        body["ts"] = told.clock.now().timestamp() - 59
        await intake.handle(request("generic", body), told.engine, now=told.clock.now())
        (alarm,) = await told.engine.open_alarms()
        assert alarm.key == "tank"
        await told.until(1061)
        assert await told.engine.open_alarms() == ()


@story
async def test_a_test_by_http_is_told_and_says_so(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        sent = request("generic", {"key": "siren", "test": True, "severity": "critical"})
        answer = await HttpIntake(EVERYTHING).handle(sent, told.engine, now=told.clock.now())
        assert answer.status == 202
        await told.until(5)
        assert [text.startswith("TEST") for _, text in told.route.texts] == [True]


@story
async def test_a_sign_of_life_that_nobody_waits_for_says_so(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        intake = HttpIntake(EVERYTHING)

        async def post(body: dict[str, Any]) -> dict[str, Any]:
            return data(await intake.handle(request("generic", body), told.engine, now=told.clock.now()))

        (note,) = (await post({"event": "heartbeat", "key": "nas"}))["notes"]
        assert note.startswith("no heartbeat of this key is waited for")
        assert "notes" not in await post({"event": "heartbeat", "key": "nas", "period": 60})
        (note,) = (await post({"event": "ack", "key": "nas"}))["notes"]
        assert note == "no open alarm has this name"
