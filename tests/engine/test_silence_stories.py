"""What explains an alarm may keep it silent, but never for good, and never everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.failpoints import Moment
from alert_engine.model import AlarmClear, AlarmRaise, MaintenanceStart, Policy, Severity, Step
from tests.engine.acceptance import HOUR, acceptance
from tests.engine.support import ANNA, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.work import Work

ONCE = (Policy(name="critical", steps=(Step(after=timedelta(0), notify=()),)),)
LOW = Severity.NORMAL
PUMP = AlarmRaise(source="plc1", key="pump", severity=Severity.CRITICAL, title="Pump")
PUMP_OVER = AlarmClear(source="plc1", key="pump")


def _silence_each_other(work: Work) -> None:
    one, other = work.tx.alarms.all_open()
    work.tx.alarms.save(replace(one, suppressed_by=f"alarm/{other.id}"))
    work.tx.alarms.save(replace(other, suppressed_by=f"alarm/{one.id}"))


class TestParents:
    @story
    async def test_of_two_that_explain_each_other_the_first_is_loud(self, tmp_path: Path) -> None:
        twice = Step(after=timedelta(0), notify=(), repeat=1, every=timedelta(minutes=10))
        policies = (Policy(name="critical", steps=(twice,)),)
        async with acceptance(tmp_path, policies=policies) as plan:
            plan.at(0).raises("pump", parent="gate")
            plan.between(0, 2).want(ANNA, "CRITICAL pump")
            plan.at(60).raises("gate", parent="pump")
            plan.between(600, 602).want(ANNA, "STILL CRITICAL pump")
            plan.at(HOUR).clears("pump")
            plan.between(HOUR, HOUR + 4).want(ANNA, "CLEARED", "pump").want(ANNA, "CRITICAL gate")
            plan.until(HOUR + 60)

    @story
    async def test_also_when_they_come_in_one_commit(self, tmp_path: Path) -> None:
        async with telling(tmp_path, policies=ONCE) as told:
            gate = replace(PUMP, key="gate", title="Gate", parent="pump")
            await told.engine.raise_alarms([replace(PUMP, parent="gate"), gate])
            await told.until(60)
            assert len(told.route.texts) == 1
            assert [alarm.suppressed_by is None for alarm in await told.engine.open_alarms()] == [True, False]

    @story
    async def test_of_three_in_a_circle_one_is_loud(self, tmp_path: Path) -> None:
        async with telling(tmp_path, policies=ONCE) as told:
            for key, parent in (("a", "b"), ("b", "c"), ("c", "a")):
                await told.engine.raise_alarm(replace(PUMP, key=key, parent=parent))
            silent = [alarm.key for alarm in await told.engine.open_alarms() if alarm.suppressed_by]
            assert silent == ["a", "c"]

    @story
    async def test_a_circle_of_an_older_release_explains_nobody_else(self, tmp_path: Path) -> None:
        async with telling(tmp_path, policies=ONCE) as told:
            for key in ("a", "b"):
                await told.engine.raise_alarm(replace(PUMP, key=key))
            await told.engine._ledger.commit(Moment.TIMER, _silence_each_other)
            await told.engine.raise_alarm(replace(PUMP, key="c", parent="b"))
            silent = [alarm.key for alarm in await told.engine.open_alarms() if alarm.suppressed_by]
            assert silent == ["a", "b"]

    @story
    async def test_none_explains_itself(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, policies=ONCE) as plan:
            plan.at(0).raises("pump", Severity.HIGH, parent="pump")
            plan.between(0, 2).want(ANNA, "HIGH pump")
            plan.at(60).raises("pump", Severity.CRITICAL, parent="pump")
            plan.between(60, 62).want(ANNA, "CRITICAL pump")
            plan.until(HOUR)

    @story
    async def test_a_chain_is_told_link_by_link(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, policies=ONCE) as plan:
            plan.at(0).raises("power")
            plan.between(0, 2).want(ANNA, "CRITICAL power")
            plan.at(10).raises("switch", LOW, parent="power").raises("lamp", LOW, parent="switch")
            plan.at(100).clears("power")
            plan.between(100, 104).want(ANNA, "CLEARED", "power").want(ANNA, "NORMAL switch")
            plan.at(200).clears("switch")
            plan.between(200, 204).want(ANNA, "CLEARED", "switch").want(ANNA, "NORMAL lamp")

    @story
    async def test_what_a_maintenance_kept_silent_is_loud_although_it_explains_the_other(
        self, tmp_path: Path
    ) -> None:
        async with acceptance(tmp_path, policies=ONCE) as plan:
            plan.at(0).maintains("pump")
            plan.at(10).raises("pump", LOW, parent="gate").raises("gate", LOW, parent="pump")
            plan.at(100).ends_maintenance("pump")
            plan.between(100, 102).want(ANNA, "NORMAL pump")
            plan.until(HOUR)

    @story
    async def test_one_that_comes_and_goes_still_explains(self, tmp_path: Path) -> None:
        async with telling(tmp_path, policies=ONCE) as told:
            for _ in range(3):
                await told.engine.raise_alarm(PUMP)
                await told.engine.clear(PUMP_OVER)
            await told.engine.apply([PUMP, replace(PUMP, key="lamp", severity=LOW, parent="pump")])
            before = {alarm.key: alarm for alarm in await told.engine.open_alarms()}
            assert before["lamp"].suppressed_by == f"alarm/{before['pump'].id}"
            await told.engine.clear(PUMP_OVER)
            after = {alarm.key: alarm for alarm in await told.engine.open_alarms()}
            assert after["pump"].is_chattering
            assert not after["pump"].is_active
            assert after["lamp"] == before["lamp"]


class TestMaintenance:
    @story
    async def test_one_that_covers_less_lets_the_others_be_told(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, policies=ONCE) as plan:
            plan.at(0).maintains(includes_critical=True)
            plan.at(10).raises("pump").raises("gate", LOW)
            plan.at(100).maintains()
            plan.between(100, 102).want(ANNA, "CRITICAL pump")
            plan.until(HOUR)

    @story
    async def test_its_answer_names_those_that_are_loud_again_too(self, tmp_path: Path) -> None:
        async with telling(tmp_path, policies=ONCE) as told:
            start = MaintenanceStart(by="anna", source="plc1", includes_critical=True)
            await told.engine.start_maintenance(start)
            await told.engine.apply([PUMP, replace(PUMP, key="gate", severity=LOW)])
            result = await told.engine.start_maintenance(replace(start, includes_critical=False))
            found = [(alarm.key, alarm.suppressed_by) for alarm in result.alarms]
            assert found == [("pump", None), ("gate", "maintenance/plc1/*")]

    @story
    async def test_another_one_still_covers_them(self, tmp_path: Path) -> None:
        async with telling(tmp_path, policies=ONCE) as told:
            whole = MaintenanceStart(by="anna", source="plc1", includes_critical=True)
            await told.engine.start_maintenance(replace(whole, keys="pump"))
            await told.engine.start_maintenance(whole)
            await told.engine.raise_alarm(PUMP)
            await told.engine.start_maintenance(replace(whole, includes_critical=False))
            await told.until(60)
            assert told.route.texts == []
            (alarm,) = await told.engine.open_alarms()
            assert alarm.suppressed_by == "maintenance/plc1/pump"
