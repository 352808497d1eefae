"""What is sent after a text that came by HTTP: said in JSON, and only to whom the endpoint may write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.intake.http import HttpIntake
from tests.engine.intake.http_support import EVERYTHING, FORM, data, request
from tests.engine.support import ANNA, BERT, number_of, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.intake.http_request import HttpAnswer
    from tests.engine.support import Story

SENT: dict[str, Any] = {"to": "anna", "text": "The gate is open"}


async def post(told: Story, body: Any, *recipients: str, **changes: Any) -> HttpAnswer:
    endpoints = tuple(
        replace(each, recipients=recipients) if each.name == "send" else each for each in EVERYTHING
    )
    sent = request("send", body, **changes)
    return await HttpIntake(endpoints).handle(sent, told.engine, now=told.clock.now())


@story
async def test_whoever_was_named_hears_that_it_was_delivered(tmp_path: Path) -> None:
    async with telling(tmp_path, people=(ANNA, BERT)) as told:
        follow_ups = [{"on": "delivered", "text": "Anna knows", "to": ["bert"]}]
        assert (await post(told, SENT | {"follow_ups": follow_ups})).status == 202
        await told.until(5)
        await told.route.deliver(told.route.left[0])
        await told.until(10)
        assert told.route.texts[1:] == [(number_of(BERT), "Anna knows")]


@story
async def test_an_endpoint_writes_to_nobody_else_by_a_detour(tmp_path: Path) -> None:
    async with telling(tmp_path, people=(ANNA, BERT)) as told:
        follow_ups = [{"on": "delivered", "text": "x", "to": "bert"}]
        answer = await post(told, SENT | {"follow_ups": follow_ups}, "anna")
        assert answer.status == 403
        assert (await post(told, SENT | {"follow_ups": follow_ups}, "anna", "bert")).status == 202
        to_the_same = [{"on": "delivered", "text": "x"}]
        assert (await post(told, SENT | {"id": "2", "follow_ups": to_the_same}, "anna")).status == 202


@pytest.mark.parametrize(
    ("follow_ups", "says"),
    [
        ([{"text": "x"}], "follow_ups: on: is missing"),
        ([{"on": "failed", "text": "x"}], "say to whom"),
        ("later", "follow_ups: must be a list of objects"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_sent(tmp_path: Path, follow_ups: Any, says: str) -> None:
    @story
    async def told() -> None:
        async with telling(tmp_path) as told:
            answer = await post(told, SENT | {"follow_ups": follow_ups})
            assert answer.status == 400
            assert says in data(answer)["error"]
            assert await told.engine.messages() == ()

    told()


@story
async def test_a_form_cannot_say_it(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        answer = await post(told, "to=anna&text=x&follow_ups=later", headers=FORM)
        assert answer.status == 400
        assert "follow_ups: must be a list of objects" in data(answer)["error"]
