"""What is wrong with people and groups, as alarms."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from alert_engine.decisions.directory import Note, ResolutionReason
from alert_engine.decisions.people_troubles import (
    NOBODY_KEY,
    Trouble,
    lasts,
    names_in_use,
    nobody,
    troubles,
)
from alert_engine.model import Group, OnCall, Policy, Severity, Step, Substitution

DAY = timedelta(days=1)


def note(reason: ResolutionReason, recipient: str | None = None) -> Note:
    return Note(reason=reason, recipient=recipient)


@pytest.mark.parametrize(
    ("found", "key", "title"),
    [
        (note(ResolutionReason.UNKNOWN_RECIPIENT, "x"), "people/x", "recipient x does not exist"),
        (note(ResolutionReason.CYCLE, "g"), "people/g", "group g holds itself"),
        (note(ResolutionReason.TOO_DEEP, "g"), "people/g", "group g is nested too deep"),
        (note(ResolutionReason.EMPTY_GROUP, "g"), "people/g", "group g is empty"),
        (note(ResolutionReason.EMPTY_ON_CALL, "duty"), "people/duty", "nobody is on call for duty"),
        (
            note(ResolutionReason.ALL_OPTED_OUT),
            "people/anna+crew",
            "all of anna and crew want no messages",
        ),
        (note(ResolutionReason.NOBODY), NOBODY_KEY, "nobody can be told of an alarm"),
    ],
)
def test_a_note_is_an_alarm(found: Note, key: str, title: str) -> None:
    (trouble,) = troubles([found], ("anna", "crew"))
    assert (trouble.key, trouble.fault.title, trouble.fault.severity) == (key, title, Severity.HIGH)


@pytest.mark.parametrize(
    "reason",
    [
        ResolutionReason.QUIET,
        ResolutionReason.OFF_DUTY,
        ResolutionReason.BELOW_MINIMUM,
        ResolutionReason.EVERYBODY,
    ],
)
def test_what_is_as_it_was_meant_is_none(reason: ResolutionReason) -> None:
    assert list(troubles([note(reason)], ())) == []


def test_everybody_has_no_name() -> None:
    assert nobody(()).names == ()
    (trouble,) = troubles([note(ResolutionReason.ALL_OPTED_OUT)], ())
    assert trouble.key == "people/everybody"
    assert trouble.fault.title == "all of everybody want no messages"


class TestLasts:
    TROUBLE = Trouble(key="people/duty", reason=ResolutionReason.EMPTY_ON_CALL, names=("duty",))
    USED = frozenset({"duty"})

    def test_as_long_as_it_is_found_again(self) -> None:
        again = note(ResolutionReason.EMPTY_ON_CALL, "duty")
        assert lasts(self.TROUBLE, [again], self.USED)
        assert not lasts(self.TROUBLE, [], self.USED)

    def test_another_trouble_is_another(self) -> None:
        other = note(ResolutionReason.EMPTY_ON_CALL, "night")
        assert not lasts(self.TROUBLE, [other, note(ResolutionReason.QUIET)], self.USED)

    def test_a_name_that_nobody_uses_is_not_missed(self) -> None:
        again = note(ResolutionReason.EMPTY_ON_CALL, "duty")
        assert not lasts(self.TROUBLE, [again], frozenset({"crew"}))

    def test_everybody_is_always_in_use(self) -> None:
        everybody = Trouble(key="people/everybody", reason=ResolutionReason.ALL_OPTED_OUT, names=())
        assert lasts(everybody, [note(ResolutionReason.ALL_OPTED_OUT)], frozenset())


def test_the_names_that_are_in_use() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    policy = Policy(name="p", steps=(Step(after=timedelta(0), notify=("crew", "anna")),))
    group = Group(id="crew", name="Crew", members=("bert",))
    duty = OnCall(
        id="duty",
        name="Duty",
        rotation=("carl",),
        begins=date(2026, 1, 1),
        handover=time(8),
        turn=DAY,
        fallback="dora",
        substitutions=(Substitution(person="emil", start=moment, end=moment + DAY),),
    )
    night = OnCall(id="night", name="Night", rotation=(), begins=date(2026, 1, 1), handover=time(8), turn=DAY)
    used = names_in_use([policy], [group], [duty, night])
    assert used == {"crew", "anna", "bert", "carl", "dora", "emil"}
