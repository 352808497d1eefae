"""What is told of sends that came by MQTT, and for how many."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from alert_engine.intake.announcements import Announcer
from alert_engine.intake.command_payloads import SEND_PREFIX
from alert_engine.intake.send_results import SendResults
from alert_engine.intake.topics import Topics
from alert_engine.model import SendRequest
from tests.virtual_time import story

from .support import ANNA, FAILED, OK, FakeRoute, telling

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.intake.announcements import Publication


@story
async def test_of_more_sends_than_are_followed_the_newest_are_told(tmp_path: Path) -> None:
    told: list[Publication] = []
    async with telling(tmp_path, route=FakeRoute(health=FAILED)) as house:
        topics = Topics("alert_gateway", "home")
        results = SendResults(house.engine, Announcer(topics), told.append, clock=house.clock, limit=2)
        await results.start()
        for name in ("one", "two", "three"):
            request = SendRequest(to=(ANNA.id,), text=name, request_id=f"{SEND_PREFIX}{name}")
            await house.engine.send(request)
            await results.tell(name)
        told.clear()
        await house.route.become(OK)
        await house.until(60)
        results.stop()
    accepted = [each.topic for each in told if json.loads(each.payload)["state"] == "accepted"]
    assert accepted == ["alert_gateway/home/out/send/two", "alert_gateway/home/out/send/three"]
