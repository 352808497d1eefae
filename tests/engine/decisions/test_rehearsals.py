"""When people are tested."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.decisions.rehearsals import is_due, is_overdue, slot_after, slot_before

VIENNA = ZoneInfo("Europe/Vienna")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=VIENNA)
NINE = time(9)


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        (MONDAY, MONDAY),
        (MONDAY - timedelta(seconds=1), MONDAY - timedelta(days=7)),
        (MONDAY + timedelta(days=6, hours=23), MONDAY),
        # The clocks change on Sunday 29 March; nine stays nine.
        (datetime(2026, 3, 30, 9, 0, tzinfo=VIENNA), datetime(2026, 3, 30, 9, 0, tzinfo=VIENNA)),
    ],
)
def test_it_is_always_at_the_same_hour(now: datetime, slot: datetime) -> None:
    assert slot_before(now, 0, NINE, VIENNA) == slot


@given(now=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)), day=st.integers(0, 6), at=st.times())  # noqa: DTZ001 - the zone is added
def test_the_hours_before_and_after_enclose_now(now: datetime, day: int, at: time) -> None:
    moment = now.replace(tzinfo=UTC)
    before, after = slot_before(moment, day, at, VIENNA), slot_after(moment, day, at, VIENNA)
    assert before <= moment < after
    assert abs(after - before - timedelta(days=7)) <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("hours_late", "last_days_ago", "due"),
    [(0, None, True), (0, 7, True), (0, 0, False), (2, 7, True), (2.1, 7, False)],
)
def test_once_for_each_hour(hours_late: float, last_days_ago: float | None, *, due: bool) -> None:
    now = MONDAY + timedelta(hours=hours_late)
    last = None if last_days_ago is None else MONDAY - timedelta(days=last_days_ago)
    assert is_due(MONDAY, last, now) is due


@pytest.mark.parametrize(
    ("first", "answered", "overdue"),
    [(None, None, False), (7, None, False), (9, None, True), (30, 7, False), (30, 9, True)],
)
def test_a_person_who_does_not_answer(first: float | None, answered: float | None, *, overdue: bool) -> None:
    def ago(days: float | None) -> datetime | None:
        return None if days is None else MONDAY - timedelta(days=days)

    assert is_overdue(ago(first), ago(answered), timedelta(days=8), MONDAY) is overdue
