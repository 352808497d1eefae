"""What explains an alarm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alert_engine.decisions.suppression import covers, explains, name_of, suppressor
from alert_engine.model import Alarm, AlarmState, Maintenance, Policy, Severity

NOW = datetime(2026, 3, 1, 14, 7, tzinfo=UTC)
WORK = Maintenance(source="plc", keys="pump*", by="anna", since=NOW, until=None, includes_critical=False)
POWER = Alarm(
    id="p1",
    source="plc",
    key="power",
    code="4711",
    severity=Severity.HIGH,
    state=AlarmState.RAISED,
    title="",
    text="",
    count=1,
    policy=Policy(name="p", steps=()),
    step=0,
    next_due=None,
    raised_at=NOW,
)


@pytest.mark.parametrize(
    ("keys", "key", "covered"),
    [
        ("*", "anything/at all", True),
        ("pump*", "pump-1", True),
        ("pump?", "pump1", True),
        ("pump?", "pump", False),
        ("pump", "PUMP", False),
        ("pump[1]", "pump[1]", True),
        ("pump[1]", "pump1", False),
    ],
)
def test_keys(keys: str, key: str, covered: bool) -> None:  # noqa: FBT001 - a column of the table
    assert covers(replace(WORK, keys=keys), "plc", key, Severity.HIGH) is covered


def test_of_its_source_and_not_the_critical_ones_unless_it_says_so() -> None:
    assert not covers(WORK, "other", "pump", Severity.HIGH)
    assert not covers(WORK, "plc", "pump", Severity.CRITICAL)
    assert covers(replace(WORK, includes_critical=True), "plc", "pump", Severity.CRITICAL)


@pytest.mark.parametrize(
    ("changes", "severity", "explained"),
    [
        ({}, Severity.HIGH, True),
        ({}, Severity.CRITICAL, False),
        ({"state": AlarmState.ACKED}, Severity.INFO, True),
        ({"state": AlarmState.CLEARED, "cleared_at": NOW}, Severity.INFO, False),
        ({"state": AlarmState.CLEARED, "cleared_at": NOW, "calm_at": NOW}, Severity.INFO, True),
        ({"state": AlarmState.CLOSED}, Severity.INFO, False),
        ({"is_test": True}, Severity.INFO, False),
    ],
)
def test_another_alarm(changes: dict[str, object], severity: Severity, *, explained: bool) -> None:
    assert explains(replace(POWER, **changes), severity) is explained  # type: ignore[arg-type] # any fields


def test_the_first_that_explains_it_is_named() -> None:
    everything = replace(WORK, keys="*", until=NOW + timedelta(hours=1))
    assert suppressor((WORK, everything), POWER, "plc", "pump", Severity.HIGH) == name_of("plc", "pump*")
    assert suppressor((WORK, everything), POWER, "plc", "gate", Severity.HIGH) == name_of("plc", "*")
    assert suppressor((WORK,), POWER, "plc", "gate", Severity.HIGH) == "alarm/p1"
    assert suppressor((WORK,), POWER, "plc", "gate", Severity.CRITICAL) is None
    assert suppressor((), None, "plc", "gate", Severity.HIGH) is None
