"""Windows, bundles, the reserve of critical messages, and a day's budget."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.decisions.throttle import (
    DEFAULT_LIMITS,
    Budget,
    Hold,
    Limits,
    SendNow,
    ThrottleReason,
    Window,
    budget_left,
    decide,
    longest,
)
from alert_engine.model import Channel, Severity
from tests.engine.decisions.wall import utc

NOW = utc("2026-06-01T12:00")
MINUTE = timedelta(minutes=1)
SMS, CALL = DEFAULT_LIMITS[Channel.SMS], DEFAULT_LIMITS[Channel.CALL]
NORMAL, CRITICAL = Severity.NORMAL, Severity.CRITICAL
NO_RESERVE = Limits(windows=SMS.windows, reserve=(), bundle=SMS.bundle)

ROOM, RESERVE = SendNow(reason=ThrottleReason.ROOM), SendNow(reason=ThrottleReason.RESERVE)


def ago(*minutes: float) -> list[datetime]:
    return [NOW - each * MINUTE for each in minutes]


def hold(minutes: float, reason: str) -> Hold:
    return Hold(until=NOW + minutes * MINUTE, reason=ThrottleReason(reason))


def test_the_numbers() -> None:
    def numbers(limits: Limits) -> list[tuple[float, int]]:
        return [(each.span / MINUTE, each.most) for each in limits.windows]

    assert set(DEFAULT_LIMITS) == set(Channel)
    assert numbers(SMS) == [(15, 5), (60, 11), (180, 21)]
    assert numbers(CALL) == [(15, 3), (60, 7), (180, 15)]
    assert longest(SMS) == timedelta(hours=3)
    assert longest(Limits(windows=(), reserve=(), bundle=MINUTE)) == MINUTE


@pytest.mark.parametrize(
    ("sent", "held", "severity", "limits", "answer"),
    [
        # The first at once, the next in a bundle.
        (ago(), False, NORMAL, SMS, ROOM),
        (ago(2), False, NORMAL, SMS, ROOM),
        (ago(0), False, NORMAL, SMS, hold(2, "bundle")),
        (ago(0.5), True, NORMAL, SMS, hold(1.5, "bundle")),
        (ago(3), True, NORMAL, SMS, hold(0, "in_line")),
        # Five in 15 minutes.
        (ago(14, 11, 8, 5), False, NORMAL, SMS, ROOM),
        (ago(14, 11, 8, 5, 2), False, NORMAL, SMS, hold(1, "limit")),
        (ago(14, 11, 8, 5, 2), True, NORMAL, SMS, hold(1, "limit")),
        (ago(15, 11, 8, 5, 2), False, NORMAL, SMS, ROOM),
        (ago(5, 2, 14, 11, 8), False, NORMAL, SMS, hold(1, "limit")),
        (ago(14, 13, 8, 5, 2), False, NORMAL, SMS, hold(1, "limit")),
        (ago(15, 14, 13, 12, 11, 10), False, NORMAL, SMS, hold(1, "limit")),
        # Eleven in an hour, twenty-one in three.
        (ago(*range(16, 56, 4), 57), False, NORMAL, SMS, hold(3, "limit")),
        (ago(*range(20, 170, 8), 171, 173), False, NORMAL, SMS, hold(7, "limit")),
        # The bundle may be longer than the window.
        (ago(14, 11, 8, 5, 0.5), False, NORMAL, SMS, hold(1.5, "bundle")),
        # Sent before the clock was set back.
        (ago(-600, -601, -602, -603, -604), False, NORMAL, SMS, ROOM),
        # Calls.
        (ago(14, 8, 2), False, NORMAL, CALL, hold(1, "limit")),
        (ago(14, 8), False, NORMAL, CALL, ROOM),
        # Critical ones go first.
        (ago(0), True, CRITICAL, SMS, RESERVE),
        (ago(14, 11, 8, 5, 2), False, CRITICAL, SMS, RESERVE),
        (ago(2), False, CRITICAL, SMS, ROOM),
        (ago(2), True, CRITICAL, SMS, RESERVE),
        (ago(2), True, CRITICAL, NO_RESERVE, hold(0, "in_line")),
        (ago(0), False, CRITICAL, NO_RESERVE, hold(2, "bundle")),
    ],
)
def test_decide(
    sent: list[datetime], severity: Severity, limits: Limits, answer: SendNow | Hold, *, held: bool
) -> None:
    found = decide(sent, (), others_held=held, severity=severity, now=NOW, limits=limits)
    assert found == answer


@pytest.mark.parametrize(
    ("ordinary", "critical", "held", "answer"),
    [
        ((), (1, 2), False, RESERVE),
        # Used up: as any other, but not after its reserve.
        ((), (1, 2, 3), False, hold(1, "bundle")),
        ((), (2, 3, 4), False, ROOM),
        ((), (2, 3, 4), True, hold(0, "in_line")),
        ((4, 5), (2, 3, 13), False, hold(2, "limit")),
        ((12, 14.5), (2, 3, 13), False, hold(0.5, "limit")),
        ((), (2, 3, 16), False, ROOM),
        ((4, 5, 6), (2, 3, 15), False, RESERVE),
    ],
)
def test_the_reserve(
    ordinary: tuple[float, ...], critical: tuple[float, ...], answer: SendNow | Hold, *, held: bool
) -> None:
    sent = ago(*ordinary, *critical)
    found = decide(sent, ago(*critical), others_held=held, severity=CRITICAL, now=NOW, limits=SMS)
    assert found == answer


limits = st.builds(
    Limits,
    windows=st.lists(
        st.builds(Window, span=st.integers(1, 300).map(lambda each: each * MINUTE), most=st.integers(1, 8)),
        max_size=3,
    ).map(tuple),
    reserve=st.sampled_from([(), SMS.reserve]),
    bundle=st.integers(0, 10).map(lambda each: each * MINUTE),
)
histories = st.lists(st.tuples(st.integers(-20, 400), st.booleans()), max_size=30)


@given(
    history=histories,
    severity=st.sampled_from(Severity),
    held=st.booleans(),
    bounds=limits,
)
def test_what_is_held_leaves_when_it_is_said_to(
    history: list[tuple[int, bool]], severity: Severity, bounds: Limits, *, held: bool
) -> None:
    sent = ago(*(minutes for minutes, _ in history))
    critical = ago(*(minutes for minutes, is_critical in history if is_critical))
    found = decide(sent, critical, others_held=held, severity=severity, now=NOW, limits=bounds)
    past = [each for each in sent if each <= NOW]
    if isinstance(found, Hold):
        assert NOW <= found.until <= NOW + longest(bounds)
        then = decide(past, critical, others_held=False, severity=severity, now=found.until, limits=bounds)
        assert isinstance(then, SendNow)
    elif found.reason is ThrottleReason.ROOM:
        assert held == 0
        for window in bounds.windows:
            assert sum(each > NOW - window.span for each in past) < window.most
    else:
        assert severity is CRITICAL


@given(history=histories, held=st.booleans(), bounds=limits)
def test_the_critical_one_never_waits_longer(
    history: list[tuple[int, bool]], bounds: Limits, *, held: bool
) -> None:
    sent = ago(*(minutes for minutes, _ in history))
    critical = ago(*(minutes for minutes, is_critical in history if is_critical))

    def wait(severity: Severity) -> datetime:
        found = decide(sent, critical, others_held=held, severity=severity, now=NOW, limits=bounds)
        return NOW if isinstance(found, SendNow) else found.until

    assert wait(CRITICAL) <= wait(Severity.HIGH) == wait(Severity.INFO)


@pytest.mark.parametrize(
    ("used", "budget", "left"),
    [
        (0, None, "ok"),
        (10**6, None, "ok"),
        (0, 100, "ok"),
        (79, 100, "ok"),
        (80, 100, "warn"),
        (89, 100, "warn"),
        (90, 100, "critical_only"),
        (99, 100, "critical_only"),
        (100, 100, "empty"),
        (101, 100, "empty"),
        (0, 0, "empty"),
        (0, 1, "critical_only"),
        (3, 5, "ok"),
        (4, 5, "critical_only"),
        (0, 2, "ok"),
    ],
)
def test_budget_left(used: int, budget: int | None, left: str) -> None:
    assert budget_left(used, budget).value == left


@pytest.mark.parametrize(
    ("budget", "normal", "critical"),
    [
        (Budget.OK, True, True),
        (Budget.WARN, True, True),
        (Budget.CRITICAL_ONLY, False, True),
        (Budget.EMPTY, False, False),
    ],
)
def test_a_budget_admits(*, budget: Budget, normal: bool, critical: bool) -> None:
    assert (budget.admits(Severity.HIGH), budget.admits(Severity.INFO)) == (normal, normal)
    assert budget.admits(CRITICAL) is critical


@given(budget=st.integers(1, 2000))
def test_a_budget_only_gets_less(budget: int) -> None:
    order = list(Budget)
    stages = [order.index(budget_left(used, budget)) for used in range(budget + 1)]
    assert stages == sorted(stages)
    assert order.index(Budget.CRITICAL_ONLY) in stages
