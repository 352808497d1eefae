"""What a restart, or a clock that is set, must not prolong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alert_engine.decisions.restart import moved, resumed_alarm, resumed_maintenance
from alert_engine.model import Alarm, AlarmState, Maintenance, Policy, Severity

NOW = datetime(2026, 3, 1, 14, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALARM = Alarm(
    id="a",
    source="plc",
    key="pump",
    code="4711",
    severity=Severity.HIGH,
    state=AlarmState.RAISED,
    title="",
    text="",
    count=1,
    policy=Policy(name="p", steps=()),
    step=0,
    next_due=NOW + HOUR,
    raised_at=NOW,
    steps_from=NOW,
)
SHELVED = replace(
    ALARM,
    ends_at=NOW + HOUR,
    remind_at=NOW + HOUR,
    shelved_until=NOW + HOUR,
    calm_at=NOW + HOUR,
    digest_at=NOW + HOUR,
    reopened_at=(NOW,),
)


def test_all_that_waits_moves_together() -> None:
    later = moved(SHELVED, HOUR)
    waits = (later.next_due, later.ends_at, later.remind_at, later.shelved_until, later.calm_at)
    assert {*waits, later.digest_at} == {NOW + 2 * HOUR}
    assert (later.steps_from, later.reopened_at) == (NOW + HOUR, (NOW + HOUR,))
    assert later.raised_at == NOW


def test_what_does_not_wait_does_not_begin_to() -> None:
    idle = replace(ALARM, next_due=None)
    assert moved(idle, HOUR) == replace(idle, steps_from=NOW + HOUR)


def test_an_alarm_of_the_future_goes_on_now() -> None:
    resumed = resumed_alarm(SHELVED, NOW - 24 * HOUR)
    assert (resumed.next_due, resumed.shelved_until) == (NOW - 24 * HOUR, NOW - 24 * HOUR)
    assert resumed.steps_from == NOW - 25 * HOUR


def test_any_other_waits_as_it_did() -> None:
    assert resumed_alarm(SHELVED, NOW) == SHELVED
    idle = replace(ALARM, next_due=None)
    assert resumed_alarm(idle, NOW - 24 * HOUR) == idle


def test_a_maintenance_of_the_future_is_no_longer_than_it_was() -> None:
    work = Maintenance(
        source="plc", keys="*", by="anna", since=NOW, until=NOW + HOUR, includes_critical=False
    )
    assert resumed_maintenance(work, NOW + HOUR / 2) == work
    resumed = resumed_maintenance(work, NOW - 24 * HOUR)
    assert (resumed.since, resumed.until) == (NOW - 24 * HOUR, NOW - 23 * HOUR)
    endless = replace(work, until=None)
    assert resumed_maintenance(endless, NOW - HOUR).until is None
