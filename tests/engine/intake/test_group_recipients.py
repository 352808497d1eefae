"""A group is a recipient wherever a text can be handed in: each of its members is told, once."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.intake.http import HttpIntake
from alert_engine.intake.mail import Envelope, MailRules, asks_of
from alert_engine.intake.payloads import Delivery, Request, read_delivery
from alert_engine.intake.topics import Topics
from alert_engine.model import Group
from tests.engine.intake.http_support import EVERYTHING, request
from tests.engine.support import ANNA, BERT, Story, number_of, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

FAMILY = Group(id="family", name="Family", members=("anna", "bert"))


async def by_http(told: Story) -> Any:
    sent = request("send", {"to": "family,anna", "text": "The gate is open"})
    return (await HttpIntake(EVERYTHING).handle(sent, told.engine, now=told.clock.now())).status == 202


async def by_mail(told: Story) -> Any:
    message = EmailMessage()
    message["Subject"] = "The gate is open"
    envelope = Envelope(sender="nas@lan", recipients=("family@gw", "anna@gw"), content=message.as_bytes())
    return await told.engine.apply(asks_of(MailRules(allowed=()), envelope))


async def by_mqtt(told: Story) -> Any:
    payload = b'{"request_id": "r1", "to": ["family", "anna"], "text": "The gate is open"}'
    delivery = Delivery(topic="alert_gateway/home/in/send", payload=payload, size=len(payload))
    read = read_delivery(delivery, Topics("alert_gateway", "home"), now=told.clock.now())
    assert isinstance(read, Request)
    return await told.engine.apply((read.ask,))


@pytest.mark.parametrize("way", [by_http, by_mail, by_mqtt])
def test_each_member_is_told_once(tmp_path: Path, way: Callable[[Story], Awaitable[Any]]) -> None:
    @story
    async def told() -> None:
        async with telling(tmp_path, people=(ANNA, BERT), groups=(FAMILY,)) as told:
            assert await way(told)
            await told.until(60)
            assert sorted(told.route.texts) == [
                (number_of(person), "The gate is open") for person in (ANNA, BERT)
            ]

    told()
