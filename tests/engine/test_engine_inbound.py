"""Received messages: recorded once, obeyed if they are commands of known people, answered with the truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import JournalError
from alert_engine.model import (
    Alarm,
    AlarmAcknowledge,
    AlarmClear,
    AlarmRaise,
    AlarmState,
    Authorisation,
    InboundReceived,
    KeywordReceived,
    MessageKind,
    Severity,
)
from tests.engine.support import ANNA, BERT, CARL, EPOCH, FAILED, FakeRoute, Story, number_of, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

PUMP = AlarmRaise(source="plc1", key="pump", title="Pump station")
GATE = AlarmRaise(source="plc1", key="gate", title="Gate")
STRANGER = "+447911123456"


async def raised(told: Story, *requests: AlarmRaise) -> list[Alarm]:
    """Raise, let it be sent, and forget what left."""
    results = await told.engine.raise_alarms(requests)
    await told.clock.sleep_until(told.clock.monotonic() + 10)
    told.route.left.clear()
    told.events.clear()
    return [result.alarms[0] for result in results]


async def answers(told: Story) -> list[str]:
    """What was replied to Anna since."""
    await told.clock.sleep_until(told.clock.monotonic() + 10)
    found = [text for address, text in told.route.texts if address == number_of(ANNA)]
    told.route.left.clear()
    return found


def inbound(told: Story) -> list[InboundReceived]:
    return [event for event in told.events if isinstance(event, InboundReceived)]


def keywords(told: Story) -> list[KeywordReceived]:
    return [event for event in told.events if isinstance(event, KeywordReceived)]


async def state_of(told: Story, alarm: Alarm) -> AlarmState:
    found = await told.engine.alarm(alarm.id)
    assert found is not None
    return found.state


class TestAcknowledging:
    @story
    async def test_by_code(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            pump, gate = await raised(told, PUMP, GATE)
            await told.route.receive(ANNA, f"ok {gate.code}.")
            assert await state_of(told, gate) is AlarmState.ACKED
            assert await state_of(told, pump) is AlarmState.RAISED
            assert await answers(told) == [f"{gate.code} is yours: Gate"]
            (event,) = inbound(told)
            assert (event.person, event.keyword) == ("anna", "OK")
            assert event.authorisation is Authorisation.CODE
            (keyword,) = keywords(told)
            assert (keyword.id, keyword.keyword, keyword.arguments) == (event.id, "OK", (gate.code,))
            assert told.events.index(event) < told.events.index(keyword)

    @story
    async def test_without_a_code_when_one_was_sent(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            (pump,) = await raised(told, PUMP)
            await told.route.receive(ANNA, "OK")
            assert await state_of(told, pump) is AlarmState.ACKED
            assert await answers(told) == [f"{pump.code} is yours: Pump station"]
            assert inbound(told)[0].authorisation is Authorisation.KNOWN

    @story
    async def test_without_a_code_when_several_were_sent(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            pump, gate = await raised(told, PUMP, GATE)
            await told.route.receive(ANNA, "OK")
            assert await state_of(told, pump) is AlarmState.RAISED
            assert await answers(told) == [
                f"Which one? Reply OK and its code: {pump.code} Pump station, {gate.code} Gate"
            ]

    @story
    async def test_only_what_was_sent_to_this_number_counts(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            pump, _gate = await raised(told, PUMP, GATE)
            await told.engine.acknowledge(AlarmAcknowledge(by="bert", code=pump.code))
            await told.engine.clear(AlarmClear(source="plc1", key="gate"))
            await answers(told)
            await told.route.receive(ANNA, "OK")
            assert await answers(told) == [f"{pump.code} already taken by Bert 14:07: Pump station"]

    @story
    async def test_nothing_was_sent(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await told.route.receive(ANNA, "OK")
            assert await answers(told) == ["No open alarm was sent to you"]

    @story
    async def test_too_late(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            (pump,) = await raised(told, PUMP)
            await told.engine.acknowledge(AlarmAcknowledge(by="bert", code=pump.code))
            await told.engine.clear(AlarmClear(source="plc1", key="pump"))
            await answers(told)
            for text in ("OK", f"OK {pump.code}"):
                await told.route.receive(ANNA, text)
                assert await answers(told) == [
                    f"{pump.code} is over since 14:07, taken by Bert: Pump station"
                ]
            assert inbound(told)[1].authorisation is Authorisation.KNOWN

    @story
    async def test_several_codes_one_of_them_wrong(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            pump, gate = await raised(told, PUMP, GATE)
            await told.route.receive(ANNA, f"OK {pump.code} 0000 {gate.code}")
            assert await answers(told) == [
                f"{pump.code} is yours: Pump station. {gate.code} is yours: Gate. There is no alarm 0000"
            ]

    @story
    async def test_who_was_first_is_said_to_the_second(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            (pump,) = await raised(told, PUMP)
            await told.route.receive(BERT, "OK")
            await told.route.receive(ANNA, "OK")
            assert await answers(told) == [
                f"{pump.code} already taken by Bert 14:07: Pump station",
                f"{pump.code} taken by Bert 14:07: Pump station",
            ]

    @story
    async def test_a_person_who_may_not(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(CARL,)) as told:
            (pump,) = await raised(told, PUMP)
            await told.route.receive(CARL, f"OK {pump.code}")
            await told.until(60)
            assert await state_of(told, pump) is AlarmState.RAISED
            assert [text for _, text in told.route.texts] == ["You may not acknowledge alarms"]
            assert keywords(told) == []
            assert inbound(told)[0].keyword is None

    @story
    async def test_reminders_and_what_waits_end_at_once(self, tmp_path: Path) -> None:
        critical = replace(PUMP, severity=Severity.CRITICAL)
        async with telling(tmp_path) as told:
            (pump,) = await raised(told, critical)
            await told.route.become(FAILED)
            await told.until(301)
            await told.route.receive(ANNA, "OK")
            reminders = await told.engine.messages(alarm_id=pump.id)
            assert {message.state for message in reminders if message.kind is MessageKind.RAISE} == {
                "accepted",
                "cancelled",
            }


class TestNoCommands:
    @story
    async def test_strangers_are_recorded_and_never_answered(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            (pump,) = await raised(told, PUMP)
            await told.route.receive(STRANGER, f"OK {pump.code}")
            await told.until(60)
            assert await state_of(told, pump) is AlarmState.RAISED
            assert told.route.left == []
            (event,) = inbound(told)
            assert (event.person, event.keyword) == (None, None)
            assert (event.authorisation, event.text) == (Authorisation.NONE, f"OK {pump.code}")

    @pytest.mark.parametrize(
        "changes", [{"is_text": False}, {"missing_segments": 1}, {"sender_can_be_answered": False}]
    )
    def test_what_is_no_whole_plain_text_of_a_number(self, tmp_path: Path, changes: dict[str, Any]) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path) as told:
                (pump,) = await raised(told, PUMP)
                await told.route.receive(ANNA, "OK", **changes)
                assert await state_of(told, pump) is AlarmState.RAISED
                assert await answers(told) == []
                assert len(inbound(told)) == 1

        told()

    @pytest.mark.parametrize(("hours", "state"), [(23, AlarmState.ACKED), (25, AlarmState.RAISED)])
    def test_what_was_written_more_than_a_day_ago(
        self, tmp_path: Path, hours: int, state: AlarmState
    ) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path) as told:
                (pump,) = await raised(told, PUMP)
                written = told.clock.now() - timedelta(hours=hours)
                await told.route.receive(ANNA, f"OK {pump.code}", service_centre_time=written)
                assert await state_of(told, pump) is state
                assert len(inbound(told)) == 1

        told()

    @story
    async def test_small_talk_is_recorded_and_answered_with_the_help_once(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await told.route.receive(ANNA, "on my way")
            (answer,) = await answers(told)
            assert answer.startswith("I did not understand that. OK 4711: I take it.")
            (event,) = inbound(told)
            assert (event.person, event.keyword, event.text) == ("anna", None, "on my way")
            assert event.authorisation is Authorisation.KNOWN


class TestOnce:
    @story
    async def test_a_message_that_is_reported_again_is_dropped(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await raised(told, PUMP)
            for _ in range(3):
                await told.route.receive(ANNA, "OK", service_centre_time=EPOCH)
            assert len(await answers(told)) == 1
            assert len(inbound(told)) == 1

    @story
    async def test_the_same_words_later_are_another_message(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await told.route.receive(ANNA, "hello")
            await told.until(60)
            await told.route.receive(ANNA, "hello")
            assert len(inbound(told)) == 2

    @story
    async def test_without_a_time_of_the_network_the_hour_counts(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            for second in (0, 60, 7200):
                await told.until(second)
                await told.route.receive(ANNA, "hello", service_centre_time=None)
            assert len(inbound(told)) == 2

    @story
    async def test_what_is_not_committed_stays_with_the_route(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            connection = told.engine._journal._write_connection
            assert connection is not None
            connection.execute("PRAGMA query_only = ON")
            with pytest.raises(JournalError):
                await told.route.receive(ANNA, "hello", service_centre_time=EPOCH)
            connection.execute("PRAGMA query_only = OFF")
            await told.route.receive(ANNA, "hello", service_centre_time=EPOCH)
            assert len(inbound(told)) == 1


class TestReplyLimit:
    @story
    async def test_two_machines_do_not_talk_for_ever(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            for minute in range(30):
                await told.until(60 * minute)
                await told.route.receive(ANNA, "OK")
            assert len(told.route.texts) == 5
            await told.until(23 * 3600)
            await told.route.receive(ANNA, "OK")
            await told.until(25 * 3600)
            assert len(told.route.texts) == 5
            await told.route.receive(ANNA, "OK")
            await told.until(26 * 3600)
            assert len(told.route.texts) == 6  # a person may have come back

    @story
    async def test_a_valid_command_is_always_answered_and_opens_the_talk_again(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            for minute in range(10):
                await told.until(60 * minute)
                await told.route.receive(ANNA, "OK")
            told.route.left.clear()
            await raised(told, PUMP)
            await told.route.receive(ANNA, "OK")
            await told.clock.sleep_until(told.clock.monotonic() + 60)
            await told.route.receive(ANNA, "OK")
            assert len(await answers(told)) == 2

    @story
    async def test_a_reply_that_cannot_be_sent_soon_is_not_sent(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            await told.route.receive(ANNA, "OK")
            (reply,) = await told.engine.messages()
            assert reply.expires_at == EPOCH + timedelta(minutes=30)
