"""What a route may still send today, by which clock, and what it can pay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from alert_engine.decisions.budget import EMPTY_FOR, can_pay, day_begins
from alert_engine.decisions.supervision_alarms import of_budget
from alert_engine.model import Severity

VIENNA = ZoneInfo("Europe/Vienna")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        (datetime(2026, 3, 1, 12, 0, tzinfo=UTC), datetime(2026, 2, 28, 23, 0, tzinfo=UTC)),
        (datetime(2026, 3, 1, 22, 59, tzinfo=UTC), datetime(2026, 2, 28, 23, 0, tzinfo=UTC)),
        (datetime(2026, 3, 1, 23, 0, tzinfo=UTC), datetime(2026, 3, 1, 23, 0, tzinfo=UTC)),
        # The days on which the clocks change have 23 and 25 hours.
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), datetime(2026, 3, 28, 23, 0, tzinfo=UTC)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), datetime(2026, 3, 29, 22, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), datetime(2026, 10, 24, 22, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), datetime(2026, 10, 25, 23, 0, tzinfo=UTC)),
    ],
)
def test_a_day_is_one_of_the_wall_clock(now: datetime, begins: datetime) -> None:
    assert day_begins(now, VIENNA) == begins


@pytest.mark.parametrize(
    ("amount", "told", "pays"),
    [
        (None, None, True),
        (Decimal(0), None, True),
        (Decimal("0.01"), timedelta(0), True),
        (Decimal(0), timedelta(0), False),
        (Decimal(-3), EMPTY_FOR - timedelta(seconds=1), False),
        (Decimal(0), EMPTY_FOR, True),
        (Decimal(0), timedelta(hours=-1), True),  # the clock was set back: nobody knows how old that is
    ],
)
def test_an_account_known_to_be_empty(*, amount: Decimal | None, told: timedelta | None, pays: bool) -> None:
    assert can_pay(amount, None if told is None else NOW - told, NOW) is pays


@pytest.mark.parametrize(
    ("used", "budget", "severity"),
    [
        (0, None, None),
        (79, 100, None),
        (80, 100, Severity.NORMAL),
        (90, 100, Severity.NORMAL),
        (99, 100, Severity.NORMAL),
        (100, 100, Severity.HIGH),
        (130, 100, Severity.HIGH),
        (0, 0, Severity.HIGH),
    ],
)
def test_people_hear_before_and_when_it_ends(
    used: int, budget: int | None, severity: Severity | None
) -> None:
    faults = of_budget("modem", used, budget)
    assert {key: fault.severity for key, fault in faults.items()} == (
        {} if severity is None else {"budget/modem": severity}
    )
