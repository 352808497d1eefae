"""What policies, shelves, maintenance and flapping mean to people, as schedules and windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import InvalidRequestError
from alert_engine.model import (
    AcknowledgeBy,
    Address,
    AlarmAcknowledge,
    AlarmChanged,
    AlarmClear,
    AlarmClose,
    AlarmRaise,
    AlarmResult,
    AlarmShelve,
    AlarmState,
    AlarmUnacknowledge,
    AlarmUnshelve,
    Ask,
    Channel,
    Heartbeat,
    KeyAcknowledge,
    MaintenanceEnd,
    MaintenanceStart,
    Policy,
    SendRequest,
    SendResult,
    Severity,
    Step,
    Until,
    Verdict,
    WeeklyPeriod,
)
from alert_engine.routes.base import ErrorClass
from tests.engine.acceptance import DAY, HOUR, MINUTE, acceptance
from tests.engine.support import ACCEPT, ANNA, BERT, EPOCH, FAILED, OK, FakeRoute, rejected, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

SMS, CALL = Channel.SMS, Channel.CALL
NOW = timedelta(0)
PUMP = AlarmRaise(source="plc1", key="pump", severity=Severity.CRITICAL, title="Pump")
PUMP_OVER = AlarmClear(source="plc1", key="pump")


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def step(after: timedelta, *notify: str, **fields: Any) -> Step:
    return Step(after=after, notify=notify, **fields)


def critical(*steps: Step, **fields: Any) -> tuple[Policy, ...]:
    return (Policy(name="critical", steps=steps or (step(NOW),), **fields),)


def with_calls(*people: Any) -> tuple[Any, ...]:
    return tuple(
        replace(each, addresses=(*each.addresses, Address(channel=CALL, value=each.addresses[0].value)))
        for each in people
    )


def two_routes() -> tuple[FakeRoute, FakeRoute]:
    return FakeRoute(), FakeRoute("phone", channels=frozenset({CALL}))


class TestLadder:
    @story
    async def test_a_text_then_a_call_then_the_next_person(self, tmp_path: Path) -> None:
        anna, bert = people = with_calls(ANNA, BERT)
        policies = critical(
            step(NOW, "anna"),
            step(minutes(1), "anna", channels=(CALL,)),
            step(minutes(5), "bert", channels=(SMS, CALL)),
        )
        async with acceptance(tmp_path, people=people, routes=two_routes(), policies=policies) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(anna, "CRITICAL pump")
            plan.between(60, 62).want(anna, "CRITICAL pump", channel=CALL)
            plan.between(300, 302).want(bert, "pump").want(bert, "pump", channel=CALL)
            plan.at(400).replies(bert, "OK {pump}")
            plan.between(400, 402).want(bert, "is yours")
            # By text only: nobody is called to hear that there is nothing to do.
            plan.between(400, 404).want(anna, "taken by Bert")
            plan.at(500).clears("pump")
            plan.between(500, 504).want(anna, "CLEARED").want(bert, "CLEARED")

    @story
    async def test_each_by_the_first_address_where_a_step_names_no_channel(self, tmp_path: Path) -> None:
        (anna,) = with_calls(ANNA)
        caller = replace(BERT, addresses=(Address(channel=CALL, value=BERT.addresses[0].value),))
        async with acceptance(
            tmp_path,
            people=(anna, caller),
            routes=two_routes(),
            policies=critical(step(NOW, channels=())),
        ) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(anna, "pump").want(caller, "pump", channel=CALL)

    @story
    async def test_the_ladder_runs_in_rounds(self, tmp_path: Path) -> None:
        policies = critical(step(NOW, "anna"), step(minutes(5), "bert"), rounds=2, round_every=minutes(15))
        async with acceptance(tmp_path, people=(ANNA, BERT), policies=policies) as plan:
            plan.at(0).raises("pump")
            for begin in (0, 900, 1800):
                plan.between(begin, begin + 2).want(ANNA, "CRITICAL")
                plan.between(begin + 300, begin + 302).want(BERT, "CRITICAL")

    @story
    async def test_until_it_is_over_although_somebody_has_it(self, tmp_path: Path) -> None:
        policies = critical(step(NOW, repeat=-1, every=minutes(10)), until=Until.CLEARED)
        async with acceptance(tmp_path, people=(ANNA, BERT), policies=policies) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 4).want(ANNA, "CRITICAL pump").want(BERT, "CRITICAL pump")
            plan.at(60).replies(ANNA, "OK")
            plan.between(60, 64).want(ANNA, "is yours").want(BERT, "taken by Anna")
            for begin in (600, 1200):
                plan.between(begin, begin + 4).want(ANNA, "STILL", "Anna has it").want(BERT, "Anna has it")
            plan.at(1300).clears("pump")
            plan.between(1300, 1304).want(ANNA, "CLEARED").want(BERT, "CLEARED")

    @story
    async def test_running_alarms_keep_the_policy_of_their_raise(self, tmp_path: Path) -> None:
        policies = critical(step(NOW, repeat=1, every=minutes(10)), rounds=1, round_every=minutes(30))
        async with telling(tmp_path, policies=policies) as told:
            (before,) = (await told.engine.raise_alarm(PUMP)).alarms
        async with telling(tmp_path, offset=minutes(5)) as told:
            (alarm,) = await told.engine.open_alarms()
            assert alarm == before


class TestTaken:
    @story
    async def test_by_all_who_were_told(self, tmp_path: Path) -> None:
        policies = critical(step(NOW, repeat=-1, every=minutes(10)), acknowledge_by=AcknowledgeBy.ALL)
        async with acceptance(tmp_path, people=(ANNA, BERT), policies=policies) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 4).want(ANNA, "Everybody: reply OK {pump}").want(BERT, "Everybody")
            plan.at(60).takes("anna", "pump")
            # Anna is left alone from now on.
            plan.between(600, 602).want(BERT, "STILL CRITICAL")
            plan.at(700).takes("bert", "pump")
            plan.between(700, 702).want(ANNA, "taken by Bert")

    @story
    async def test_also_by_whoever_is_still_to_be_told(self, tmp_path: Path) -> None:
        policies = critical(acknowledge_by=AcknowledgeBy.ALL)
        route = FakeRoute(script=[ACCEPT, rejected(ErrorClass.TEMPORARY)])
        async with acceptance(tmp_path, people=(ANNA, BERT), policies=policies, routes=(route,)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "Everybody: reply OK {pump}")
            plan.at(2).replies(ANNA, "OK {pump}")
            plan.between(2, 6).want(ANNA, "1 of 2")
            plan.between(2, MINUTE).want(BERT, "Everybody: reply OK {pump}")
            plan.at(100).replies(BERT, "OK {pump}")
            plan.between(100, 104).want(BERT, "is yours").want(ANNA, "taken by Bert")
            plan.until(HOUR)

    @story
    async def test_also_by_whoever_hears_of_it_when_the_night_is_over(self, tmp_path: Path) -> None:
        """14:07 UTC is second 0 of a story."""
        sleeper = replace(BERT, quiet=(WeeklyPeriod(start=time(14), end=time(15)),))
        policies = (Policy(name="high", steps=(step(NOW),), acknowledge_by=AcknowledgeBy.ALL),)
        async with acceptance(tmp_path, people=(ANNA, sleeper), policies=policies) as plan:
            plan.at(0).raises("pump", Severity.HIGH)
            plan.between(0, 2).want(ANNA, "Everybody")
            plan.at(60).takes("anna", "pump")
            plan.between(53 * MINUTE, 54 * MINUTE).want(BERT, "pump")
            plan.until(HOUR)

    @story
    async def test_what_waits_for_somebody_who_took_it_is_not_sent(self, tmp_path: Path) -> None:
        policies = critical(acknowledge_by=AcknowledgeBy.ALL)
        slow = FakeRoute()
        async with telling(tmp_path, people=(ANNA, BERT), policies=policies, route=slow) as told:
            (alarm,) = (await told.engine.raise_alarm(PUMP)).alarms
            await told.until(0.5)  # Anna's leaves, Bert's waits
            await told.engine.acknowledge(AlarmAcknowledge(by="bert", alarm_id=alarm.id))
            await told.until(60)
            assert {address for address, _ in slow.texts} == {ANNA.addresses[0].value}

    @story
    async def test_whoever_took_it_is_reminded_while_the_cause_lasts(self, tmp_path: Path) -> None:
        policies = critical(remind_every=timedelta(hours=1))
        async with acceptance(tmp_path, people=(ANNA, BERT), policies=policies) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 4).want(ANNA, "pump").want(BERT, "pump")
            plan.at(60).replies(ANNA, "OK")
            plan.between(60, 64).want(ANNA, "is yours").want(BERT, "taken by Anna")
            for hour in (1, 2):
                plan.between(hour * HOUR + 60, hour * HOUR + 62).want(
                    ANNA, "{pump} is yours and still on since 14:07"
                )
            plan.at(2.5 * HOUR).clears("pump")
            plan.between(2.5 * HOUR, 2.5 * HOUR + 4).want(ANNA, "CLEARED").want(BERT, "CLEARED")

    @story
    async def test_all_are_reminded_where_it_was_no_person(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, policies=critical(remind_every=timedelta(hours=1))) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump")
            plan.at(60).takes("mqtt:panel", "pump")
            plan.between(60, 62).want(ANNA, "taken by panel")
            plan.between(3660, 3662).want(ANNA, "STILL CRITICAL pump. panel has it. Code {pump}")
            plan.until(2 * HOUR)

    @story
    async def test_and_given_back(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, policies=critical()) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump")
            plan.at(60).takes("anna", "pump")
            plan.at(120).gives_back("anna", "pump")
            plan.between(120, 122).want(ANNA, "CRITICAL pump")


class TestShelved:
    @story
    async def test_silence_and_its_end(self, tmp_path: Path) -> None:
        policies = critical(step(NOW, repeat=-1, every=minutes(10)))
        async with acceptance(tmp_path, people=(ANNA, BERT), policies=policies) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 4).want(ANNA, "CRITICAL pump").want(BERT, "CRITICAL pump")
            plan.at(60).shelves("anna", "pump", 2 * HOUR)
            plan.between(60, 62).want(BERT, "{pump} shelved by Anna until 16:08: pump")
            plan.at(HOUR).raises("pump", Severity.HIGH)
            plan.between(2 * HOUR + 60, 2 * HOUR + 64).want(ANNA, "STILL CRITICAL").want(BERT, "STILL")
            plan.at(2 * HOUR + 70).takes("mqtt:panel", "pump")
            plan.between(2 * HOUR + 70, 2 * HOUR + 74).want(ANNA, "taken").want(BERT, "taken")

    @story
    async def test_ended_by_hand(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, policies=critical()) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump")
            plan.at(60).shelves("anna", "pump", HOUR)
            plan.at(120).unshelves("anna", "pump")
            plan.between(120, 122).want(ANNA, "STILL CRITICAL")

    @story
    async def test_what_gets_worse_is_loud(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, policies=critical()) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 2).want(ANNA, "NORMAL pump")
            plan.at(60).shelves("anna", "pump", DAY)
            plan.at(120).raises("pump", Severity.CRITICAL)
            plan.between(120, 122).want(ANNA, "CRITICAL pump")

    @story
    async def test_it_does_not_outlive_the_episode(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, policies=critical()) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "CRITICAL pump")
            plan.at(60).shelves("anna", "pump", 3 * HOUR)
            plan.at(120).clears("pump")
            plan.between(120, 122).want(ANNA, "CLEARED")
            plan.at(HOUR).raises("pump")
            plan.between(HOUR, HOUR + 2).want(ANNA, "CRITICAL pump")

    @pytest.mark.parametrize("days", [0, 8])
    def test_not_for_ever(self, tmp_path: Path, days: int) -> None:
        @story
        async def play() -> None:
            async with telling(tmp_path) as told:
                with pytest.raises(InvalidRequestError, match="until"):
                    await told.engine.shelve(
                        AlarmShelve(by="anna", code="4711", until=EPOCH + timedelta(days=days))
                    )

        play()

    @story
    async def test_twice_and_unknown(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            (alarm,) = (await told.engine.raise_alarm(PUMP)).alarms
            shelve = AlarmShelve(by="anna", alarm_id=alarm.id, until=EPOCH + minutes(30))
            assert (await told.engine.shelve(shelve)).verdict is Verdict.APPLIED
            assert (await told.engine.shelve(shelve)).verdict is Verdict.UNCHANGED
            (alarm,) = await told.engine.open_alarms()
            assert (alarm.shelved_by, alarm.shelved_until) == ("anna", EPOCH + minutes(30))
            unshelve = AlarmUnshelve(by="anna", code="0000")
            assert (await told.engine.unshelve(unshelve)).verdict is Verdict.UNKNOWN
            assert (await told.engine.unshelve(AlarmUnshelve(by="anna", all_open=True))).alarms != ()
            assert told.names() == ["raised", "shelved", "unshelved"]

    @story
    async def test_it_outlives_a_restart(self, tmp_path: Path) -> None:
        async with telling(tmp_path, policies=critical()) as told:
            (alarm,) = (await told.engine.raise_alarm(PUMP)).alarms
            await told.until(5)
            until = EPOCH + minutes(30)
            await told.engine.shelve(AlarmShelve(by="anna", alarm_id=alarm.id, until=until))
        async with telling(tmp_path, policies=critical(), offset=minutes(10)) as told:
            await told.clock.sleep_until(told.clock.monotonic() + 19 * MINUTE)
            assert told.route.texts == []
            await told.clock.sleep_until(told.clock.monotonic() + 2 * MINUTE)
            assert [text.split()[0] for _, text in told.route.texts] == ["STILL"]


class TestMaintenance:
    @story
    async def test_nobody_is_told_until_it_ends(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path) as plan:
            plan.at(0).maintains("pump*", until=HOUR)
            plan.at(10).raises("pump-1", Severity.NORMAL)
            plan.at(10).raises("gate", Severity.NORMAL)
            plan.between(10, 12).want(ANNA, "NORMAL gate")
            plan.at(20).raises("pump-2", Severity.NORMAL).clears("pump-2")
            plan.between(HOUR, HOUR + 2).want(ANNA, "NORMAL pump-1")

    @story
    async def test_what_is_open_falls_silent_and_comes_back(self, tmp_path: Path) -> None:
        policies = (Policy(name="high", steps=(step(NOW, repeat=-1, every=minutes(10)),)),)
        async with acceptance(tmp_path, policies=policies) as plan:
            plan.at(0).raises("pump", Severity.HIGH)
            plan.between(0, 2).want(ANNA, "HIGH pump")
            plan.at(60).maintains()
            plan.at(HOUR).ends_maintenance()
            plan.between(HOUR, HOUR + 2).want(ANNA, "STILL HIGH pump")
            plan.until(HOUR + MINUTE)

    @story
    async def test_critical_alarms_refuse_unless_they_are_meant_too(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, policies=critical()) as plan:
            plan.at(0).maintains("a*")
            plan.at(0).maintains("b*", includes_critical=True)
            plan.at(10).raises("a").raises("b")
            plan.between(10, 12).want(ANNA, "CRITICAL a")
            plan.at(20).raises("a2", Severity.HIGH).raises("a2", Severity.CRITICAL)
            plan.between(20, 22).want(ANNA, "CRITICAL a2")

    @story
    async def test_another_one_takes_over(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path) as plan:
            plan.at(0).maintains("*").maintains("pump")
            plan.at(10).raises("pump", Severity.NORMAL)
            plan.at(20).ends_maintenance("*")
            plan.at(30).ends_maintenance("pump")
            plan.between(30, 32).want(ANNA, "NORMAL pump")

    @story
    async def test_it_is_seen_and_ended_once(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            start = MaintenanceStart(by="anna", source="plc1", keys="pump[1]", message_id="m1")
            await told.engine.raise_alarm(replace(PUMP, key="pump[1]", severity=Severity.HIGH))
            started = await told.engine.start_maintenance(start)
            assert [alarm.suppressed_by for alarm in started.alarms] == ["maintenance/plc1/pump[1]"]
            assert (await told.engine.start_maintenance(start)).verdict is Verdict.DUPLICATE
            (maintenance,) = await told.engine.maintenances()
            assert (maintenance.by, maintenance.since, maintenance.until) == ("anna", EPOCH, None)
            end = MaintenanceEnd(by="anna", source="plc1", keys="pump[1]", message_id="m2")
            assert (await told.engine.end_maintenance(end)).verdict is Verdict.APPLIED
            assert (await told.engine.end_maintenance(end)).verdict is Verdict.DUPLICATE
            again = replace(end, message_id=None)
            assert (await told.engine.end_maintenance(again)).verdict is Verdict.UNKNOWN
            with pytest.raises(InvalidRequestError, match="until"):
                await told.engine.start_maintenance(replace(start, until=EPOCH))

    @story
    async def test_it_lasts_as_long_although_the_clock_is_set(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            until = EPOCH + minutes(30)
            await told.engine.start_maintenance(MaintenanceStart(by="anna", source="plc1", until=until))
            told.clock.offset = timedelta(days=1)
            await told.engine.raise_alarm(replace(PUMP, severity=Severity.NORMAL))
            await told.until(1799)
            assert told.route.texts == []
            await told.until(1801)
            assert len(told.route.texts) == 1

    @story
    async def test_it_lasts_no_longer_although_the_machine_lost_its_clock(self, tmp_path: Path) -> None:
        async with telling(tmp_path, offset=timedelta(days=1)) as told:
            start = MaintenanceStart(by="anna", source="plc1", until=EPOCH + timedelta(days=1, minutes=30))
            await told.engine.start_maintenance(start)
            await told.engine.raise_alarm(replace(PUMP, severity=Severity.NORMAL))
        async with telling(tmp_path) as told:
            (maintenance,) = await told.engine.maintenances()
            assert maintenance.until == maintenance.since + minutes(30) == EPOCH + minutes(30)


class TestParent:
    @story
    async def test_what_another_alarm_explains_is_silent_as_long_as_that_is_on(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, policies=critical()) as plan:
            plan.at(0).raises("lamp", Severity.HIGH, parent="power")
            plan.between(0, 2).want(ANNA, "HIGH lamp")
            plan.at(10).raises("power", Severity.HIGH)
            plan.between(10, 12).want(ANNA, "HIGH power")
            plan.at(20).raises("pump", Severity.NORMAL, parent="power")
            # More than the power can explain.
            plan.at(30).raises("gas", Severity.CRITICAL, parent="power")
            plan.between(30, 32).want(ANNA, "CRITICAL gas")
            plan.at(40).takes("anna", "power").takes("anna", "lamp").takes("anna", "gas")
            plan.at(HOUR).clears("power")
            plan.between(HOUR, HOUR + 4).want(ANNA, "CLEARED", "power").want(ANNA, "NORMAL pump")

    @story
    async def test_also_while_that_flaps_and_when_it_is_closed_by_hand(self, tmp_path: Path) -> None:
        low = Severity.NORMAL
        async with telling(tmp_path, policies=critical()) as told:
            power, child = replace(PUMP, key="power"), replace(PUMP, severity=low, parent="power")
            for _ in range(3):
                await told.engine.apply([power, AlarmClear(source="plc1", key="power")])
            await told.engine.apply([power, child, AlarmClear(source="plc1", key="power")])
            open_alarms = {alarm.key: alarm for alarm in await told.engine.open_alarms()}
            assert open_alarms["power"].is_chattering
            assert open_alarms["pump"].suppressed_by == f"alarm/{open_alarms['power'].id}"
            await told.engine.close_alarm(open_alarms["power"].id, by="anna")
            assert [alarm.suppressed_by for alarm in await told.engine.open_alarms()] == [None]


class TestComingBack:
    @story
    async def test_soon_it_is_the_same_alarm_and_nobody_is_called_at_once(self, tmp_path: Path) -> None:
        (anna,) = people = with_calls(ANNA)
        policies = critical(step(NOW, channels=(SMS, CALL)), step(minutes(2), channels=(CALL,)))
        async with acceptance(tmp_path, people=people, routes=two_routes(), policies=policies) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(anna, "CRITICAL").want(anna, "CRITICAL", channel=CALL)
            plan.at(60).clears("pump")
            plan.between(60, 62).want(anna, "CLEARED {pump}")
            plan.at(300).raises("pump")
            plan.between(300, 302).want(anna, "AGAIN CRITICAL pump. Reply OK {pump}")
            plan.between(420, 422).want(anna, "CRITICAL", channel=CALL)

    @story
    async def test_more_severe_it_is_loud(self, tmp_path: Path) -> None:
        (anna,) = people = with_calls(ANNA)
        policies = critical(step(NOW, channels=(CALL,)))
        async with acceptance(tmp_path, people=people, routes=two_routes(), policies=policies) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 2).want(anna, "NORMAL")
            plan.at(60).clears("pump")
            plan.between(60, 62).want(anna, "CLEARED {pump}")
            plan.at(300).raises("pump")
            plan.between(300, 302).want(anna, "CRITICAL", channel=CALL)

    @story
    async def test_an_all_clear_that_waits_is_not_sent_after_the_raise(self, tmp_path: Path) -> None:
        async with telling(tmp_path, policies=critical()) as told:
            (first,) = (await told.engine.raise_alarm(PUMP)).alarms
            await told.until(5)
            await told.route.become(FAILED)
            await told.engine.clear(PUMP_OVER)
            (second,) = (await told.engine.raise_alarm(PUMP)).alarms
            assert (first.id, first.code, 2) == (second.id, second.code, second.count)
            await told.route.become(OK)
            await told.until(60)
            assert [text.split()[0] for _, text in told.route.texts] == ["CRITICAL", "AGAIN"]

    @story
    async def test_one_that_flaps_is_told_once_then_in_digests_until_it_is_calm(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, policies=critical()) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "CRITICAL pump")
            for number in range(1, 41):  # a minute off, a minute on, for 80 minutes
                plan.at(120 * number - 60).clears("pump")
                plan.at(120 * number).raises("pump")
            for number in (1, 2):
                plan.between(120 * number - 60, 120 * number - 58).want(ANNA, "CLEARED")
                plan.between(120 * number, 120 * number + 2).want(ANNA, "AGAIN")
            plan.between(300, 302).want(ANNA, "CLEARED")
            plan.between(360, 362).want(ANNA, "FLAPPING CRITICAL pump: on 4 times, now ON", "OK {pump}")
            for number in (1, 2, 3):
                at = 360 + number * 30 * MINUTE
                plan.between(at, at + 2).want(ANNA, "FLAPPING")
            # The last change was at 80 minutes: 20 later it is an alarm as any other.
            plan.between(100 * MINUTE, 100 * MINUTE + 2).want(ANNA, "STILL CRITICAL")
            plan.at(3 * HOUR).clears("pump")
            plan.between(3 * HOUR, 3 * HOUR + 2).want(ANNA, "CLEARED")

    @story
    async def test_whoever_takes_one_that_flaps_has_it_until_it_is_over(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, policies=critical()) as plan:
            for number in range(4):
                plan.at(120 * number).raises("pump")
                plan.at(120 * number + 60).clears("pump")
            for number in range(3):
                plan.between(120 * number, 120 * number + 2).want(ANNA, "CRITICAL")
                plan.between(120 * number + 60, 120 * number + 62).want(ANNA, "CLEARED")
            plan.between(360, 362).want(ANNA, "FLAPPING")
            plan.at(400).replies(ANNA, "OK")
            plan.between(400, 402).want(ANNA, "is yours")
            for number in range(10):
                plan.at(500 + 120 * number).raises("pump").clears("pump")
            plan.between(1580 + 20 * MINUTE, 1582 + 20 * MINUTE).want(ANNA, "CLEARED")

    @story
    async def test_a_raise_that_its_source_repeats_long_after_the_clear_is_a_new_alarm(
        self, tmp_path: Path
    ) -> None:
        """As Alertmanager does, whose ids and times are those of the first raise."""
        request = replace(PUMP, message_id="fingerprint-start", source_time=EPOCH, began_at=EPOCH)
        cleared = replace(PUMP_OVER, message_id="fingerprint-end", source_time=EPOCH + minutes(1))
        async with telling(tmp_path, policies=critical()) as told:
            (first,) = (await told.engine.raise_alarm(request)).alarms
            await told.until(60)
            await told.engine.clear(cleared)
            await told.until(661)
            again = await told.engine.raise_alarm(request)
            assert (again.verdict, again.alarms[0].id == first.id) == (Verdict.APPLIED, False)
            assert (await told.engine.raise_alarm(request)).verdict is Verdict.DUPLICATE


class TestRaise:
    @story
    async def test_a_test_runs_the_first_step_once_and_says_so(self, tmp_path: Path) -> None:
        policies = critical(step(NOW, repeat=3, every=minutes(1)), step(minutes(5)), hold=minutes(1))
        async with acceptance(tmp_path, policies=policies) as plan:
            plan.at(0).raises("pump", is_test=True)
            plan.between(0, 2).want(ANNA, "TEST CRITICAL pump")
            # Nobody ends it, so it ends itself.
            plan.between(HOUR, HOUR + 2).want(ANNA, "TEST CLEARED")

    @story
    async def test_a_real_one_ends_a_test_and_is_not_touched_by_another(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, policies=critical()) as plan:
            plan.at(0).raises("pump", is_test=True)
            plan.between(0, 2).want(ANNA, "TEST CRITICAL pump")
            plan.at(60).raises("pump")
            plan.between(60, 62).want(ANNA, "CRITICAL pump. Reply OK {pump}")
            plan.between(60, 64).want(ANNA, "TEST CLOSED")
            plan.at(120).raises("pump", is_test=True)

    @story
    async def test_a_source_may_say_how_long_it_is_held_and_how_long_it_lives(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, policies=critical()) as plan:
            plan.at(0).raises("pump", hold=minutes(2), ttl=minutes(5), url="https://plc1/pump")
            plan.between(120, 122).want(ANNA, "CRITICAL pump")
            plan.between(300, 302).want(ANNA, "CLEARED")

    @pytest.mark.parametrize("wrong", [{"ttl": timedelta(0)}, {"hold": minutes(-1)}, {"url": "u" * 2001}])
    def test_nonsense_is_refused(self, tmp_path: Path, wrong: dict[str, Any]) -> None:
        @story
        async def play() -> None:
            async with telling(tmp_path) as told:
                with pytest.raises(InvalidRequestError, match=next(iter(wrong))):
                    await told.engine.raise_alarm(replace(PUMP, **wrong))

        play()


class TestApply:
    @story
    async def test_anything_in_one_commit_and_an_answer_for_each(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            assert await told.engine.apply([]) == ()
            await told.engine.raise_alarm(PUMP)
            results = await told.engine.apply(
                [
                    AlarmAcknowledge(by="anna", all_open=True),
                    AlarmUnacknowledge(by="anna", all_open=True),
                    KeyAcknowledge(source="plc1", key="pump", by="mqtt:plc1", message_id="a1"),
                    KeyAcknowledge(source="plc1", key="pump", by="mqtt:plc1", message_id="a1"),
                    KeyAcknowledge(source="plc1", key="nothing", by="mqtt:plc1", message_id=None),
                    MaintenanceStart(by="anna", source="plc2"),
                    AlarmRaise(source="plc2", key="gate"),
                    AlarmClear(source="plc2", key="gate"),
                    MaintenanceEnd(by="anna", source="plc2"),
                    AlarmShelve(by="anna", all_open=True, until=EPOCH + minutes(5)),
                    AlarmUnshelve(by="anna", all_open=True),
                    AlarmClose(by="anna", all_open=True),
                    SendRequest(to=("anna",), text="hello"),
                    Heartbeat(source="plc1", key="backup"),
                ]
            )
            assert [result.verdict for result in results] == [
                Verdict.APPLIED,
                Verdict.APPLIED,
                Verdict.APPLIED,
                Verdict.DUPLICATE,
                Verdict.UNKNOWN,
                *[Verdict.APPLIED] * 8,
                Verdict.UNKNOWN,  # nobody watches it
            ]
            assert isinstance(results[12], SendResult)
            assert results[12].messages[0].segments == 1
            (closed,) = results[11].alarms if isinstance(results[11], AlarmResult) else ()
            assert closed.state is AlarmState.CLOSED
            gate = [event.event for event in told.events if _is_about(event, "gate")]
            assert gate == ["raised", "cleared"]

    @story
    async def test_one_that_makes_no_sense_keeps_all_out(self, tmp_path: Path) -> None:
        wrong: list[Ask] = [
            KeyAcknowledge(source="plc1", key="", by="x", message_id=None),
            Heartbeat(source="plc1", key="k", period=timedelta(days=999)),
            SendRequest(to=("nobody",), text="hello"),
        ]
        async with telling(tmp_path) as told:
            for each in wrong:
                with pytest.raises(InvalidRequestError):
                    await told.engine.apply([PUMP, each])
            assert await told.engine.open_alarms() == ()

    @story
    async def test_the_kind_of_commit_is_that_of_the_first(self, tmp_path: Path) -> None:
        reached: list[str] = []
        async with telling(tmp_path, failpoint=reached.append) as told:
            reached.clear()
            for ask in (PUMP, AlarmAcknowledge(by="x", all_open=True), PUMP_OVER):
                await told.engine.apply([ask])
            await told.engine.apply([SendRequest(to=("anna",), text="hello")])
            kinds = ("raise", "acknowledge", "clear", "send")
            commits = [name.removesuffix("_before_commit") for name in reached]
            assert [name for name in commits if name in kinds] == list(kinds)


def _is_about(event: object, key: str) -> bool:
    return isinstance(event, AlarmChanged) and event.alarm.key == key
