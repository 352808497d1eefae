"""Who is on call: turns, hours, substitutions, and the days when the clock jumps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alert_engine.decisions.schedule import Duty, DutyReason, is_within, next_duty, on_call
from alert_engine.model import OnCall, Substitution, WeeklyPeriod
from tests.effort import calls_in
from tests.engine.decisions.wall import JUMPS, MINUTE, VIENNA, moments, shown, utc, zones

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

DAY = timedelta(days=1)

WEEKLY = OnCall(
    id="duty",
    name="Duty",
    rotation=("anna", "bert", "carl"),
    begins=date(2026, 3, 2),
    handover=time(8),
    turn=7 * DAY,
    time_zone=VIENNA,
)
OFFICE = replace(WEEKLY, hours=(WeeklyPeriod(start=time(8), end=time(17), days=frozenset(range(5))),))


def substitution(person: str, start: str, end: str) -> Substitution:
    return Substitution(person=person, start=utc(start), end=utc(end))


def duty(schedule: OnCall, now: str) -> tuple[str | None, str]:
    found = on_call(schedule, utc(now), UTC)
    return found.person, found.reason.value


@pytest.mark.parametrize(
    ("now", "person", "reason"),
    [
        ("2026-03-02T07:59:59.999999+01:00", None, "not_begun"),
        ("2020-01-01", None, "not_begun"),
        ("2026-03-02T08:00+01:00", "anna", "turn"),
        ("2026-03-09T07:59+01:00", "anna", "turn"),
        ("2026-03-09T08:00+01:00", "bert", "turn"),
        ("2026-03-16T08:00+01:00", "carl", "turn"),
        ("2026-03-23T08:00+01:00", "anna", "turn"),
        # The clock jumped meanwhile: still at eight.
        ("2026-03-30T07:59+02:00", "anna", "turn"),
        ("2026-03-30T08:00+02:00", "bert", "turn"),
        ("2027-03-29T08:00+02:00", "carl", "turn"),
    ],
)
def test_turns(now: str, person: str | None, reason: str) -> None:
    assert duty(WEEKLY, now) == (person, reason)


@pytest.mark.parametrize(
    ("now", "since", "until"),
    [
        ("2026-03-10", "2026-03-09T08:00+01:00", "2026-03-16T08:00+01:00"),
        # An hour less, and an hour more.
        ("2026-03-29", "2026-03-23T08:00+01:00", "2026-03-30T08:00+02:00"),
        ("2026-10-25", "2026-10-19T08:00+02:00", "2026-10-26T08:00+01:00"),
    ],
)
def test_a_turn_lasts_from_handover_to_handover(now: str, since: str, until: str) -> None:
    found = on_call(WEEKLY, utc(now), UTC)
    assert (found.since, found.until) == (utc(since), utc(until))


def test_before_the_first_turn() -> None:
    assert on_call(WEEKLY, utc("2026-02-01"), UTC) == Duty(
        person=None, since=None, until=utc("2026-03-02T07:00"), reason=DutyReason.NOT_BEGUN
    )


def test_a_rotation_of_nobody() -> None:
    nobody = replace(WEEKLY, rotation=())
    assert on_call(nobody, utc("2026-06-01"), UTC) == Duty(
        person=None, since=None, until=None, reason=DutyReason.EMPTY_ROTATION
    )
    assert next_duty(nobody, utc("2026-06-01"), UTC) is None


def test_a_turn_is_at_least_a_day() -> None:
    hurried = replace(WEEKLY, turn=timedelta(hours=1))
    assert duty(hurried, "2026-03-02T23:00") == ("anna", "turn")
    assert duty(hurried, "2026-03-03T08:00") == ("bert", "turn")


def test_the_zone_is_the_gateways_where_the_schedule_has_none() -> None:
    anywhere = replace(WEEKLY, time_zone=None)
    assert on_call(anywhere, utc("2026-03-02T07:30"), VIENNA).person == "anna"
    assert on_call(anywhere, utc("2026-03-02T07:30"), UTC).person is None


class TestHandoverInTheJump:
    NIGHTLY = replace(WEEKLY, begins=date(2026, 3, 27), handover=time(2, 30), turn=DAY)

    def test_a_handover_that_is_skipped_takes_place_after_the_jump(self) -> None:
        assert duty(self.NIGHTLY, "2026-03-29T00:59:59.999999") == ("bert", "turn")
        assert duty(self.NIGHTLY, "2026-03-29T01:00") == ("carl", "turn")

    def test_a_handover_that_is_shown_twice_takes_place_once(self) -> None:
        days = (date(2026, 10, 25) - date(2026, 3, 27)).days
        begins = ("anna", "bert", "carl")[days % 3]
        for now in ("00:30", "00:59", "01:00", "01:29", "01:30", "02:00", "23:00"):
            assert duty(self.NIGHTLY, f"2026-10-25T{now}")[0] == begins
        assert duty(self.NIGHTLY, "2026-10-25T00:29")[0] != begins


class TestHours:
    @pytest.mark.parametrize(
        ("now", "person", "since", "until"),
        [
            ("2026-03-04T12:00", "anna", "2026-03-04T07:00", "2026-03-04T16:00"),
            ("2026-03-04T16:00", None, "2026-03-04T16:00", "2026-03-05T07:00"),
            ("2026-03-07T12:00", None, "2026-03-06T16:00", "2026-03-09T07:00"),
        ],
    )
    def test_out_of_them_it_is_nobody(self, now: str, person: str | None, since: str, until: str) -> None:
        found = on_call(OFFICE, utc(now), UTC)
        assert (found.person, found.since, found.until) == (person, utc(since), utc(until))
        assert found.reason is (DutyReason.TURN if person else DutyReason.OUT_OF_HOURS)

    def test_a_handover_within_them_is_one(self) -> None:
        noon = replace(OFFICE, handover=time(12))
        before, after = (on_call(noon, utc(f"2026-03-09T{now}"), UTC) for now in ("10:59", "11:00"))
        assert (before.person, before.until) == ("anna", utc("2026-03-09T11:00"))
        assert (after.person, after.since) == ("bert", utc("2026-03-09T11:00"))

    def test_hours_around_the_clock_change_nothing(self) -> None:
        always = replace(WEEKLY, hours=(WeeklyPeriod(start=time(0), end=time(0)),))
        for now in ("2026-02-01", "2026-03-29", "2026-06-01"):
            assert on_call(always, utc(now), UTC) == on_call(WEEKLY, utc(now), UTC)

    def test_hours_on_no_day_are_never(self) -> None:
        never = replace(WEEKLY, hours=(WeeklyPeriod(start=time(8), end=time(9), days=frozenset()),))
        assert on_call(never, utc("2026-06-01"), UTC) == Duty(
            person=None, since=None, until=None, reason=DutyReason.OUT_OF_HOURS
        )


class TestSubstitutions:
    SICK = replace(
        WEEKLY,
        substitutions=(
            substitution("dora", "2026-03-03T00:00", "2026-03-05T00:00"),
            substitution("ed", "2026-03-04T00:00", "2026-03-04T12:00"),
            substitution("nobody", "2026-03-04T06:00", "2026-03-04T06:00"),
            substitution("nobody", "2026-03-04T09:00", "2026-03-04T08:00"),
        ),
    )

    @pytest.mark.parametrize(
        ("now", "person", "since", "until"),
        [
            ("2026-03-02T23:59", "anna", "2026-03-02T07:00", "2026-03-03T00:00"),
            ("2026-03-03T00:00", "dora", "2026-03-03T00:00", "2026-03-04T00:00"),
            ("2026-03-04T00:00", "ed", "2026-03-04T00:00", "2026-03-04T12:00"),
            ("2026-03-04T12:00", "dora", "2026-03-04T12:00", "2026-03-05T00:00"),
            ("2026-03-05T00:00", "anna", "2026-03-05T00:00", "2026-03-09T07:00"),
        ],
    )
    def test_the_one_that_was_entered_last_counts(
        self, now: str, person: str, since: str, until: str
    ) -> None:
        found = on_call(self.SICK, utc(now), UTC)
        assert (found.person, found.since, found.until) == (person, utc(since), utc(until))

    def test_it_stands_in_also_where_the_rotation_has_nobody(self) -> None:
        early = replace(WEEKLY, substitutions=(substitution("ed", "2026-02-01", "2026-02-02"),))
        assert duty(early, "2026-02-01T12:00") == ("ed", "substitution")
        assert duty(replace(early, rotation=()), "2026-02-01T12:00") == ("ed", "substitution")

    def test_it_keeps_to_the_hours(self) -> None:
        office = replace(OFFICE, substitutions=self.SICK.substitutions)
        assert duty(office, "2026-03-03T12:00") == ("dora", "substitution")
        assert duty(office, "2026-03-03T20:00") == (None, "out_of_hours")

    def test_its_times_may_have_any_offset(self) -> None:
        local = Substitution(
            person="ed",
            start=datetime(2026, 10, 25, 2, 30, tzinfo=VIENNA),
            end=datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=VIENNA),
        )
        found = on_call(replace(WEEKLY, substitutions=(local,)), utc("2026-10-25T01:00"), UTC)
        assert (found.person, found.since, found.until) == (
            "ed",
            utc("2026-10-25T00:30"),
            utc("2026-10-25T01:30"),
        )


class TestNext:
    def test_the_next_in_turn(self) -> None:
        assert next_duty(WEEKLY, utc("2026-03-04"), UTC) == on_call(WEEKLY, utc("2026-03-09T07:00"), UTC)

    def test_the_first_before_it_begins(self) -> None:
        found = next_duty(WEEKLY, utc("2026-03-01"), UTC)
        assert found is not None
        assert (found.person, found.since) == ("anna", utc("2026-03-02T07:00"))

    def test_a_break_is_not_somebody(self) -> None:
        found = next_duty(OFFICE, utc("2026-03-04T12:00"), UTC)
        assert found is not None
        assert (found.person, found.since) == ("bert", utc("2026-03-09T07:00"))

    def test_two_turns_in_a_row_are_the_same_person(self) -> None:
        found = next_duty(replace(WEEKLY, rotation=("anna", "anna", "bert")), utc("2026-03-04"), UTC)
        assert found is not None
        assert (found.person, found.since) == ("bert", utc("2026-03-16T07:00"))

    def test_somebody_alone_has_no_next(self) -> None:
        assert next_duty(replace(WEEKLY, rotation=("anna",)), utc("2026-03-04"), UTC) is None

    def test_a_substitution_is_next(self) -> None:
        found = next_duty(TestSubstitutions.SICK, utc("2026-03-02T12:00"), UTC)
        assert found is not None
        assert (found.person, found.reason) == ("dora", DutyReason.SUBSTITUTION)


def walk(schedule: OnCall, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Duty]:
    """Each duty from `start` to `end`, by their ends."""
    now = start
    while now < end:
        found = on_call(schedule, now, zone)
        assert found.until is not None
        yield found
        now = found.until


def test_a_year_with_both_jumps_takes_no_time() -> None:
    """Of duties with hours and substitutions; it takes a third of the bound."""
    schedule = replace(OFFICE, turn=DAY, substitutions=TestSubstitutions.SICK.substitutions)
    year, calls = calls_in(lambda: list(walk(schedule, utc("2026-03-02T07:00"), utc("2027-03-02"), VIENNA)))
    assert calls < 1_000_000
    assert sum(1 for each in year if each.person is None) == 5 * 52 + 1
    worked = [each.until - each.since for each in year if each.person and each.until and each.since]
    assert sum(worked, timedelta(0)) == timedelta(hours=9) * (5 * 52 + 1)


@pytest.mark.parametrize(("zone", "jump"), JUMPS, ids=str)
@pytest.mark.parametrize("handover", [time(2, 30), time(0, 0), time(2, 0), time(3, 0), time(23, 30), time(8)])
def test_every_minute_around_a_jump(zone: ZoneInfo, jump: datetime, handover: time) -> None:
    """The oracle counts the handovers that the clock has shown or jumped over so far."""
    first = (jump - 3 * DAY).date()
    schedule = replace(WEEKLY, begins=first, handover=handover, turn=DAY, time_zone=zone)
    times = [datetime.combine(first + number * DAY, handover) for number in range(7)]
    passed = 0
    for number in range(-1440 - 360, 1440 + 360):
        moment = jump + number * MINUTE
        while shown(moment, zone) >= times[passed]:
            passed += 1
        if number >= -360 and number % 3 == 0:
            assert on_call(schedule, moment, UTC).person == schedule.rotation[(passed - 1) % 3], moment


turns = st.builds(
    OnCall,
    id=st.just("duty"),
    name=st.just("Duty"),
    rotation=st.lists(st.sampled_from(["anna", "bert", "carl"]), min_size=1, max_size=4).map(tuple),
    begins=st.dates(date(1989, 1, 1), date(2037, 1, 1)),
    handover=st.times().map(lambda each: each.replace(fold=0)),
    turn=st.integers(1, 40).map(lambda days: days * DAY),
    time_zone=zones,
)


@settings(max_examples=400)
@given(schedule=turns, now=moments)
def test_no_moment_is_in_two_turns_or_in_none(schedule: OnCall, now: datetime) -> None:
    found = on_call(schedule, now, UTC)
    assert found.until is not None
    assert now < found.until
    following = on_call(schedule, found.until, UTC)
    assert following.since == found.until
    assert on_call(schedule, found.until - timedelta.resolution, UTC) == found
    if found.since is not None:
        assert found.since <= now
        assert on_call(schedule, found.since, UTC) == found
        number = (shown_date(found.since, schedule) - schedule.begins) // schedule.turn
        assert found.person in {
            schedule.rotation[(number + late) % len(schedule.rotation)] for late in (0, -1)
        }
        assert abs((found.until - found.since) - schedule.turn) <= DAY


def shown_date(moment: datetime, schedule: OnCall) -> date:
    assert schedule.time_zone is not None
    return moment.astimezone(schedule.time_zone).date()


substitutions = st.lists(
    st.builds(
        lambda person, start, hours: Substitution(
            person=person, start=start, end=start + timedelta(hours=hours)
        ),
        st.sampled_from(["dora", "ed"]),
        st.integers(0, 400).map(lambda hours: utc("2026-03-20") + timedelta(hours=hours)),
        st.integers(-5, 100),
    ),
    max_size=4,
).map(tuple)
hours = st.lists(
    st.builds(
        WeeklyPeriod,
        start=st.sampled_from([time(0), time(2, 30), time(8)]),
        end=st.sampled_from([time(0), time(2, 30), time(17)]),
        days=st.frozensets(st.integers(0, 6)),
    ),
    max_size=2,
).map(tuple)


@settings(max_examples=200)
@given(
    stand_ins=substitutions,
    within=hours,
    now=st.integers(0, 400 * 60).map(lambda number: utc("2026-03-20") + number * MINUTE),
)
def test_a_duty_holds_as_long_as_it_says(
    stand_ins: tuple[Substitution, ...], within: tuple[WeeklyPeriod, ...], now: datetime
) -> None:
    schedule = replace(WEEKLY, substitutions=stand_ins, hours=within)
    found = on_call(schedule, now, UTC)
    holding = [each for each in stand_ins if each.start <= now < each.end]
    if within and not is_within(within, now, VIENNA):
        assert (found.person, found.reason) == (None, DutyReason.OUT_OF_HOURS)
    elif holding:
        assert (found.person, found.reason) == (holding[-1].person, DutyReason.SUBSTITUTION)
    else:
        assert found.reason is DutyReason.TURN
    if found.since is not None:
        assert found.since <= now
        assert on_call(schedule, found.since, UTC) == found
        assert on_call(schedule, found.since - timedelta.resolution, UTC) != found
    if found.until is not None:
        assert now < found.until
        assert on_call(schedule, found.until - timedelta.resolution, UTC) == found
        assert on_call(schedule, found.until, UTC) != found
