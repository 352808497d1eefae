"""What the directory complains about, where, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from alert_engine.decisions.directory import MAX_NESTING, Directory
from alert_engine.decisions.directory_check import validate
from alert_engine.model import Group, OnCall, Substitution, WeeklyPeriod
from tests.engine.support import ANNA, BERT

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
DUTY = OnCall(
    id="duty",
    name="Duty",
    rotation=("anna",),
    begins=date(2026, 6, 1),
    handover=time(8),
    turn=timedelta(days=7),
)
ALL_DAY = WeeklyPeriod(start=time(0), end=time(0))


def group(name: str, *members: str) -> Group:
    return Group(id=name, name=name, members=members)


def directory(*groups: Group, on_call: OnCall | None = None) -> Directory:
    return Directory(people=(ANNA, BERT), groups=groups, on_calls=(on_call,) if on_call else ())


def stand_in(person: str, hours: int) -> OnCall:
    return replace(
        DUTY,
        substitutions=(Substitution(person=person, start=NOON, end=NOON + timedelta(hours=hours)),),
    )


def test_no_problem() -> None:
    sound = directory(group("house", "anna", "duty"), on_call=replace(DUTY, fallback="bert"))
    assert validate(sound) == []
    assert validate(directory(on_call=stand_in("bert", 1))) == []


@pytest.mark.parametrize(
    ("faulty", "path", "reason", "word"),
    [
        (Directory(people=(ANNA, ANNA)), ("people", 1, "id"), "duplicate_id", "anna"),
        (directory(group("anna", "bert")), ("groups", 0, "id"), "duplicate_id", "anna"),
        (directory(on_call=replace(DUTY, id="bert")), ("on_calls", 0, "id"), "duplicate_id", "bert"),
        (
            Directory(people=(ANNA, replace(BERT, addresses=()))),
            ("people", 1, "addresses"),
            "no_address",
            "bert",
        ),
        (
            Directory(people=(replace(ANNA, quiet=(ALL_DAY,)),)),
            ("people", 0, "quiet"),
            "always_quiet",
            "anna",
        ),
        (directory(group("g")), ("groups", 0, "members"), "empty_group", "g"),
        (directory(group("g", "anna", "zoe")), ("groups", 0, "members", 1), "unknown_recipient", "zoe"),
        (directory(group("g", "g")), ("groups", 0, "members", 0), "cycle", "g > g"),
        (
            directory(group("g", "anna", "h"), group("h", "i"), group("i", "g")),
            ("groups", 0, "members", 1),
            "cycle",
            "g > h > i > g",
        ),
        (
            directory(group("g", "anna", "h"), group("h", "h", "g")),
            ("groups", 0, "members", 1),
            "cycle",
            "g > h > g",
        ),
        (
            directory(on_call=replace(DUTY, rotation=())),
            ("on_calls", 0, "rotation"),
            "empty_rotation",
            "duty",
        ),
        (
            directory(on_call=replace(DUTY, rotation=("anna", "zoe"))),
            ("on_calls", 0, "rotation", 1),
            "unknown_recipient",
            "zoe",
        ),
        (
            directory(group("g", "anna"), on_call=replace(DUTY, rotation=("g",))),
            ("on_calls", 0, "rotation", 0),
            "not_a_person",
            "g",
        ),
        (
            directory(on_call=replace(DUTY, turn=timedelta(0))),
            ("on_calls", 0, "turn"),
            "not_whole_days",
            "duty",
        ),
        (
            directory(on_call=replace(DUTY, turn=timedelta(days=1, hours=1))),
            ("on_calls", 0, "turn"),
            "not_whole_days",
            "duty",
        ),
        (
            directory(on_call=replace(DUTY, fallback="zoe")),
            ("on_calls", 0, "fallback"),
            "unknown_recipient",
            "zoe",
        ),
        (
            directory(on_call=replace(DUTY, fallback="duty")),
            ("on_calls", 0, "fallback"),
            "cycle",
            "duty > duty",
        ),
        (
            directory(on_call=stand_in("duty", 1)),
            ("on_calls", 0, "substitutions", 0),
            "not_a_person",
            "duty",
        ),
        (
            directory(on_call=stand_in("bert", 0)),
            ("on_calls", 0, "substitutions", 0, "end"),
            "ends_before_start",
            "bert",
        ),
    ],
)
def test_problem(faulty: Directory, path: tuple[str | int, ...], reason: str, word: str) -> None:
    found = {(problem.path, problem.reason.value): problem.text for problem in validate(faulty)}
    assert word in found[path, reason]
    assert ":" in found[path, reason] or "must" in found[path, reason]  # what to do


def test_a_cycle_is_told_once() -> None:
    cycle = directory(group("g", "h", "anna"), group("h", "g"))
    assert [problem.reason.value for problem in validate(cycle)] == ["cycle"]


def test_a_group_beside_a_cycle_is_not_in_it() -> None:
    beside = directory(group("f", "g"), group("g", "g"))
    assert [problem.path for problem in validate(beside)] == [("groups", 1, "members", 0)]


def test_too_deep() -> None:
    chain = [group(f"g{number}", f"g{number + 1}") for number in range(MAX_NESTING)]
    deep = directory(*chain, group(f"g{MAX_NESTING}", "anna"))
    assert [(problem.path, problem.reason.value) for problem in validate(deep)] == [
        (("groups", 0), "too_deep")
    ]
    assert validate(directory(*chain[1:], group(f"g{MAX_NESTING}", "anna"))) == []
