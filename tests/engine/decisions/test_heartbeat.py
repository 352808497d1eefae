"""Signs of life, judged by when they were received."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.decisions.heartbeat import Expectation, HeartbeatState, Pulse, judge

START = datetime(2026, 3, 1, tzinfo=UTC)
PERIOD, GRACE = timedelta(seconds=60), timedelta(seconds=30)


def heard(at: datetime | None = START) -> Expectation:
    return Expectation(period=PERIOD, grace=GRACE, known_since=START, counts_from=at)


@pytest.mark.parametrize(
    ("seconds", "state"),
    [
        (0, HeartbeatState.OK),
        (60, HeartbeatState.OK),
        (60.5, HeartbeatState.LATE),
        (89.9, HeartbeatState.LATE),
        (90, HeartbeatState.MISSED),
        (1e6, HeartbeatState.MISSED),
        (-3600, HeartbeatState.OK),  # the clock was set back
    ],
)
def test_it_is_late_after_its_period_and_missed_after_its_grace(
    seconds: float, state: HeartbeatState
) -> None:
    pulse = judge(heard(), START + timedelta(seconds=seconds))
    assert pulse == Pulse(state=state, missed_at=START + PERIOD + GRACE)


@pytest.mark.parametrize(("hours", "never_seen"), [(0, False), (23.9, False), (24, True), (1000, True)])
def test_one_that_never_came_is_no_alarm_but_shows(hours: float, *, never_seen: bool) -> None:
    pulse = judge(heard(None), START + timedelta(hours=hours))
    assert pulse == Pulse(state=HeartbeatState.NEW, missed_at=None, never_seen=never_seen)


_SECONDS = st.floats(0, 1e6).map(lambda seconds: timedelta(seconds=seconds))


@given(period=_SECONDS, grace=_SECONDS, elapsed=_SECONDS, more=_SECONDS)
def test_it_only_gets_worse_until_the_next_one(
    period: timedelta, grace: timedelta, elapsed: timedelta, more: timedelta
) -> None:
    order = [HeartbeatState.OK, HeartbeatState.LATE, HeartbeatState.MISSED]
    known = Expectation(period=period, grace=grace, known_since=START, counts_from=START)
    earlier, later = judge(known, START + elapsed), judge(known, START + elapsed + more)
    assert order.index(earlier.state) <= order.index(later.state)
    assert (earlier.state is HeartbeatState.MISSED) == (elapsed >= period + grace)
