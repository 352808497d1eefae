"""From the request of a monitoring system to the phone, with a real engine."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alert_engine.intake.http import HttpIntake
from alert_engine.model import AlarmClear, AlarmRaise, SendRequest
from tests.engine.intake.http_support import EVERYTHING, data, request, vector
from tests.engine.support import telling
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
                raise NotImplementedError


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
