"""Alarms by call, as people live them: the real driver, a simulated modem and network, virtual time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from alert_engine.model import (
    AcknowledgeBy,
    CallReceived,
    Channel,
    MessageState,
    Policy,
    SendRequest,
    Severity,
    Step,
)
from gsm_driver.simulator import CallManner
from tests import virtual_time
from tests.engine.acceptance import HOUR, MINUTE
from tests.engine.routes.modem_house import ANNA, BERT, SMS_THEN_CALL, modem_house, person, press, ring
from tests.engine.support import CountedIds

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.model import Message
    from tests.engine.acceptance import Plan
    from tests.engine.support import Story

CALL_AT_ONCE = Policy(
    name=Severity.CRITICAL,
    steps=(Step(after=timedelta(0), notify=("anna",), channels=(Channel.CALL,)),),
)


async def call_of(plan: Plan) -> Message:
    """The newest call in the outbox."""
    messages = await plan.story.engine.messages()
    return next(message for message in messages if message.channel is Channel.CALL)


@virtual_time.story
async def test_an_sms_then_a_call_then_an_answer_then_nothing(tmp_path: Path) -> None:
    """The example of the issue, to the second."""
    async with modem_house() as house:
        async with house.plan(tmp_path) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump")
            plan.between(60, 65).want(ANNA, channel=Channel.CALL)
            plan.at(70).replies(ANNA, "OK {pump}")
            plan.between(70, 72).want(ANNA, "is yours")
            plan.until(24 * HOUR)
        (call,) = house.calls_to(ANNA)
        assert call.ended_at is not None
        assert call.ended_at - virtual_time.START <= 71
        assert house.seconds >= 24 * HOUR


@virtual_time.story
async def test_nobody_answers_and_the_call_is_over_after_25_seconds(tmp_path: Path) -> None:
    async with modem_house() as house:
        async with house.plan(tmp_path, policies=(CALL_AT_ONCE,)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 5).want(ANNA, channel=Channel.CALL)

            async def look(_: object) -> None:
                message = await call_of(plan)
                assert (message.state, message.attempts) == (MessageState.ACCEPTED, 1)

            plan.at(60).does(look)
            plan.until(HOUR)
        (call,) = house.calls_to(ANNA)
        assert call.ended_at is not None
        assert call.ended_at - call.at == pytest.approx(25, abs=1)


@virtual_time.story
async def test_an_answered_call_is_delivered_and_plays_its_signal(tmp_path: Path) -> None:
    async with modem_house() as house:
        house.when_called(ANNA, CallManner.ANSWER, after=5, talks_for=10)
        async with house.plan(tmp_path, policies=(CALL_AT_ONCE,)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 5).want(ANNA, channel=Channel.CALL)

            async def look(_: object) -> None:
                assert (await call_of(plan)).state is MessageState.DELIVERED

            plan.at(30).does(look)
            plan.until(HOUR)
        (call,) = house.calls_to(ANNA)
        assert call.tones == "ADAD" * 3


@virtual_time.story
async def test_the_key_1_takes_the_alarm(tmp_path: Path) -> None:
    """A tone confirms it, the call ends, and the others hear who has it."""
    async with modem_house(people=(ANNA, BERT)) as house:
        house.when_called(ANNA, CallManner.ANSWER, after=3)
        async with house.plan(tmp_path) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump")
            plan.between(0, 2).want(BERT, "pump")
            plan.between(60, 65).want(ANNA, channel=Channel.CALL)
            press(house, "1", plan.at(70))
            plan.between(70, 72).want(BERT, "taken by Anna")
            plan.until(24 * HOUR)
        (call,) = house.calls_to(ANNA)
        assert call.tones.endswith("AAA")
        assert call.ended_at is not None
        assert call.ended_at - virtual_time.START <= 71
        assert house.calls_to(BERT) == []


@virtual_time.story
async def test_the_key_3_makes_it_quiet_for_an_hour(tmp_path: Path) -> None:
    again = Policy(
        name=Severity.CRITICAL,
        steps=(
            Step(
                after=timedelta(0),
                notify=(),
                channels=(Channel.CALL,),
                repeat=-1,
                every=timedelta(minutes=5),
            ),
        ),
    )
    async with modem_house() as house:
        house.when_called(ANNA, CallManner.ANSWER, after=3)
        async with house.plan(tmp_path, policies=(again,)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 5).want(ANNA, channel=Channel.CALL)
            press(house, "3", plan.at(10))
            plan.between(HOUR + 10, HOUR + 20).want(ANNA, channel=Channel.CALL)
            plan.until(HOUR + MINUTE)
        assert house.calls_to(ANNA)[0].tones.endswith("AAA")


@virtual_time.story
async def test_the_key_2_hangs_up_and_changes_nothing(tmp_path: Path) -> None:
    async with modem_house() as house:
        house.when_called(ANNA, CallManner.ANSWER, after=3)
        async with house.plan(tmp_path, policies=(CALL_AT_ONCE,)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 5).want(ANNA, channel=Channel.CALL)
            press(house, "9", plan.at(8))
            press(house, "2", plan.at(10))
            plan.until(HOUR)
        (call,) = house.calls_to(ANNA)
        assert call.ended_at is not None
        assert call.ended_at - virtual_time.START <= 11
        assert "AAA" not in call.tones
        assert plan.story.names() == ["raised"]


@virtual_time.story
async def test_who_may_not_acknowledge_presses_in_vain(tmp_path: Path) -> None:
    carl = person("Carl", "+436643333333", can_acknowledge=False)
    async with modem_house(people=(carl,)) as house:
        house.when_called(carl, CallManner.ANSWER, after=3)
        steps = (Step(after=timedelta(0), notify=("carl",), channels=(Channel.CALL,)),)
        async with house.plan(tmp_path, policies=(Policy(name=Severity.CRITICAL, steps=steps),)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 5).want(carl, channel=Channel.CALL)
            press(house, "1", plan.at(10))
            plan.until(HOUR)
        assert plan.story.names() == ["raised"]


@pytest.mark.parametrize("way", ["takes", "clears", "shelves"])
def test_what_nobody_needs_any_more_stops_ringing_within_a_second(tmp_path: Path, way: str) -> None:
    @virtual_time.story
    async def told() -> None:
        async with modem_house() as house:
            async with house.plan(tmp_path, policies=(CALL_AT_ONCE,)) as plan:
                plan.at(0).raises("pump")
                plan.between(0, 5).want(ANNA, channel=Channel.CALL)
                moment = plan.at(10)
                if way == "takes":
                    moment.takes("home_assistant:bert", "pump")
                elif way == "clears":
                    moment.clears("pump")
                else:
                    moment.shelves("home_assistant:bert", "pump", 2 * HOUR)
                plan.until(HOUR)
            (call,) = house.calls_to(ANNA)
            assert call.ended_at is not None
            assert 10 <= call.ended_at - virtual_time.START <= 11

    told()


@virtual_time.story
async def test_hanging_up_comes_before_the_sms_that_tell_of_it(tmp_path: Path) -> None:
    """The network takes 4 s for each SMS, and the modem hangs up before the first of them."""
    async with modem_house(people=(ANNA, BERT), submit_latency=4.0) as house:
        async with house.plan(tmp_path, policies=(CALL_AT_ONCE,)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 5).want(ANNA, channel=Channel.CALL)
            plan.at(10).replies(BERT, "OK ALL")
            plan.at(15).replies(ANNA, "OK {pump}")
            plan.between(14, 20).want(BERT)
            plan.between(19, 25).want(ANNA, "is yours")
            plan.until(HOUR)
        (call,) = house.calls_to(ANNA)
        assert call.ended_at is not None
        assert 15 <= call.ended_at - virtual_time.START <= 16


@virtual_time.story
async def test_where_all_must_take_it_only_whoever_did_is_left_alone(tmp_path: Path) -> None:
    everybody = replace(SMS_THEN_CALL, acknowledge_by=AcknowledgeBy.ALL)
    async with modem_house(people=(ANNA, BERT)) as house:
        async with house.plan(tmp_path, policies=(everybody,)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump")
            plan.between(0, 2).want(BERT, "pump")
            plan.between(60, 65).want(ANNA, channel=Channel.CALL)
            plan.at(70).replies(ANNA, "OK {pump}")
            plan.between(70, 72).want(ANNA, "1 of 2")
            plan.between(70, 80).want(BERT, channel=Channel.CALL)
            plan.until(HOUR)
        (call,) = house.calls_to(ANNA)
        assert call.ended_at is not None
        assert call.ended_at - virtual_time.START <= 71


@virtual_time.story
async def test_a_call_that_waits_behind_another_never_rings_once_it_is_over(tmp_path: Path) -> None:
    async with modem_house() as house, house.plan(tmp_path, policies=(CALL_AT_ONCE,)) as plan:
        plan.at(0).raises("pump")
        plan.between(0, 5).want(ANNA, channel=Channel.CALL)
        plan.at(1).raises("boiler")
        plan.at(10).takes("home_assistant:bert", "boiler")
        plan.until(HOUR)


@virtual_time.story
async def test_sms_go_out_while_it_rings(tmp_path: Path) -> None:
    """Row 15 of the fault table: SMS are not held up by more than a second."""
    async with modem_house(people=(ANNA, BERT)) as house:
        async with house.plan(tmp_path, policies=(CALL_AT_ONCE,)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 5).want(ANNA, channel=Channel.CALL)
            for second in range(4, 25, 4):
                request = SendRequest(to=("anna", "bert"), text=f"text {second}", channel=Channel.SMS)
                plan.at(second).does(partial(send, request))
                plan.between(second, second + 1).want(ANNA, f"text {second}")
                plan.between(second, second + 1).want(BERT, f"text {second}")
            plan.until(HOUR)
        (call,) = house.calls_to(ANNA)
        assert call.ended_at is not None
        assert call.ended_at - call.at == pytest.approx(25, abs=1)


@virtual_time.story
async def test_a_busy_line_is_tried_three_times(tmp_path: Path) -> None:
    async with modem_house() as house:
        house.when_called(ANNA, CallManner.BUSY)
        async with house.plan(tmp_path, policies=(CALL_AT_ONCE,)) as plan:
            plan.at(0).raises("pump")

            async def look(_: object) -> None:
                message = await call_of(plan)
                assert (message.state, message.attempts) == (MessageState.FAILED, 3)
                assert message.reason == "the line was busy"

            plan.at(2 * MINUTE).does(look)
            plan.until(HOUR)


@virtual_time.story
async def test_somebody_who_was_busy_is_reached_by_the_second_try(tmp_path: Path) -> None:
    async with modem_house() as house:
        house.when_called(ANNA, CallManner.BUSY)
        async with house.plan(tmp_path, policies=(CALL_AT_ONCE,)) as plan:
            plan.at(0).raises("pump")

            async def hang_up(_: object) -> None:
                house.when_called(ANNA, CallManner.IGNORE)

            plan.at(20).does(hang_up)
            plan.between(30, 38).want(ANNA, channel=Channel.CALL)
            plan.until(HOUR)


@virtual_time.story
async def test_a_stop_in_the_middle_of_a_call_rings_again_after_the_start(tmp_path: Path) -> None:
    """Row 38: the same step goes on, and it costs another ring only."""
    async with modem_house() as house, house.plan(tmp_path, policies=(CALL_AT_ONCE,)) as plan:
        plan.at(0).raises("pump")
        plan.between(0, 5).want(ANNA, channel=Channel.CALL)
        plan.until(8)
    ids = CountedIds()
    ids.prefix = "second-life"
    async with modem_house() as house:
        async with house.plan(tmp_path, policies=(CALL_AT_ONCE,), ids=ids) as plan:
            plan.between(8, 50).want(ANNA, channel=Channel.CALL)
            plan.until(HOUR)
        (call,) = house.calls_to(ANNA)
        assert call.ended_at is not None
        assert call.ended_at - call.at == pytest.approx(25, abs=1)


async def send(request: SendRequest, story: Story) -> None:
    await story.engine.send(request)


def callers(plan: Plan) -> list[CallReceived]:
    return [event for event in plan.story.events if isinstance(event, CallReceived)]


@virtual_time.story
async def test_whoever_rings_the_gateway_is_refused_and_told_of(tmp_path: Path) -> None:
    async with modem_house() as house:
        async with house.plan(tmp_path) as plan:
            ring(house, ANNA, plan.at(10))
            plan.until(MINUTE)
        (call,) = house.phone(ANNA).calls
        assert call.ended_at is not None
        assert call.ended_at - call.at < 2
        assert callers(plan) == [
            CallReceived(route="modem", person="anna", number="+43…111", at=callers(plan)[0].at)
        ]


@virtual_time.story
async def test_a_flood_of_calls_delays_no_alarm(tmp_path: Path) -> None:
    """Somebody redials for two minutes. All are refused, ten a minute are told, SMS and calls go out."""
    async with modem_house(people=(ANNA, BERT)) as house:
        async with house.plan(tmp_path) as plan:
            for second in range(1, 120, 3):
                ring(house, BERT, plan.at(second))
            plan.at(30).raises("pump")
            plan.between(30, 31).want(ANNA, "pump")
            plan.between(30, 31).want(BERT, "pump")
            plan.between(90, 110).want(ANNA, channel=Channel.CALL)
            plan.between(90, 140).want(BERT, channel=Channel.CALL)
            plan.until(HOUR)
        assert 10 <= len(callers(plan)) <= 21
