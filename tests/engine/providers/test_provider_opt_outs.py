"""What the engine does for providers: who opted out there, the window of WhatsApp, first attempts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.model import Address, Channel, MessageState, Person, SendRequest
from alert_engine.routes.base import ErrorClass, Rejected, ReportStatus
from tests.engine.support import ANNA, EPOCH, FakeRoute, Step, Story, number_of, rejected, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

OPTED_OUT = Step(outcome=Rejected(error_class=ErrorClass.RECIPIENT, reason="they said STOP", opted_out=True))
NUMBER = "+436645555555"
WRITER = Person(
    id="wanda",
    name="Wanda",
    language="en",
    addresses=(Address(channel=Channel.WHATSAPP, value=NUMBER),),
)


async def send(told: Story, to: str = "anna") -> str:
    return (await told.engine.send(SendRequest(to=(to,), text="hello"))).messages[0].uid


@story
async def test_the_next_route_is_used_now_and_from_then_on(tmp_path: Path) -> None:
    cloud, modem = FakeRoute("cloud", script=[OPTED_OUT]), FakeRoute("modem")
    async with telling(tmp_path, route=cloud) as told:
        await told.engine.add_route(modem)
        for second in (10, 20):
            uid = await send(told)
            await told.until(second)
            assert (await told.message(uid)).route == "modem"
        assert len(cloud.given) == 1
        await cloud.receive(ANNA, "START")
        await told.until(30)
        uid = await send(told)
        await told.until(40)
        assert (await told.message(uid)).route == "cloud"


@story
async def test_without_another_route_it_is_not_tried_again_and_says_why(tmp_path: Path) -> None:
    cloud, modem = FakeRoute("cloud", script=[OPTED_OUT]), FakeRoute("modem")
    async with telling(tmp_path, route=cloud) as told:
        refused = await send(told)
        await told.until(10)
        assert (await told.message(refused)).state is MessageState.FAILED
        barred = await told.message(await send(told))
        assert (barred.state, "told all providers" in barred.reason) == (MessageState.CANCELLED, True)
        await told.engine.add_route(modem)
        again = await send(told)
        await told.until(30)
        assert (await told.message(again)).route == "modem"
        assert len(cloud.given) == 1


@story
async def test_a_report_may_tell_of_it(tmp_path: Path) -> None:
    cloud, modem = FakeRoute("cloud"), FakeRoute("modem")
    async with telling(tmp_path, route=cloud) as told:
        await told.engine.add_route(modem)
        late = await send(told)
        await told.until(10)
        await cloud.deliver(cloud.left[0], ReportStatus.FAILED, opted_out=True)
        uid = await send(told)
        await told.until(20)
        assert (await told.message(uid)).route == "modem"
        assert (await told.message(late)).route == "modem"  # as if it had been said at once
        assert len(modem.left) == 2


@story
async def test_a_refusal_of_another_kind_marks_nothing(tmp_path: Path) -> None:
    cloud = FakeRoute("cloud", script=[rejected(ErrorClass.RECIPIENT)])
    async with telling(tmp_path, route=cloud) as told:
        await told.engine.add_route(FakeRoute("modem"))
        refused = await send(told)
        await told.until(10)
        assert (await told.message(refused)).state is MessageState.FAILED
        uid = await send(told)
        await told.until(20)
        assert (await told.message(uid)).route == "cloud"


@story
async def test_whatsapp_is_told_when_somebody_last_wrote_by_it(tmp_path: Path) -> None:
    route = FakeRoute("cloud", channels=frozenset({Channel.WHATSAPP, Channel.SMS}))
    async with telling(tmp_path, people=(ANNA, WRITER), route=route) as told:
        await send(told, "wanda")
        await told.until(10)
        await route.receive(NUMBER, "by SMS", channel=Channel.SMS)
        await send(told, "wanda")
        await told.until(20)
        await route.receive(NUMBER, "by WhatsApp", channel=Channel.WHATSAPP)
        await send(told, "wanda")
        await send(told, "anna")
        await told.until(30)
    to_wanda = [each for each in route.given if each.channel is Channel.WHATSAPP]
    assert [each.heard_at for each in to_wanda] == [None, None, EPOCH + timedelta(seconds=20)]
    assert [each.heard_at for each in route.given if each.address == number_of(ANNA)] == [None]


@story
async def test_each_attempt_tells_when_the_first_by_its_route_began(tmp_path: Path) -> None:
    busy = rejected(ErrorClass.TEMPORARY)
    async with telling(tmp_path, route=FakeRoute("cloud", script=[busy, busy])) as told:
        await send(told)
        await told.until(60)
        given = told.route.given
        assert len(given) == 3
        assert {each.first_tried_at for each in given} == {EPOCH}
