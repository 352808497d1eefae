"""Who is told: groups, turns, on-call schedules, people who sleep, are off duty, or want no messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from alert_engine.decisions.throttle import DEFAULT_LIMITS
from alert_engine.errors import UnknownRecipientError
from alert_engine.model import (
    Address,
    AlarmAcknowledge,
    AlarmRaise,
    Channel,
    Group,
    GroupMode,
    OnCall,
    Person,
    Policy,
    SendRequest,
    Severity,
    Step,
    WeeklyPeriod,
)
from alert_engine.supervision.settings import SupervisionSettings
from tests.engine.acceptance import DAY, HOUR, MINUTE, acceptance
from tests.engine.support import ANNA, BERT, CARL, EPOCH, FakeRoute, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

NOW = timedelta(0)
NIGHT = (WeeklyPeriod(start=time(22), end=time(7)),)
DORA = Person(id="dora", name="Dora", addresses=(Address(channel=Channel.SMS, value="+436644444444"),))
PEOPLE = (ANNA, BERT, CARL, DORA)
SMS, CALL = Channel.SMS, Channel.CALL
WATCHED = SupervisionSettings(policy="once")
# 14:07 UTC is second 0 of a story.
AT_22 = 7 * HOUR + 53 * MINUTE
AT_7 = 16 * HOUR + 53 * MINUTE


def tells(*names: str, severity: str = "normal", **fields: Any) -> Policy:
    return Policy(name=severity, steps=(Step(after=NOW, notify=names, **fields),))


ONCE = Policy(name="once", steps=(Step(after=NOW, notify=("dora",)),))


def call_of(person: Person) -> Person:
    return replace(
        person,
        addresses=(*person.addresses, Address(channel=CALL, value=person.addresses[0].value)),
    )


class TestGroups:
    @story
    async def test_all_of_a_group_and_nobody_else(self, tmp_path: Path) -> None:
        groups = (Group(id="crew", name="Crew", members=("anna", "bert")),)
        async with acceptance(tmp_path, people=PEOPLE, groups=groups, policies=(tells("crew"),)) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 4).want(ANNA, "pump").want(BERT, "pump")
            plan.at(60).replies(BERT, "OK {pump}")
            plan.between(60, 64).want(BERT, "is yours").want(ANNA, "taken by Bert")
            plan.at(120).clears("pump")
            plan.between(120, 124).want(ANNA, "CLEARED").want(BERT, "CLEARED")

    @story
    async def test_turns_go_round_with_each_alarm_and_each_repeat(self, tmp_path: Path) -> None:
        groups = (Group(id="crew", name="Crew", members=("anna", "bert", "carl"), mode=GroupMode.ROTATE),)
        policy = tells("crew", repeat=1, every=timedelta(minutes=5))
        async with acceptance(tmp_path, people=PEOPLE, groups=groups, policies=(policy,)) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 2).want(ANNA, "NORMAL pump")
            plan.between(300, 302).want(BERT, "NORMAL pump")
            plan.at(HOUR).raises("gate", Severity.NORMAL)
            plan.between(HOUR, HOUR + 2).want(BERT, "gate")
            plan.between(HOUR + 300, HOUR + 302).want(CARL, "gate")

    @story
    async def test_the_call_goes_to_whoever_has_the_turn(self, tmp_path: Path) -> None:
        anna, bert = people = (call_of(ANNA), call_of(BERT))
        groups = (Group(id="crew", name="Crew", members=("anna", "bert"), mode=GroupMode.ROTATE),)
        steps = (
            Step(after=NOW, notify=("crew",)),
            Step(after=timedelta(minutes=1), notify=("crew",), channels=(CALL,)),
        )
        routes = (FakeRoute(), FakeRoute("phone", channels=frozenset({CALL})))
        async with acceptance(
            tmp_path,
            people=people,
            groups=groups,
            routes=routes,
            policies=(Policy(name="normal", steps=steps),),
        ) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 2).want(anna, "pump")
            plan.between(60, 62).want(anna, "pump", channel=CALL)
            plan.at(HOUR).raises("gate", Severity.NORMAL)
            plan.between(HOUR, HOUR + 2).want(bert, "gate")
            plan.between(HOUR + 60, HOUR + 62).want(bert, "gate", channel=CALL)

    @story
    async def test_the_first_who_is_awake(self, tmp_path: Path) -> None:
        groups = (Group(id="crew", name="Crew", members=("anna", "bert"), mode=GroupMode.FIRST),)
        people = (replace(ANNA, quiet=NIGHT), BERT)
        async with acceptance(tmp_path, people=people, groups=groups, policies=(tells("crew"),)) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 2).want(ANNA, "pump")
            plan.at(AT_22 + HOUR).raises("gate", Severity.NORMAL)
            plan.between(AT_22 + HOUR, AT_22 + HOUR + 2).want(BERT, "gate")


class TestOnCall:
    DUTY = OnCall(
        id="duty",
        name="Duty",
        rotation=("anna", "bert"),
        begins=date(2026, 3, 1),
        handover=time(18),
        turn=timedelta(days=1),
        fallback="carl",
    )

    @story
    async def test_whoever_is_on_call_before_and_after_the_handover(self, tmp_path: Path) -> None:
        duty = replace(self.DUTY, begins=date(2026, 2, 28))
        async with acceptance(tmp_path, people=PEOPLE, on_calls=(duty,), policies=(tells("duty"),)) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 2).want(ANNA, "pump")
            handover = 3 * HOUR + 53 * MINUTE
            plan.at(handover + 1).raises("gate", Severity.NORMAL)
            plan.between(handover + 1, handover + 3).want(BERT, "gate")
            # Whoever was told of it hears that it is over, on duty or not.
            plan.at(5 * HOUR).clears("pump")
            plan.between(5 * HOUR, 5 * HOUR + 2).want(ANNA, "CLEARED")

    @story
    async def test_while_nobody_is_the_fallback_is_told_and_it_is_said(self, tmp_path: Path) -> None:
        """The first turn begins at 18:00: until then nobody is on call."""
        async with acceptance(
            tmp_path,
            people=PEOPLE,
            on_calls=(self.DUTY,),
            policies=(tells("duty"), ONCE),
            supervision=WATCHED,
        ) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 2).want(CARL, "pump")
            plan.between(0, 4).want(DORA, "nobody is on call for duty")
            plan.at(600).raises("gate", Severity.NORMAL)
            plan.between(600, 602).want(CARL, "gate")
            handover = 3 * HOUR + 53 * MINUTE
            plan.between(handover, handover + 62).want(DORA, "CLEARED", "nobody is on call for duty")
            plan.at(handover + 600).raises("door", Severity.NORMAL)
            plan.between(handover + 600, handover + 602).want(ANNA, "door")

    @story
    async def test_out_of_its_hours_the_fallback_is_told_and_nothing_is_wrong(self, tmp_path: Path) -> None:
        """14:07: the nights begin at 22:00."""
        duty = replace(self.DUTY, begins=date(2026, 2, 1), hours=NIGHT)
        async with acceptance(
            tmp_path,
            people=PEOPLE,
            on_calls=(duty,),
            policies=(tells("duty"), ONCE),
            supervision=WATCHED,
        ) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 2).want(CARL, "pump")
            plan.until(600)

    @story
    async def test_a_name_that_does_not_exist_is_told_until_it_does(self, tmp_path: Path) -> None:
        policies = (tells("anna", "nightwatch"), ONCE)
        async with telling(tmp_path, people=PEOPLE, policies=policies, supervision=WATCHED) as told:
            await told.engine.raise_alarm(
                AlarmRaise(source="plc1", key="pump", severity=Severity.NORMAL, title="pump")
            )
            await told.until(HOUR)
            assert [text.partition(".")[0].partition(":")[0] for _, text in told.route.texts] == [
                "NORMAL pump",
                "HIGH recipient nightwatch does not exist",
            ]
            settings = told.engine._ledger.settings
            watch = (Group(id="nightwatch", name="Watch", members=("bert",)),)
            told.engine.update_settings(replace(settings, groups=watch))
            await told.until(2 * HOUR)
            assert "CLEARED" in told.route.texts[-1][1]
            assert len(told.route.texts) == 3


class TestQuietHours:
    SLEEPER = replace(ANNA, quiet=NIGHT)

    @story
    async def test_what_comes_at_night_is_one_text_in_the_morning(self, tmp_path: Path) -> None:
        people = (self.SLEEPER, BERT)
        async with acceptance(tmp_path, people=people, limits=DEFAULT_LIMITS) as plan:
            for number, key in enumerate(("pump", "gate", "door")):
                at = AT_22 + (1 + number) * HOUR
                plan.at(at).raises(key, Severity.NORMAL)
                plan.between(at, at + 2).want(BERT, key)
            plan.between(AT_7, AT_7 + 2).want(ANNA, "3 NORMAL", "pump", "gate", "door", "OK ALL")
            plan.at(AT_7 + HOUR).replies(ANNA, "OK ALL")
            begin = AT_7 + HOUR
            plan.between(begin, begin + 2).want(ANNA, "3 alarms")
            plan.between(begin, begin + 130).want(BERT, "taken by Anna")
            plan.between(begin, begin + 130).want(BERT)
            plan.until(DAY)

    @story
    async def test_the_worst_wakes_people_and_so_does_its_end(self, tmp_path: Path) -> None:
        night = AT_22 + 4 * HOUR
        async with acceptance(tmp_path, people=(self.SLEEPER,), limits=DEFAULT_LIMITS) as plan:
            plan.at(night).raises("pump", Severity.CRITICAL)
            plan.between(night, night + 2).want(ANNA, "CRITICAL pump")
            plan.at(night + 200).clears("pump")
            plan.between(night + 200, night + 202).want(ANNA, "CLEARED")

    @story
    async def test_whoever_was_woken_hears_of_its_end_although_it_had_to_wait(self, tmp_path: Path) -> None:
        night = AT_22 + 4 * HOUR
        async with acceptance(tmp_path, people=(self.SLEEPER,), limits=DEFAULT_LIMITS) as plan:
            plan.at(night).raises("pump", Severity.CRITICAL)
            plan.between(night, night + 2).want(ANNA, "CRITICAL pump")
            plan.at(night + 10).raises("gate", Severity.CRITICAL)
            plan.between(night + 10, night + 12).want(ANNA, "CRITICAL gate")
            plan.at(night + 20).clears("pump")
            plan.between(night + 130, night + 133).want(ANNA, "CLEARED")
            plan.at(night + 250).clears("gate")
            plan.between(night + 250, night + 252).want(ANNA, "CLEARED")

    @story
    async def test_the_end_of_what_was_told_by_day_waits_for_the_morning(self, tmp_path: Path) -> None:
        night = AT_22 + 4 * HOUR
        async with acceptance(tmp_path, people=(self.SLEEPER, BERT), limits=DEFAULT_LIMITS) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 4).want(ANNA, "pump").want(BERT, "pump")
            plan.at(night).clears("pump")
            plan.between(night, night + 2).want(BERT, "CLEARED")
            plan.between(AT_7, AT_7 + 2).want(ANNA, "CLEARED")

    @story
    async def test_what_is_over_by_morning_was_never_there(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, people=(self.SLEEPER,), limits=DEFAULT_LIMITS) as plan:
            plan.at(AT_22 + HOUR).raises("pump", Severity.NORMAL)
            plan.at(AT_22 + 2 * HOUR).clears("pump")
            plan.until(2 * DAY)

    @story
    async def test_what_gets_worse_in_the_night_is_told_at_once(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, people=(self.SLEEPER,), limits=DEFAULT_LIMITS) as plan:
            plan.at(AT_22 + HOUR).raises("pump", Severity.HIGH)
            worse = AT_22 + 2 * HOUR
            plan.at(worse).raises("pump", Severity.CRITICAL)
            plan.between(worse, worse + 2).want(ANNA, "CRITICAL pump")
            plan.at(worse + 60).takes("bert", "pump")
            plan.between(worse + 60, worse + 62).want(ANNA, "taken")

    @story
    async def test_nobody_is_called_in_the_morning(self, tmp_path: Path) -> None:
        anna = call_of(self.SLEEPER)
        routes = (FakeRoute(), FakeRoute("phone", channels=frozenset({CALL})))
        policy = tells(channels=(SMS, CALL))
        async with acceptance(tmp_path, people=(anna,), routes=routes, policies=(policy,)) as plan:
            plan.at(AT_22 + HOUR).raises("pump", Severity.NORMAL)
            plan.between(AT_7, AT_7 + 2).want(anna, "NORMAL pump")

    @story
    async def test_the_night_when_the_clock_goes_forward(self, tmp_path: Path) -> None:
        """Vienna, 28 to 29 March 2026: 7:00 in the morning is 5:00 UTC, not 6:00."""
        vienna = replace(ANNA, quiet=NIGHT, time_zone=ZoneInfo("Europe/Vienna"))
        begins = datetime(2026, 3, 28, 20, tzinfo=UTC)
        async with acceptance(tmp_path, people=(vienna,), offset=begins - EPOCH) as plan:
            plan.at(2 * HOUR).raises("pump", Severity.NORMAL)
            plan.between(9 * HOUR, 9 * HOUR + 2).want(ANNA, "NORMAL pump")

    @story
    async def test_when_they_are_taken_away_it_is_told_all_the_same(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(self.SLEEPER,)) as told:
            await told.until(AT_22 + HOUR)
            await told.engine.raise_alarm(AlarmRaise(source="plc1", key="pump", severity=Severity.NORMAL))
            settings = told.engine._ledger.settings
            nobody_of_that_name = replace(BERT, quiet=())
            told.engine.update_settings(replace(settings, people=(nobody_of_that_name,)))
            await told.until(AT_7 + 60)
            assert [left.address for left in told.route.left] == [BERT.addresses[0].value]

    @story
    async def test_the_clock_is_set_to_the_morning(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(self.SLEEPER,)) as told:
            await told.until(AT_22 + HOUR)
            await told.engine.raise_alarm(AlarmRaise(source="plc1", key="pump", severity=Severity.NORMAL))
            await told.until(AT_22 + HOUR + 60)
            told.clock.offset += timedelta(hours=10)
            await told.until(AT_22 + HOUR + 200)
            assert len(told.route.left) == 1

    @story
    async def test_the_clock_is_set_back_into_the_evening(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(self.SLEEPER,)) as told:
            await told.until(AT_22 + HOUR)
            await told.engine.raise_alarm(AlarmRaise(source="plc1", key="pump", severity=Severity.NORMAL))
            await told.until(AT_22 + HOUR + 60)
            told.clock.offset -= timedelta(hours=2)
            await told.until(AT_22 + HOUR + 200)
            assert len(told.route.left) == 1  # it is evening again, and nobody sleeps


class TestWhoIsMeant:
    @story
    async def test_somebody_who_wants_to_hear_of_worse_only(self, tmp_path: Path) -> None:
        people = (replace(ANNA, minimum_severity=Severity.HIGH), BERT)
        async with acceptance(tmp_path, people=people, policies=(tells(severity="high"),)) as plan:
            plan.at(0).raises("gate", Severity.NORMAL)
            plan.between(0, 2).want(BERT, "gate")
            plan.at(600).raises("pump", Severity.HIGH)
            plan.between(600, 604).want(ANNA, "pump").want(BERT, "pump")

    @story
    async def test_when_everybody_does_nobody_is_told_and_nothing_is_wrong(self, tmp_path: Path) -> None:
        people = (replace(ANNA, minimum_severity=Severity.HIGH),)
        async with acceptance(tmp_path, people=people, supervision=WATCHED) as plan:
            plan.at(0).raises("gate", Severity.NORMAL)

    @story
    async def test_somebody_off_duty_only_when_nobody_is_left(self, tmp_path: Path) -> None:
        day = (WeeklyPeriod(start=time(6), end=time(18)),)
        people = (replace(ANNA, shifts=day), BERT)
        async with acceptance(tmp_path, people=people) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 4).want(ANNA, "pump").want(BERT, "pump")
            plan.at(6 * HOUR).raises("gate", Severity.NORMAL)
            plan.between(6 * HOUR, 6 * HOUR + 2).want(BERT, "gate")

    @story
    async def test_stop_and_the_next_address_is_told(self, tmp_path: Path) -> None:
        second = Address(channel=Channel.PUSH, value="anna-phone")
        anna = replace(ANNA, addresses=(*ANNA.addresses, second))
        routes = (FakeRoute(), FakeRoute("cloud", channels=frozenset({Channel.PUSH})))
        async with acceptance(
            tmp_path,
            people=(anna, DORA),
            routes=routes,
            policies=(tells("anna"), ONCE),
            supervision=replace(WATCHED, raises_alarms=False),
        ) as plan:
            plan.at(0).replies(anna, "STOP")
            plan.between(0, 2).want(anna, "no more messages").want(DORA, "Anna opted out")
            plan.at(60).raises("pump", Severity.NORMAL)
            plan.between(60, 62).want(anna, "pump", channel=Channel.PUSH)
            plan.at(600).clears("pump")
            plan.between(600, 602).want(anna, "CLEARED", channel=Channel.PUSH)

    @story
    async def test_all_who_are_meant_opted_out(self, tmp_path: Path) -> None:
        async with acceptance(
            tmp_path,
            people=(ANNA, BERT, DORA),
            policies=(tells("anna"), ONCE),
            supervision=WATCHED,
        ) as plan:
            plan.at(0).replies(ANNA, "STOP")
            plan.between(0, 2).want(ANNA, "no more messages")
            plan.between(0, 4).want(DORA, "Anna opted out")
            plan.at(60).raises("pump", Severity.NORMAL)
            plan.between(60, 66).want(BERT, "pump").want(DORA, "pump").want(DORA, "all of anna want no")
            plan.at(600).replies(ANNA, "START")
            plan.between(600, 602).want(ANNA, "again")
            plan.between(600, 604).want(DORA, "CLEARED", "Anna opted out")
            plan.between(600, 664).want(DORA, "CLEARED", "want no messages")

    @story
    async def test_an_alarm_of_which_nobody_can_be_told_is_not_silent(self, tmp_path: Path) -> None:
        """It is seen, and told as soon as there is somebody."""
        async with telling(tmp_path, people=(), supervision=SupervisionSettings()) as told:
            await told.engine.raise_alarm(AlarmRaise(source="plc1", key="pump", severity=Severity.NORMAL))
            await told.until(30)
            keys = {alarm.key for alarm in await told.engine.open_alarms()}
            assert keys == {"pump", "people/nobody"}
            await told.until(HOUR)
            assert told.route.left == []
            settings = told.engine._ledger.settings
            told.engine.update_settings(replace(settings, people=(ANNA,)))
            await told.until(HOUR + 180)
            assert [alarm.key for alarm in await told.engine.open_alarms()] == ["pump"]
            assert any("pump" in left.text for left in told.route.left)

    @story
    async def test_whoever_can_only_be_called_is_called(self, tmp_path: Path) -> None:
        caller = replace(ANNA, addresses=(Address(channel=CALL, value=ANNA.addresses[0].value),))
        routes = (FakeRoute(), FakeRoute("phone", channels=frozenset({CALL})))
        async with acceptance(tmp_path, people=(caller,), routes=routes) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 2).want(caller, "pump", channel=CALL)


class TestSending:
    """Texts of people's own, without an alarm."""

    GROUPS = (
        Group(id="crew", name="Crew", members=("anna", "bert", "late")),
        Group(id="late", name="Late", members=("bert", "carl")),
        Group(id="nobody", name="Nobody", members=()),
    )

    @story
    async def test_to_all_of_a_group_at_any_time(self, tmp_path: Path) -> None:
        people = (replace(ANNA, quiet=(WeeklyPeriod(start=time(14), end=time(15)),)), BERT, CARL, DORA)
        async with telling(tmp_path, people=people, groups=self.GROUPS) as told:
            await told.engine.send(SendRequest(to=("crew", "bert"), text="hello"))
            await told.until(10)
            assert [address for address, _ in told.route.texts] == [
                each.addresses[0].value for each in (ANNA, BERT, CARL)
            ]

    @pytest.mark.parametrize(
        "request_", [SendRequest(to=("nobody",), text="x"), SendRequest(to=("crew",), text="x", channel=CALL)]
    )
    def test_never_to_others_than_those_meant(self, tmp_path: Path, request_: SendRequest) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, people=PEOPLE, groups=self.GROUPS) as told:
                with pytest.raises(UnknownRecipientError, match="recipient 1 stands for nobody"):
                    await told.engine.send(request_)
                await told.until(10)
                assert told.route.left == []

        told()


class TestBuiltInPolicies:
    @story
    async def test_the_telephone_rings_after_a_minute(self, tmp_path: Path) -> None:
        anna = call_of(ANNA)
        routes = (FakeRoute(), FakeRoute("phone", channels=frozenset({CALL})))
        async with acceptance(tmp_path, people=(anna, BERT), routes=routes, limits=DEFAULT_LIMITS) as plan:
            plan.at(0).raises("pump", Severity.CRITICAL)
            plan.between(0, 4).want(anna, "CRITICAL pump").want(BERT, "CRITICAL pump")
            plan.between(60, 62).want(anna, "pump", channel=CALL)
            plan.at(10).delivers()
            plan.at(65).delivers("phone")
            plan.between(300, 304).want(anna, "STILL").want(BERT, "STILL")
            plan.at(310).delivers()
            plan.between(360, 362).want(anna, "pump", channel=CALL)
            plan.at(365).delivers("phone")
            plan.at(400).does(
                lambda told: told.engine.acknowledge(AlarmAcknowledge(by="carl", all_open=True))
            )
            plan.between(400, 404).want(anna, "taken").want(BERT, "taken")

    @story
    async def test_nobody_is_called_where_no_route_calls(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, people=(call_of(ANNA),)) as plan:
            plan.at(0).raises("pump", Severity.CRITICAL)
            plan.between(0, 2).want(ANNA, "CRITICAL pump")
            plan.at(200).takes("anna", "pump")
