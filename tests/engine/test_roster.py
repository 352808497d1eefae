"""Whom an alarm would reach now by each name, until when, and how people stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from alert_engine.decisions.directory import Directory
from alert_engine.decisions.roster import View, name_now, person_now
from alert_engine.decisions.schedule import next_change
from alert_engine.model import (
    Group,
    GroupMode,
    HeldUntil,
    NameKind,
    OnCall,
    Severity,
    Substitution,
    WeeklyPeriod,
)
from tests.engine.support import ANNA, BERT, CARL, EPOCH, number_of, telling
from tests.engine.test_commands import ADA, COMMANDS, PIN
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.model import NameNow, Person

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
NIGHT = WeeklyPeriod(start=time(22), end=time(6))
MORNING = WeeklyPeriod(start=time(9), end=time(12))
PLANT = OnCall(
    id="plant",
    name="Plant",
    rotation=("anna", "bert"),
    begins=date(2026, 3, 2),
    handover=time(8),
    turn=timedelta(days=1),
)
ALL = Group(id="all", name="All", members=("anna", "bert"))


def view(*people: Person, severity: Severity = Severity.HIGH, **names: tuple[object, ...]) -> View:
    return View(directory=Directory(people=people or (ANNA, BERT), **names), zone=UTC, severity=severity)  # type: ignore[arg-type]  # one test, many kinds


def named(group: Group | OnCall, seen: View, now: datetime = MONDAY) -> NameNow:
    return name_now(seen, group, now)


class TestNames:
    def test_a_turn(self) -> None:
        found = named(PLANT, view(on_calls=(PLANT,)))
        handover = MONDAY.replace(hour=8) + timedelta(days=1)
        assert (found.kind, found.mode) == (NameKind.ON_CALL, None)
        assert (found.on_duty, found.reached, found.duty_reason) == ("anna", ("anna",), "turn")
        assert (found.until, found.duty_until, found.next_on_duty) == (handover, handover, "bert")

    def test_a_substitution_begins_before_that(self) -> None:
        stands_in = Substitution(person="bert", start=MONDAY.replace(hour=15), end=MONDAY.replace(hour=20))
        found = named(replace(PLANT, substitutions=(stands_in,)), view(on_calls=(PLANT,)))
        assert found.duty_until == stands_in.start

    def test_quiet_hours_hold_and_their_end_changes_it(self) -> None:
        quiet = replace(ANNA, quiet=(MORNING,))
        found = named(ALL, view(quiet, BERT, groups=(ALL,)))
        noon = MONDAY.replace(hour=12)
        assert (found.kind, found.mode, found.reached) == (NameKind.GROUP, GroupMode.ALL, ("bert",))
        assert found.held == (HeldUntil(person="anna", until=noon),)
        assert found.until == noon
        worst = named(ALL, view(quiet, BERT, severity=Severity.CRITICAL, groups=(ALL,)))
        assert (worst.reached, worst.until) == (("anna", "bert"), None)

    def test_a_group_that_rotates_may_come_to_anybody(self) -> None:
        group = replace(ALL, mode=GroupMode.ROTATE)
        found = named(group, view(groups=(group,)))
        assert (found.reached, found.mode) == (("anna", "bert"), GroupMode.ROTATE)

    def test_changes_that_change_nothing_are_passed_over(self) -> None:
        """Quiet hours of somebody who is not on call this week."""
        weekly = replace(PLANT, turn=timedelta(days=7))
        found = named(weekly, view(ANNA, replace(BERT, quiet=(MORNING,)), on_calls=(weekly,)))
        assert found.until == MONDAY.replace(hour=8) + timedelta(days=7)

    def test_nobody_is_everybody(self) -> None:
        empty = replace(PLANT, rotation=())
        found = named(empty, view(on_calls=(empty,)))
        assert (found.on_duty, found.reached) == (None, ("anna", "bert"))
        assert found.notes == ("empty_on_call", "everybody")

    def test_names_in_circles_and_without_end(self) -> None:
        first = Group(id="first", name="First", members=("second", "ghost"))
        second = Group(id="second", name="Second", members=("first", "anna"))
        found = named(first, view(groups=(first, second)))
        assert found.reached == ("anna",)
        busy = tuple(WeeklyPeriod(start=time(hour, 30), end=time(hour, 45)) for hour in range(24))
        found = named(ALL, view(ANNA, replace(BERT, shifts=(), quiet=busy), groups=(ALL,)))
        assert found.until == MONDAY.replace(minute=30)

    def test_what_cannot_be_told_for_sure_holds_until_the_last_look(self) -> None:
        busy = tuple(WeeklyPeriod(start=time(hour, 30), end=time(hour, 45)) for hour in range(24))
        worst = view(ANNA, replace(BERT, quiet=busy), severity=Severity.CRITICAL, groups=(ALL,))
        found = named(ALL, worst)
        assert found.until is not None
        assert timedelta(hours=11) < found.until - MONDAY < timedelta(hours=13)


class TestPeople:
    def test_quiet_hours_and_shifts(self) -> None:
        anna = replace(ANNA, quiet=(NIGHT,), shifts=(MORNING,))
        found = person_now(view(anna, on_calls=(PLANT,)), anna, MONDAY, locked_out_until=None)
        assert (found.reached, found.is_quiet, found.is_on_shift) == (True, False, True)
        assert found.changes_at == MONDAY.replace(hour=12)
        assert found.on_call == ("plant",)
        late = person_now(view(anna), anna, MONDAY.replace(hour=23), locked_out_until=None)
        assert (late.reached, late.against, late.is_quiet, late.is_on_shift) == (
            False,
            "off_duty",
            True,
            False,
        )

    @pytest.mark.parametrize(
        ("changes", "against"),
        [
            ({"addresses": ()}, "no_address"),
            ({"minimum_severity": Severity.CRITICAL}, "below_minimum"),
            ({"quiet": (MORNING,)}, "quiet"),
        ],
    )
    def test_why_not(self, changes: dict[str, object], against: str) -> None:
        anna = replace(ANNA, **changes)  # type: ignore[arg-type]  # one test, many fields
        found = person_now(view(anna), anna, MONDAY, locked_out_until=None)
        assert (found.reached, found.against) == (False, against)

    def test_nothing_changes_without_hours(self) -> None:
        assert person_now(view(), ANNA, MONDAY, locked_out_until=None).changes_at is None
        assert next_change((), MONDAY, UTC) is None
        whole_week = (WeeklyPeriod(start=time(0), end=time(0)),)
        assert next_change(whole_week, MONDAY, UTC) is None


class TestInTheEngine:
    @story
    async def test_everybody_at_one_moment(self, tmp_path: Path) -> None:
        people = (ADA, BERT, CARL)
        async with telling(
            tmp_path, people=people, commands=COMMANDS, groups=(ALL,), on_calls=(PLANT,)
        ) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            for guess in range(271828, 271833):
                await told.route.receive(ADA, f"GARAGE OPEN {guess}")
            await told.route.receive(BERT, "STOP")
            found = await told.engine.roster.on_call()
            anna, bert, _ = found.people
            assert (found.at, found.severity) == (EPOCH, Severity.HIGH)
            assert anna.locked_out_until == EPOCH + timedelta(hours=1)
            assert (bert.opted_out, bert.against, bert.locked_out_until) == (True, "opted_out", None)
            assert [name.id for name in found.names] == ["plant", "all"]
            assert found.names[1].reached == ("anna",)
            assert found.commands_off_since is None
            assert number_of(ADA) not in repr(found)
            tomorrow = await told.engine.roster.on_call(EPOCH + timedelta(days=2), Severity.INFO)
            assert (tomorrow.at, tomorrow.names[0].on_duty) == (EPOCH + timedelta(days=2), "bert")
