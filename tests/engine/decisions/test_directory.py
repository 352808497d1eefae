"""From names to persons: groups, on-call schedules, shifts, quiet hours, opt-outs, and never to nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alert_engine.decisions.directory import (
    MAX_NESTING,
    Directory,
    Held,
    Note,
    Resolution,
    ResolutionReason,
    resolve,
)
from alert_engine.model import (
    Address,
    Channel,
    Group,
    GroupMode,
    OnCall,
    Person,
    Severity,
    Substitution,
    WeeklyPeriod,
)
from tests.engine.decisions.wall import VIENNA, utc

if TYPE_CHECKING:
    from collections.abc import Collection

NOON = utc("2026-06-01T12:00")
NIGHT = WeeklyPeriod(start=time(22), end=time(6))
DAY = WeeklyPeriod(start=time(6), end=time(22))


def person(name: str, **options: Any) -> Person:
    number = f"+43664{sum(map(ord, name)):07}"
    someone = Person(id=name, name=name, addresses=(Address(channel=Channel.SMS, value=number),))
    return replace(someone, **options)


ANNA, BERT, CARL = (person(name) for name in ("anna", "bert", "carl"))
NOWHERE = person("nowhere", addresses=())
GONE = person("gone")
PICKY = person("picky", minimum_severity=Severity.HIGH)
OFF = person("off", shifts=(NIGHT,))
SIESTA = person("siesta", quiet=(DAY,))
OFF_AND_QUIET = person("off_and_quiet", shifts=(NIGHT,), quiet=(DAY,))

OPTED_OUT = frozenset(GONE.addresses)


def group(name: str, *members: str, mode: GroupMode = GroupMode.ALL) -> Group:
    return Group(id=name, name=name, members=members, mode=mode)


def first(*members: str) -> Group:
    return group("g", *members, mode=GroupMode.FIRST)


DUTY = OnCall(
    id="duty",
    name="Duty",
    rotation=("anna", "bert"),
    begins=date(2026, 6, 1),
    handover=time(8),
    turn=timedelta(days=7),
)
PEOPLE = (ANNA, BERT, CARL, NOWHERE, GONE, PICKY, OFF, SIESTA, OFF_AND_QUIET)


def ask(
    *ids: str,
    people: tuple[Person, ...] = PEOPLE,
    groups: Collection[Group] = (),
    on_calls: Collection[OnCall] = (),
    severity: Severity = Severity.NORMAL,
    turn: int = 0,
    now: str = "2026-06-01T12:00",
) -> Resolution:
    directory = Directory(people=people, groups=tuple(groups), on_calls=tuple(on_calls))
    return resolve(ids, directory, utc(now), UTC, severity=severity, opted_out=OPTED_OUT, turn=turn)


def told(resolution: Resolution) -> list[str]:
    return [each.id for each in resolution.persons]


def held(resolution: Resolution) -> list[str]:
    return [each.person.id for each in resolution.held]


def skipped(resolution: Resolution) -> dict[str, str]:
    return {each.person.id: each.reason.value for each in resolution.skipped}


def notes(resolution: Resolution) -> list[str]:
    return [f"{each.reason}:{each.recipient}" if each.recipient else each.reason for each in resolution.notes]


class TestPersons:
    def test_in_the_order_of_the_names_each_once(self) -> None:
        found = ask("carl", "anna", "carl", "bert", "anna")
        assert found == Resolution(persons=(CARL, ANNA, BERT), held=(), skipped=(), notes=())

    def test_no_name_is_everybody(self) -> None:
        found = ask()
        assert told(found) == ["anna", "bert", "carl"]
        assert held(found) == ["siesta"]
        assert skipped(found) == {
            "nowhere": "no_address",
            "gone": "opted_out",
            "picky": "below_minimum",
            "off": "off_duty",
            "off_and_quiet": "off_duty",
        }
        assert notes(found) == []

    def test_a_name_that_nobody_has_is_noted(self) -> None:
        found = ask("zoe", "anna", "zoe")
        assert told(found) == ["anna"]
        assert found.notes == (Note(reason=ResolutionReason.UNKNOWN_RECIPIENT, recipient="zoe"),)

    @pytest.mark.parametrize(
        ("ids", "expected"),
        [
            (["zoe"], ["unknown_recipient:zoe", "everybody"]),
            (["gone"], ["all_opted_out", "everybody"]),
            (["nowhere"], ["everybody"]),
            (["nowhere", "gone"], ["all_opted_out", "everybody"]),
        ],
    )
    def test_where_nobody_of_those_named_can_be_told_everybody_is(
        self, ids: list[str], expected: list[str]
    ) -> None:
        found = ask(*ids)
        assert told(found) == ["anna", "bert", "carl"]
        assert held(found) == ["siesta"]
        assert notes(found) == expected

    @pytest.mark.parametrize("people", [(), (NOWHERE,), (GONE, NOWHERE)])
    @pytest.mark.parametrize("ids", [(), ("gone",), ("zoe",)])
    def test_where_nobody_can_be_told_at_all_it_says_so(
        self, ids: tuple[str, ...], people: tuple[Person, ...]
    ) -> None:
        found = ask(*ids, people=people)
        assert (found.persons, found.held) == ((), ())
        assert notes(found)[-1] == "nobody"

    def test_an_address_that_has_not_opted_out_is_enough(self) -> None:
        both = replace(GONE, addresses=(*GONE.addresses, Address(channel=Channel.CALL, value="+431")))
        assert told(ask("gone", people=(ANNA, both))) == ["gone"]

    def test_who_wants_to_hear_of_worse_only_is_left_in_peace(self) -> None:
        found = ask("picky", "gone")
        assert told(found) == []
        assert skipped(found) == {"picky": "below_minimum", "gone": "opted_out"}
        assert notes(found) == ["below_minimum"]
        assert told(ask("picky", severity=Severity.HIGH)) == ["picky"]


class TestShifts:
    def test_off_duty_is_skipped_while_somebody_else_is_left(self) -> None:
        found = ask("off", "anna")
        assert (told(found), skipped(found), notes(found)) == (["anna"], {"off": "off_duty"}, [])
        assert told(ask("off", "anna", now="2026-06-01T23:00")) == ["off", "anna"]

    def test_who_is_held_is_left(self) -> None:
        assert (told(ask("off", "siesta")), held(ask("off", "siesta"))) == ([], ["siesta"])

    def test_off_duty_is_better_than_nobody(self) -> None:
        found = ask("off", "gone", "zoe")
        assert told(found) == ["off"]
        assert notes(found) == ["unknown_recipient:zoe", "off_duty"]

    def test_off_duty_has_quiet_hours_too(self) -> None:
        assert held(ask("off_and_quiet")) == ["off_and_quiet"]
        assert told(ask("off_and_quiet", severity=Severity.CRITICAL)) == ["off_and_quiet"]

    def test_everybody_includes_those_off_duty_only_if_nobody_else_is_left(self) -> None:
        found = ask("gone", people=(GONE, OFF))
        assert told(found) == ["off"]
        assert notes(found) == ["all_opted_out", "everybody", "off_duty"]


class TestQuietHours:
    def test_held_until_they_end(self) -> None:
        found = ask("siesta", "anna")
        assert found.held == (Held(person=SIESTA, until=utc("2026-06-01T22:00")),)
        assert told(found) == ["anna"]
        assert skipped(found) == {}

    def test_where_all_are_held_it_says_so(self) -> None:
        assert notes(ask("siesta")) == ["quiet"]

    def test_in_the_zone_of_the_person(self) -> None:
        there = replace(SIESTA, time_zone=VIENNA)
        assert ask("siesta", people=(there,)).held[0].until == utc("2026-06-01T20:00")
        assert told(ask("siesta", people=(there,), now="2026-06-01T21:00")) == ["siesta"]

    @pytest.mark.parametrize(
        ("below", "severity", "is_held"),
        [
            (Severity.CRITICAL, Severity.CRITICAL, False),
            (Severity.CRITICAL, Severity.HIGH, True),
            (Severity.HIGH, Severity.HIGH, False),
            (Severity.HIGH, Severity.NORMAL, True),
            (Severity.INFO, Severity.INFO, False),
        ],
    )
    def test_below_a_severity(self, *, below: Severity, severity: Severity, is_held: bool) -> None:
        sleeper = replace(SIESTA, quiet_below=below)
        found = ask("siesta", people=(sleeper,), severity=severity)
        assert (held(found) == ["siesta"], told(found) == ["siesta"]) == (is_held, not is_held)


class TestGroups:
    def test_all(self) -> None:
        assert told(ask("g", "bert", groups=[group("g", "carl", "anna")])) == ["carl", "anna", "bert"]

    def test_rotating(self) -> None:
        rotating = group("g", "anna", "bert", "carl", mode=GroupMode.ROTATE)
        turns = [told(ask("g", groups=[rotating], turn=turn)) for turn in range(4)]
        assert turns == [["anna"], ["bert"], ["carl"], ["anna"]]

    def test_rotating_passes_over_who_cannot_be_told_now(self) -> None:
        rotating = group("g", "anna", "off", "bert", mode=GroupMode.ROTATE)
        found = ask("g", groups=[rotating], turn=1)
        assert (told(found), skipped(found)) == (["bert"], {"off": "off_duty"})

    @pytest.mark.parametrize(
        ("members", "expected"),
        [
            (["anna", "bert"], "anna"),
            (["off", "siesta", "gone", "nowhere", "picky", "bert", "carl"], "bert"),
            (["gone", "picky", "off", "siesta"], "siesta"),
            (["gone", "picky", "off"], "off"),
            (["zoe", "bert"], "bert"),
        ],
    )
    def test_first(self, members: list[str], expected: str) -> None:
        found = ask("g", groups=[first(*members)])
        assert [*told(found), *held(found)] == [expected]

    def test_first_says_who_was_passed_over(self) -> None:
        found = ask("g", groups=[first("off", "siesta", "bert", "carl")])
        assert skipped(found) == {"off": "off_duty", "siesta": "quiet"}

    def test_who_was_passed_over_may_be_named_elsewhere(self) -> None:
        found = ask("g", "siesta", groups=[first("siesta", "bert")])
        assert (told(found), held(found), skipped(found)) == (["bert"], ["siesta"], {})

    def test_in_groups(self) -> None:
        outer = group("outer", "inner", "anna")
        inner = group("inner", "bert", "leaf")
        leaf = group("leaf", "carl", "bert")
        assert told(ask("outer", groups=[outer, inner, leaf])) == ["bert", "carl", "anna"]

    def test_the_first_of_groups_is_a_group(self) -> None:
        night = group("night", "off", "nowhere")
        assert told(ask("g", groups=[first("night", "day"), night, group("day", "anna", "bert")])) == [
            "anna",
            "bert",
        ]

    @pytest.mark.parametrize("mode", GroupMode)
    def test_without_members_is_noted(self, mode: GroupMode) -> None:
        found = ask("g", "anna", groups=[group("g", mode=mode)])
        assert (told(found), notes(found)) == (["anna"], ["empty_group:g"])
        assert notes(ask("g", groups=[group("g", mode=mode)])) == ["empty_group:g", "everybody"]

    def test_of_unknown_names(self) -> None:
        assert notes(ask("g", groups=[first("zoe")])) == ["unknown_recipient:zoe", "everybody"]

    def test_that_hold_themselves_are_cut(self) -> None:
        groups = [group("g", "h", "anna"), group("h", "bert", "g")]
        found = ask("g", groups=groups)
        assert (told(found), notes(found)) == (["bert", "anna"], ["cycle:g"])
        assert notes(ask("g", groups=[group("g", "g")])) == ["cycle:g", "everybody"]

    def test_too_deep_are_cut(self) -> None:
        groups = [group(f"g{number}", f"g{number + 1}") for number in range(MAX_NESTING)]
        last = f"g{MAX_NESTING}"
        assert notes(ask("g0", groups=[*groups, group(last, "anna")])) == [f"too_deep:{last}", "everybody"]
        assert told(ask("g1", groups=[*groups, group(last, "anna")])) == ["anna"]

    def test_a_thicket_takes_no_time(self) -> None:
        groups = [group(f"g{number}", *[f"g{number + 1}"] * 9) for number in range(MAX_NESTING - 1)]
        groups.append(group(f"g{MAX_NESTING - 1}", "anna", "bert"))
        assert told(ask("g0", groups=groups)) == ["anna", "bert"]


class TestOnCall:
    def test_whoever_has_the_turn(self) -> None:
        assert told(ask("duty", on_calls=[DUTY])) == ["anna"]
        assert told(ask("duty", on_calls=[DUTY], now="2026-06-08T12:00")) == ["bert"]

    def test_the_gateways_zone_counts_where_it_has_none(self) -> None:
        directory = Directory(people=PEOPLE, on_calls=(DUTY,))
        now = utc("2026-06-08T07:00")
        assert told(resolve(["duty"], directory, now, UTC, severity=Severity.HIGH)) == ["anna"]
        assert told(resolve(["duty"], directory, now, VIENNA, severity=Severity.HIGH)) == ["bert"]

    def test_who_has_the_turn_is_on_duty_whatever_the_shifts_say(self) -> None:
        found = ask("off", "anna", "duty", on_calls=[replace(DUTY, rotation=("off",))])
        assert (told(found), skipped(found)) == (["off", "anna"], {})

    def test_quiet_hours_hold_also_who_has_the_turn(self) -> None:
        assert held(ask("duty", on_calls=[replace(DUTY, rotation=("siesta",))])) == ["siesta"]

    @pytest.mark.parametrize("rotation", [(), ("zoe",), ("gone",), ("nowhere",)])
    @pytest.mark.parametrize(
        ("fallback", "people", "last"),
        [
            ("carl", ["carl"], "empty_on_call:duty"),
            ("g", ["bert", "carl"], "empty_on_call:duty"),
            (None, ["anna", "bert", "carl"], "everybody:duty"),
            ("gone", ["anna", "bert", "carl"], "everybody:duty"),
            ("yves", ["anna", "bert", "carl"], "everybody:duty"),
            ("duty", ["anna", "bert", "carl"], "everybody:duty"),
        ],
    )
    def test_without_anybody_it_falls_back_and_says_so(
        self, rotation: tuple[str, ...], fallback: str | None, people: list[str], last: str
    ) -> None:
        schedule = replace(DUTY, rotation=rotation, fallback=fallback)
        found = ask("duty", groups=[group("g", "bert", "carl")], on_calls=[schedule])
        assert told(found) == people
        assert "empty_on_call:duty" in notes(found)
        assert notes(found)[-1] == last
        assert ("unknown_recipient:zoe" in notes(found)) is (rotation == ("zoe",))
        if rotation == ("gone",):
            assert skipped(found)["gone"] == "opted_out"

    def test_out_of_hours_another_schedule_may_follow(self) -> None:
        nights = replace(DUTY, hours=(NIGHT,), fallback="days")
        days = replace(DUTY, id="days", rotation=("carl",))
        found = ask("duty", on_calls=[nights, days])
        assert (told(found), notes(found)) == (["carl"], [])

    @pytest.mark.parametrize(
        ("fallback", "people", "said"),
        [
            ("carl", ["carl"], []),
            (None, ["anna", "bert", "carl"], ["empty_on_call:duty", "everybody:duty"]),
            ("gone", ["anna", "bert", "carl"], ["empty_on_call:duty", "everybody:duty"]),
            (
                "yves",
                ["anna", "bert", "carl"],
                ["unknown_recipient:yves", "empty_on_call:duty", "everybody:duty"],
            ),
        ],
    )
    def test_out_of_hours_only_a_missing_fallback_is_worth_a_word(
        self, fallback: str | None, people: list[str], said: list[str]
    ) -> None:
        found = ask("duty", on_calls=[replace(DUTY, hours=(NIGHT,), fallback=fallback)])
        assert told(found) == people
        assert [note for note in notes(found) if note.endswith((":duty", ":yves"))] == said

    def test_within_hours_an_empty_rotation_is_told_though_there_is_a_fallback(self) -> None:
        found = ask("duty", on_calls=[replace(DUTY, rotation=(), hours=(DAY,), fallback="carl")])
        assert (told(found), notes(found)) == (["carl"], ["empty_on_call:duty"])

    def test_somebody_stands_in(self) -> None:
        sick = Substitution(person="carl", start=utc("2026-06-01"), end=utc("2026-06-02"))
        assert told(ask("duty", on_calls=[replace(DUTY, substitutions=(sick,))])) == ["carl"]

    def test_who_has_the_turn_may_want_to_hear_of_worse_only(self) -> None:
        found = ask("duty", on_calls=[replace(DUTY, rotation=("picky",))])
        assert (told(found), notes(found)) == ([], ["below_minimum"])


names = st.sampled_from([*"abcdef", "g", "h", "i", "x", "y", "unknown"])
periods = st.sampled_from([(), (NIGHT,), (DAY,), (NIGHT, DAY)])
addresses = st.lists(
    st.sampled_from([Address(channel=Channel.SMS, value=f"+43{number}") for number in range(8)]), max_size=2
).map(tuple)
everybody = st.tuples(
    *(
        st.builds(
            Person,
            id=st.just(name),
            name=st.just(name),
            addresses=addresses,
            minimum_severity=st.sampled_from(Severity),
            quiet=periods,
            quiet_below=st.sampled_from(Severity),
            shifts=periods,
        )
        for name in "abcdef"
    )
)
directories = st.builds(
    Directory,
    people=everybody,
    groups=st.tuples(
        *(
            st.builds(
                Group,
                id=st.just(name),
                name=st.just(name),
                members=st.lists(names, max_size=4).map(tuple),
                mode=st.sampled_from(GroupMode),
            )
            for name in "ghi"
        )
    ),
    on_calls=st.tuples(
        *(
            st.builds(
                replace,
                st.just(DUTY),
                id=st.just(name),
                rotation=st.lists(names, max_size=3).map(tuple),
                fallback=st.none() | names,
                hours=periods,
            )
            for name in "xy"
        )
    ),
)


@settings(max_examples=300, deadline=None)
@given(
    ids=st.lists(names, max_size=4),
    directory=directories,
    severity=st.sampled_from(Severity),
    opted_out=addresses,
    turn=st.integers(0, 10),
    hour=st.integers(0, 23),
)
def test_never_to_nobody(
    *,
    ids: list[str],
    directory: Directory,
    severity: Severity,
    opted_out: tuple[Address, ...],
    turn: int,
    hour: int,
) -> None:
    now = NOON + timedelta(hours=hour)
    found = resolve(ids, directory, now, UTC, severity=severity, opted_out=opted_out, turn=turn)
    people = [*told(found), *held(found), *skipped(found)]
    assert len(set(people)) == len(people)
    can_be_told = [each for each in directory.people if set(each.addresses) - set(opted_out)]
    if severity is Severity.CRITICAL:
        assert bool(found.persons) is bool(can_be_told)
        assert not found.held
    elif can_be_told and not (found.persons or found.held):
        assert ResolutionReason.BELOW_MINIMUM in {each.reason for each in found.notes}
    for each in (*found.persons, *(entry.person for entry in found.held)):
        assert each in can_be_told
        assert severity.rank >= each.minimum_severity.rank
    for entry in found.held:
        assert entry.until > now
        assert severity.rank < entry.person.quiet_below.rank
