"""Somebody says STOP: the others are told, the next number is tried, and silence is never unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.model import Address, Alarm, AlarmShelve, Channel, Policy, Severity, Step
from alert_engine.supervision.settings import SupervisionSettings
from tests.engine.support import ANNA, BERT, FAILED, CountedIds, FakeRoute, number_of, telling
from tests.engine.test_commands import PUMP, later, said
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.support import Story

ONLY_ANNA = tuple(
    Policy(name=name, steps=(Step(after=timedelta(0), notify=("anna",)),)) for name in ("high", "critical")
)
LOUD = replace(PUMP, severity=Severity.CRITICAL)
WATCHED = SupervisionSettings()
OPT_OUT = "person/anna/opt-out"


async def ours(told: Story) -> list[Alarm]:
    return [alarm for alarm in await told.engine.open_alarms() if alarm.source == "gateway"]


def use(told: Story, *people: object) -> None:
    told.engine.update_settings(replace(told.engine._ledger.settings, people=people))


class TestWhoIsTold:
    @story
    async def test_that_the_only_recipient_opted_out_goes_to_somebody_else(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT), policies=ONLY_ANNA) as told:
            await told.route.receive(ANNA, "STOP")
            await later(told, 60)
            (text,) = [text for address, text in told.route.texts if address == number_of(BERT)]
            assert "Anna opted out" in text

    @story
    async def test_the_alarm_goes_to_the_second_number(self, tmp_path: Path) -> None:
        second = Address(channel=Channel.SMS, value="+436649999999")
        two = replace(ANNA, addresses=(*ANNA.addresses, second))
        async with telling(tmp_path, people=(two,)) as told:
            await said(told, ANNA, "STOP")
            await later(told, 60)
            told.route.left.clear()
            await told.engine.raise_alarm(LOUD)
            await later(told)
            assert [address for address, _ in told.route.texts] == [second.value]


class TestReachingNobody:
    @story
    async def test_all_want_no_messages(self, tmp_path: Path) -> None:
        async with telling(tmp_path, supervision=WATCHED) as told:
            await said(told, ANNA, "STOP")
            result = await told.engine.raise_alarm(LOUD)
            await later(told, 600)
            assert told.engine.supervision().reached_nobody == (result.alarms[0].code,)
            assert told.route.texts == []
            await said(told, ANNA, "START")
            await later(told, 600)
            assert told.engine.supervision().reached_nobody == ()

    @story
    async def test_the_message_was_cancelled(self, tmp_path: Path) -> None:
        route = FakeRoute(health=FAILED)
        async with telling(tmp_path, route=route, supervision=WATCHED) as told:
            result = await told.engine.raise_alarm(LOUD)
            await told.engine.cancel(result.message_uids[0])
            await later(told, 120)
            assert result.alarms[0].code in told.engine.supervision().reached_nobody
            await told.engine.shelve(
                AlarmShelve(by="x", alarm_id=result.alarms[0].id, until=told.clock.now() + timedelta(hours=1))
            )
            await later(told, 120)
            assert result.alarms[0].code not in told.engine.supervision().reached_nobody


class TestANumberThatBecomesAPersons:
    @story
    async def test_it_is_complained_about_when_people_change(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(BERT,), supervision=WATCHED) as told:
            await said(told, ANNA, "STOP")
            assert await ours(told) == []
            use(told, ANNA, BERT)
            await later(told, 60)
            (alarm,) = await ours(told)
            assert (alarm.key, alarm.title, alarm.count) == (OPT_OUT, "Anna opted out", 1)
            assert number_of(BERT) in {address for address, _ in told.route.texts}

    @story
    async def test_once_for_each_owner(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(BERT,), supervision=WATCHED) as told:
            await said(told, ANNA, "STOP")
            for _ in range(3):
                use(told, ANNA, BERT)
                await later(told, 60)
            (alarm,) = await ours(told)
            assert alarm.count == 1
            await told.engine.close_alarm(alarm.id, by="home_assistant:x")
            use(told, ANNA, BERT)
            await later(told, 60)
            assert await ours(told) == []

    @story
    async def test_at_the_next_start(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(BERT,)) as told:
            await said(told, ANNA, "STOP")
        ids = CountedIds(5)
        ids.prefix = "later"
        async with telling(tmp_path, people=(ANNA, BERT), ids=ids) as told:
            assert [alarm.key for alarm in await ours(told)] == [OPT_OUT]
            await said(told, ANNA, "START")
            assert await ours(told) == []
