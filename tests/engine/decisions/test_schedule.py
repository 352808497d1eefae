"""Weekly periods, minute by minute, on the days when the clock jumps too."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alert_engine.decisions.schedule import LONGEST_STRETCH, ends_at, is_within
from alert_engine.decisions.wall_clock import first_moment, last_moment
from alert_engine.model import WeeklyPeriod
from tests.engine.decisions.wall import JUMPS, MINUTE, VIENNA, ZONES, moments, shown, utc, zones

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

NIGHT = WeeklyPeriod(start=time(22), end=time(6))
SATURDAY_NIGHT = WeeklyPeriod(start=time(22), end=time(6), days=frozenset({5}))
LUNCH = WeeklyPeriod(start=time(12), end=time(13))
ALL_DAY = WeeklyPeriod(start=time(0), end=time(0))
WEEKEND = WeeklyPeriod(start=time(0), end=time(0), days=frozenset({5, 6}))
IN_THE_GAP = WeeklyPeriod(start=time(2, 15), end=time(2, 45))
FROM_THE_GAP = WeeklyPeriod(start=time(2, 30), end=time(6))
TO_THE_GAP = WeeklyPeriod(start=time(22), end=time(2, 30))
TO_THE_JUMP = WeeklyPeriod(start=time(22), end=time(2))
NEVER = WeeklyPeriod(start=time(8), end=time(9), days=frozenset())

PERIODS = (NIGHT, SATURDAY_NIGHT, LUNCH, ALL_DAY, WEEKEND, IN_THE_GAP, FROM_THE_GAP, TO_THE_GAP, TO_THE_JUMP)

minutes = st.integers(0, 24 * 60 - 1).map(lambda number: time(*divmod(number, 60)))
periods = st.lists(
    st.builds(WeeklyPeriod, start=minutes, end=minutes, days=st.frozensets(st.integers(0, 6))), max_size=3
)


@pytest.mark.parametrize(
    ("period", "now", "within"),
    [
        (NIGHT, "2026-06-01T22:00+02:00", True),
        (NIGHT, "2026-06-01T21:59:59.999999+02:00", False),
        (NIGHT, "2026-06-02T05:59:59.999999+02:00", True),
        (NIGHT, "2026-06-02T06:00+02:00", False),
        (SATURDAY_NIGHT, "2026-06-07T05:00+02:00", True),
        (SATURDAY_NIGHT, "2026-06-06T05:00+02:00", False),
        (SATURDAY_NIGHT, "2026-06-07T23:00+02:00", False),
        (LUNCH, "2026-06-01T12:30+02:00", True),
        (ALL_DAY, "2026-06-01T00:00+02:00", True),
        (WEEKEND, "2026-06-07T23:59+02:00", True),
        (WEEKEND, "2026-06-08T00:00+02:00", False),
        (NEVER, "2026-06-01T08:30+02:00", False),
        # 29 March: 02:00 to 03:00 is skipped, at 01:00 UTC.
        (FROM_THE_GAP, "2026-03-29T00:59:59", False),
        (FROM_THE_GAP, "2026-03-29T01:00", True),
        (TO_THE_GAP, "2026-03-29T00:59:59", True),
        (TO_THE_GAP, "2026-03-29T01:00", False),
        (IN_THE_GAP, "2026-03-29T00:59:59", False),
        (IN_THE_GAP, "2026-03-29T01:00", False),
        (IN_THE_GAP, "2026-03-29T01:30", False),
        # 25 October: 02:00 to 03:00 is shown twice, from 00:00 UTC and from 01:00 UTC.
        (FROM_THE_GAP, "2026-10-25T00:29", False),
        (FROM_THE_GAP, "2026-10-25T00:30", True),
        (FROM_THE_GAP, "2026-10-25T01:10", True),
        (IN_THE_GAP, "2026-10-25T00:20", True),
        (IN_THE_GAP, "2026-10-25T01:20", True),
        (IN_THE_GAP, "2026-10-25T01:45", False),
        (TO_THE_GAP, "2026-10-25T00:45", True),
        (TO_THE_GAP, "2026-10-25T01:29", True),
        (TO_THE_GAP, "2026-10-25T01:30", False),
        (TO_THE_JUMP, "2026-10-24T23:59", True),
        (TO_THE_JUMP, "2026-10-25T00:00", False),
        (TO_THE_JUMP, "2026-10-25T01:00", False),
    ],
)
def test_is_within(*, period: WeeklyPeriod, now: str, within: bool) -> None:
    assert is_within([period], utc(now), VIENNA) is within


def test_no_period_is_never() -> None:
    assert not is_within([], utc("2026-06-01"), VIENNA)
    assert ends_at([], utc("2026-06-01"), VIENNA) == utc("2026-06-01")


@pytest.mark.parametrize(
    ("quiet", "now", "end"),
    [
        ([NIGHT], "2026-06-01T23:00+02:00", "2026-06-02T06:00+02:00"),
        ([NIGHT], "2026-06-02T05:00+02:00", "2026-06-02T06:00+02:00"),
        ([NIGHT], "2026-06-02T12:00+02:00", "2026-06-02T12:00+02:00"),
        # The night before a quiet weekend, and the night after it.
        ([NIGHT, WEEKEND], "2026-06-05T23:00+02:00", "2026-06-08T06:00+02:00"),
        (
            [LUNCH, WeeklyPeriod(start=time(13), end=time(14))],
            "2026-06-01T12:10+02:00",
            "2026-06-01T14:00+02:00",
        ),
        ([NIGHT, LUNCH], "2026-06-01T12:10+02:00", "2026-06-01T13:00+02:00"),
        # A short night and a long one.
        ([NIGHT], "2026-03-28T23:00", "2026-03-29T04:00"),
        ([NIGHT], "2026-10-24T23:00", "2026-10-25T05:00"),
        ([FROM_THE_GAP], "2026-03-29T01:00", "2026-03-29T04:00"),
        ([FROM_THE_GAP], "2026-10-25T00:30", "2026-10-25T05:00"),
    ],
)
def test_ends_at(quiet: list[WeeklyPeriod], now: str, end: str) -> None:
    assert ends_at(quiet, utc(now), VIENNA) == utc(end)
    assert ends_at(quiet, utc(now), VIENNA).tzinfo is UTC


def test_what_never_ends_ends_all_the_same() -> None:
    now = utc("2026-06-01T12:34")
    assert ends_at([ALL_DAY], now, VIENNA) == now + LONGEST_STRETCH


def hulls(period: WeeklyPeriod, window: Sequence[tuple[datetime, datetime]]) -> set[datetime]:
    """The oracle: from the first minute that shows a time within an occurrence, to the last such minute."""
    covered: set[datetime] = set()
    for date in sorted({wall.date() for _, wall in window}):
        # A date that the calendar skipped has an occurrence that may end on a date that it shows.
        for day in (date - timedelta(days=1), date):
            start = datetime.combine(day, period.start)
            end = datetime.combine(day, period.end)
            end += timedelta(days=0 if end > start else 1)
            within = [moment for moment, wall in window if start <= wall < end]
            if day.weekday() in period.days and within:
                covered |= {moment for moment, _ in window if within[0] <= moment <= within[-1]}
    return covered


@pytest.mark.parametrize(("zone", "jump"), JUMPS, ids=str)
def test_every_minute_around_a_jump(zone: ZoneInfo, jump: datetime) -> None:
    wide = [jump + number * MINUTE for number in range(-2 * 1440, 2 * 1440)]
    window = [(moment, shown(moment, zone)) for moment in wide]
    for period in PERIODS:
        covered = hulls(period, window)
        for moment in wide[1440 + 1080 : -1440 - 1080]:
            assert is_within([period], moment, zone) is (moment in covered), (period, moment)


@settings(max_examples=300)
@given(quiet=periods, now=moments, zone=zones)
def test_quiet_lasts_to_its_end(quiet: list[WeeklyPeriod], now: datetime, zone: ZoneInfo) -> None:
    end = ends_at(quiet, now, zone)
    assert now <= end <= now + LONGEST_STRETCH
    assert is_within(quiet, now, zone) is (end > now)
    if now < end < now + LONGEST_STRETCH:
        assert is_within(quiet, end - timedelta.resolution, zone)
        assert is_within(quiet, now + (end - now) / 2, zone)
        assert not is_within(quiet, end, zone)


@settings(max_examples=300)
@given(now=moments, zone=zones)
def test_a_clock_that_does_not_jump_is_read_as_it_is(now: datetime, zone: ZoneInfo) -> None:
    wall = shown(now, zone)
    first, last = first_moment(wall, zone), last_moment(wall, zone)
    assert first <= now
    assert first <= last
    assert shown(first, zone) == wall
    if now.astimezone(zone).utcoffset() == (now + timedelta(days=1)).astimezone(zone).utcoffset():
        assert shown(last, zone) == wall


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_every_time_of_a_year_has_its_moments(zone: ZoneInfo) -> None:
    """No moment shows less than an earlier reading says, also where the clock jumps."""
    walls = [datetime(2026, 1, 1) + number * timedelta(minutes=15) for number in range(365 * 96)]  # noqa: DTZ001
    firsts = [first_moment(wall, zone) for wall in walls]
    assert firsts == sorted(firsts)
    for wall, first in zip(walls, firsts, strict=True):
        assert shown(first, zone) >= wall
        assert shown(first - timedelta.resolution, zone) < wall
