"""What came by WhatsApp is answered by WhatsApp, by the same account; by SMS where that does not do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.model import (
    Address,
    AlarmState,
    Authorisation,
    Channel,
    InboundReceived,
    SendRequest,
    Severity,
)
from alert_engine.routes.base import ErrorClass, ReportStatus
from tests.engine.support import (
    ANNA,
    BERT,
    EPOCH,
    FAILED,
    CountedIds,
    FakeRoute,
    Story,
    number_of,
    rejected,
    telling,
)
from tests.engine.test_commands import PUMP
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.model import Person

WHATSAPP = Channel.WHATSAPP
NUMBER = number_of(ANNA)
CHAT = Address(channel=WHATSAPP, value=NUMBER)
BOTH = replace(ANNA, addresses=(*ANNA.addresses, CHAT))
ONLY_CHAT = replace(ANNA, addresses=(CHAT,))
HELLO = SendRequest(to=("anna",), text="hello")
LOUD = replace(PUMP, severity=Severity.CRITICAL)


def cloud(name: str = "cloud", **options: Any) -> FakeRoute:
    return FakeRoute(name, channels=frozenset({WHATSAPP}), **options)


async def writes(route: FakeRoute, text: str, who: Person | str = NUMBER, **changes: Any) -> None:
    await route.receive(who, text, **({"channel": WHATSAPP} | changes))


def sent_by(route: FakeRoute) -> list[str]:
    return [each.text for each in route.given]


class TestTheWayBack:
    @story
    async def test_it_is_the_way_of_the_question(self, tmp_path: Path) -> None:
        first, second, modem = cloud("first"), cloud("second"), FakeRoute()
        async with telling(tmp_path, people=(BOTH,), route=first) as told:
            await told.engine.add_route(second)
            await told.engine.add_route(modem)
            await writes(second, "STATUS")
            await told.until(10)
            await modem.receive(ANNA, "STATUS please")
            await told.until(20)
        assert len(second.given) == 1
        assert second.given[0].channel is WHATSAPP
        assert (first.given, [each.channel for each in modem.given]) == ([], [Channel.SMS])

    @story
    async def test_sms_is_used_at_once_where_the_route_is_not_well(self, tmp_path: Path) -> None:
        route, modem = cloud(), FakeRoute()
        async with telling(tmp_path, people=(BOTH,), route=route) as told:
            await told.engine.add_route(modem)
            await route.become(FAILED)
            await writes(route, "STATUS")
            await told.until(5)
            assert (len(route.given), len(modem.given)) == (0, 1)

    @pytest.mark.parametrize("error_class", [ErrorClass.RECIPIENT, ErrorClass.MESSAGE])
    @story
    async def test_sms_is_used_when_it_is_refused(self, tmp_path: Path, error_class: ErrorClass) -> None:
        route, modem = cloud(script=[rejected(error_class)] * 2), FakeRoute()
        async with telling(tmp_path, people=(BOTH,), route=route) as told:
            await told.engine.add_route(modem)
            await writes(route, "STATUS")
            await told.until(10)
            assert sent_by(modem) == [route.given[0].text]

    @story
    async def test_sms_is_used_when_it_is_not_taken_within_a_minute(self, tmp_path: Path) -> None:
        route, modem = cloud(script=[rejected(ErrorClass.TEMPORARY)] * 50), FakeRoute()
        async with telling(tmp_path, people=(BOTH,), route=route) as told:
            await told.engine.add_route(modem)
            await writes(route, "STATUS")
            await told.until(50)
            assert modem.given == []
            await told.until(100)
            tried = len(route.given)
            assert len(modem.given) == 1
            await told.until(3600)
            assert (len(route.given), len(modem.given)) == (tried, 1)

    @story
    async def test_sms_is_used_when_a_report_says_that_it_did_not_arrive(self, tmp_path: Path) -> None:
        route, modem = cloud(), FakeRoute()
        async with telling(tmp_path, people=(BOTH,), route=route) as told:
            await told.engine.add_route(modem)
            await writes(route, "STATUS")
            await told.until(120)
            await route.deliver(route.left[0], ReportStatus.FAILED)
            await told.until(130)
            assert len(modem.given) == 1

    @story
    async def test_once_it_arrived_nothing_more_is_sent(self, tmp_path: Path) -> None:
        route, modem = cloud(), FakeRoute()
        async with telling(tmp_path, people=(BOTH,), route=route) as told:
            await told.engine.add_route(modem)
            await writes(route, "STATUS")
            await told.until(10)
            await route.deliver(route.left[0])
            await told.until(3 * 3600)
            assert (len(route.given), modem.given) == (1, [])

    @story
    async def test_without_a_route_for_sms_it_waits_for_its_own(self, tmp_path: Path) -> None:
        route = cloud(script=[rejected(ErrorClass.TEMPORARY)] * 6)
        async with telling(tmp_path, people=(ONLY_CHAT,), route=route) as told:
            await writes(route, "STATUS")
            await told.until(1800)
            assert len(route.left) == 1

    @story
    async def test_a_restart_between_question_and_answer_keeps_the_way(self, tmp_path: Path) -> None:
        route = cloud(script=[rejected(ErrorClass.TEMPORARY)] * 3)
        async with telling(tmp_path, people=(BOTH,), route=route) as told:
            await writes(route, "STATUS")
            await told.until(5)
        again, modem, ids = cloud(), FakeRoute(), CountedIds(3)
        ids.prefix = "later"
        async with telling(tmp_path, people=(BOTH,), route=again, ids=ids) as told:
            await told.engine.add_route(modem)
            await told.until(60)
        assert (len(again.given), modem.given) == (1, [])

    @story
    async def test_sms_is_used_when_its_account_is_gone(self, tmp_path: Path) -> None:
        route, modem = cloud(script=[rejected(ErrorClass.TEMPORARY)] * 9), FakeRoute()
        async with telling(tmp_path, people=(BOTH,), route=route) as told:
            await told.engine.add_route(modem)
            await writes(route, "STATUS")
            await told.until(5)
            await told.engine.remove_route("cloud")
            await told.until(40)
            assert len(modem.given) == 1


class TestWhoWrites:
    @story
    async def test_somebody_with_whatsapp_only_can_acknowledge(self, tmp_path: Path) -> None:
        route = cloud()
        async with telling(tmp_path, people=(ONLY_CHAT,), route=route) as told:
            result = await told.engine.raise_alarm(LOUD)
            await told.until(5)
            await writes(route, f"OK {result.alarms[0].code}")
            await told.until(10)
            alarm = await told.engine.alarm(result.alarms[0].id)
            assert alarm is not None
            assert (alarm.state, alarm.acked_by) == (AlarmState.ACKED, "anna")
            (received,) = [each for each in told.events if isinstance(each, InboundReceived)]
            assert (received.person, received.authorisation) == ("anna", Authorisation.CODE)

    @story
    async def test_told_by_sms_and_answered_by_whatsapp(self, tmp_path: Path) -> None:
        route, modem = cloud(), FakeRoute()
        async with telling(tmp_path, people=(ANNA,), route=modem) as told:
            await told.engine.add_route(route)
            result = await told.engine.raise_alarm(LOUD)
            await told.until(5)
            await writes(route, "OK")
            await told.until(10)
            alarm = await told.engine.alarm(result.alarms[0].id)
            assert alarm is not None
            assert alarm.acked_by == "anna"
            assert (len(modem.given), len(route.given)) == (1, 1)

    @story
    async def test_of_two_with_one_number_the_one_of_the_channel(self, tmp_path: Path) -> None:
        shared = replace(BERT, addresses=(CHAT,))
        route, modem = cloud(), FakeRoute()
        async with telling(tmp_path, people=(ANNA, shared), route=route) as told:
            await told.engine.add_route(modem)
            await writes(route, "hello")
            await modem.receive(NUMBER, "good bye")
            people = [each.person for each in told.events if isinstance(each, InboundReceived)]
            assert people == ["bert", "anna"]

    @story
    async def test_the_same_words_by_two_channels_are_two_messages(self, tmp_path: Path) -> None:
        route, modem = cloud(), FakeRoute()
        async with telling(tmp_path, people=(BOTH,), route=route) as told:
            await told.engine.add_route(modem)
            for at, channel in ((modem, Channel.SMS), (route, WHATSAPP), (route, WHATSAPP)):
                await at.receive(NUMBER, "hello", channel=channel, service_centre_time=None)
            assert len([each for each in told.events if isinstance(each, InboundReceived)]) == 2


class TestTheWindow:
    @story
    async def test_it_is_of_an_address_and_an_account(self, tmp_path: Path) -> None:
        first, second = cloud("first"), cloud("second", health=FAILED)
        async with telling(tmp_path, people=(ONLY_CHAT,), route=first) as told:
            await told.engine.add_route(second)
            await writes(second, "hello")
            await told.engine.raise_alarm(LOUD)
            await told.until(5)
            assert first.given[-1].heard_at is None
            await writes(first, "I am here")
            await told.engine.raise_alarm(replace(LOUD, key="other"))
            await told.until(10)
            assert first.given[-1].heard_at == EPOCH + timedelta(seconds=5)

    @story
    async def test_it_is_kept_over_a_restart(self, tmp_path: Path) -> None:
        route = cloud()
        async with telling(tmp_path, people=(ONLY_CHAT,), route=route) as told:
            await writes(route, "hello")
        later = timedelta(hours=3)
        again, ids = cloud(), CountedIds(3)
        ids.prefix = "later"
        async with telling(tmp_path, people=(ONLY_CHAT,), route=again, offset=later, ids=ids) as told:
            await told.engine.raise_alarm(LOUD)
            await told.until(5)
        assert {each.heard_at for each in again.given} == {EPOCH}

    @story
    async def test_what_was_held_up_opened_it_when_it_was_written(self, tmp_path: Path) -> None:
        route, hours = cloud(), timedelta(hours=5)
        async with telling(tmp_path, people=(ONLY_CHAT,), route=route) as told:
            await writes(route, "hello", service_centre_time=EPOCH - hours)
            await told.engine.raise_alarm(LOUD)
            await told.until(5)
            assert route.given[-1].heard_at == EPOCH - hours
            ahead = EPOCH + hours  # a clock that is ahead of ours makes no window longer
            await writes(route, "hello again", service_centre_time=ahead)
            await told.engine.raise_alarm(replace(LOUD, key="other"))
            await told.until(10)
            assert route.given[-1].heard_at == EPOCH + timedelta(seconds=5)


class TestStopAndStart:
    @story
    async def test_stop_by_whatsapp_ends_whatsapp(self, tmp_path: Path) -> None:
        chat_first = replace(ANNA, addresses=(CHAT, *ANNA.addresses))
        route, modem = cloud(), FakeRoute()
        async with telling(tmp_path, people=(chat_first, BERT), route=route) as told:
            await told.engine.add_route(modem)
            await writes(route, "STOP")
            await told.until(5)
            (confirmed,) = sent_by(route)
            assert "no more messages by WhatsApp" in confirmed
            assert "Anna opted out of whatsapp" in modem.left[0].text
            modem.given.clear()
            await told.engine.send(HELLO)
            await told.until(10)
            assert (len(route.given), [each.address for each in modem.given]) == (1, [NUMBER])
            await writes(route, "START")
            await told.engine.send(HELLO)
            await told.until(15)
            assert [each.text[:5] for each in route.given[1:]] == ["test:", "hello"]

    @story
    async def test_stop_by_sms_ends_both_and_start_by_one_begins_that(self, tmp_path: Path) -> None:
        route, modem = cloud(), FakeRoute()
        async with telling(tmp_path, people=(BOTH,), route=route) as told:
            await told.engine.add_route(modem)
            await modem.receive(ANNA, "STOP")
            assert await stopped(told) == {Channel.SMS, Channel.CALL, WHATSAPP}
            await told.until(2)
            await writes(route, "START")
            assert await stopped(told) == {Channel.SMS, Channel.CALL}
            assert [each.key for each in await told.engine.open_alarms()] == ["person/anna/opt-out"]
            await modem.receive(ANNA, "START")
            assert await stopped(told) == set()
            assert await told.engine.open_alarms() == ()

    @story
    async def test_who_stopped_whatsapp_and_commands_by_it_is_answered_by_sms(self, tmp_path: Path) -> None:
        route, modem = cloud(), FakeRoute()
        async with telling(tmp_path, people=(BOTH,), route=route) as told:
            await told.engine.add_route(modem)
            await writes(route, "STOP")
            await told.until(5)
            modem.given.clear()
            await writes(route, "STATUS")
            await told.until(10)
            assert len(route.given) == 1
            assert NUMBER in {each.address for each in modem.given}


async def stopped(told: Story) -> set[Channel]:
    return {channel for each in await told.engine.access.opted_out() for channel in each.channels}
