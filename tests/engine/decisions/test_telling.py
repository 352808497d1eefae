"""Whether news leaves now: limits, conversations, quiet hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from alert_engine.decisions.telling import Sent, gate, quiet_until, weight
from alert_engine.decisions.throttle import DEFAULT_LIMITS, Hold, SendNow, ThrottleReason
from alert_engine.model import (
    Address,
    Alarm,
    AlarmState,
    Channel,
    MessageKind,
    Person,
    Policy,
    Severity,
    WeeklyPeriod,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MIDNIGHT = NOON + timedelta(hours=12)
SEVEN = NOON + timedelta(hours=19)
MINUTE = timedelta(minutes=1)
SMS = DEFAULT_LIMITS[Channel.SMS]
SLEEPER = Person(
    id="anna",
    name="Anna",
    addresses=(Address(channel=Channel.SMS, value="+431"),),
    quiet=(WeeklyPeriod(start=time(22), end=time(7)),),
)
PUMP = Alarm(
    id="pump",
    source="plc",
    key="pump",
    code="4711",
    severity=Severity.NORMAL,
    state=AlarmState.RAISED,
    title="Pump",
    text="",
    count=1,
    policy=Policy(name="normal", steps=()),
    step=1,
    next_due=None,
    raised_at=NOON,
)
FIRE = replace(PUMP, id="fire", severity=Severity.CRITICAL)
RAISE, UPDATE, CLEAR = MessageKind.RAISE, MessageKind.UPDATE, MessageKind.CLEAR


def sent(minutes_ago: float, alarm_id: str | None = "pump", *, critical: bool = False) -> Sent:
    return Sent(at=NOON - minutes_ago * MINUTE, is_critical=critical, alarm_id=alarm_id)


def ask(
    *before: Sent,
    alarm_id: str | None = "pump",
    severity: Severity = Severity.HIGH,
    others_held: bool = False,
) -> SendNow | Hold:
    return gate(before, alarm_id=alarm_id, severity=severity, others_held=others_held, now=NOON, limits=SMS)


class TestGate:
    def test_the_first_leaves(self) -> None:
        assert ask() == SendNow(reason=ThrottleReason.ROOM)

    def test_it_does_not_wait_because_a_test_has_just_left(self) -> None:
        assert ask(replace(sent(1, "test"), is_test=True)) == SendNow(reason=ThrottleReason.ROOM)

    @pytest.mark.parametrize(
        ("before", "alarm_id"),
        [
            (sent(1, "gate"), "pump"),
            (sent(1, None), "pump"),  # a digest was about others, too
            (sent(1, "pump"), None),
            (sent(1, None), None),
        ],
    )
    def test_what_follows_something_else_is_bundled(self, before: Sent, alarm_id: str | None) -> None:
        assert ask(before, alarm_id=alarm_id) == Hold(until=NOON + MINUTE, reason=ThrottleReason.BUNDLE)

    def test_news_of_the_same_alarm_is_not(self) -> None:
        assert ask(sent(1, "pump"), sent(5, "gate")) == SendNow(reason=ThrottleReason.ROOM)

    def test_what_was_sent_by_a_clock_that_was_ahead_does_not_count(self) -> None:
        assert ask(sent(-60, "gate")) == SendNow(reason=ThrottleReason.ROOM)

    def test_but_it_counts_in_the_windows(self) -> None:
        before = [sent(number) for number in range(1, 6)]
        assert ask(*before) == Hold(until=NOON + 10 * MINUTE, reason=ThrottleReason.LIMIT)

    def test_the_worst_has_a_reserve(self) -> None:
        before = [sent(number, "gate") for number in range(1, 6)]
        answer = ask(*before, severity=Severity.CRITICAL, others_held=True)
        assert answer == SendNow(reason=ThrottleReason.RESERVE)
        critical = [sent(number, "gate", critical=True) for number in range(1, 6)]
        assert isinstance(ask(*critical, severity=Severity.CRITICAL), Hold)

    def test_nobody_jumps_the_line(self) -> None:
        assert ask(others_held=True) == Hold(until=NOON, reason=ThrottleReason.IN_LINE)


def test_only_a_raise_weighs_what_its_alarm_weighs() -> None:
    assert weight(FIRE, RAISE) is Severity.CRITICAL
    assert weight(FIRE, CLEAR) is Severity.INFO


class TestQuiet:
    @pytest.mark.parametrize(
        ("alarm", "kind", "held"),
        [
            (PUMP, RAISE, True),
            (PUMP, UPDATE, True),
            (PUMP, CLEAR, True),
            (FIRE, RAISE, False),
            (FIRE, UPDATE, False),
            (FIRE, CLEAR, True),
            (replace(PUMP, is_test=True), RAISE, False),
        ],
    )
    def test_at_midnight(self, alarm: Alarm, kind: MessageKind, *, held: bool) -> None:
        assert quiet_until(SLEEPER, alarm, kind, MIDNIGHT, UTC) == (SEVEN if held else None)
        told_by_day = quiet_until(SLEEPER, alarm, kind, MIDNIGHT, UTC, told_at=NOON)
        assert told_by_day == (SEVEN if held else None)

    def test_by_day(self) -> None:
        assert quiet_until(SLEEPER, PUMP, RAISE, NOON, UTC) is None

    def test_whoever_was_woken_hears_the_rest(self) -> None:
        woken = MIDNIGHT - timedelta(hours=1)
        assert quiet_until(SLEEPER, FIRE, CLEAR, MIDNIGHT, UTC, told_at=woken) is None
        assert quiet_until(SLEEPER, PUMP, RAISE, MIDNIGHT, UTC, told_at=woken) == SEVEN
        last_night = woken - timedelta(days=1)
        assert quiet_until(SLEEPER, FIRE, CLEAR, MIDNIGHT, UTC, told_at=last_night) == SEVEN
