"""Alarms in the journal: what was written is read, also from the journal of an older release."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from alert_engine.journal.schema import MIGRATIONS
from alert_engine.journal.tables.alarms import AlarmTable
from alert_engine.journal.tables.columns import from_policy, to_policy
from alert_engine.model import (
    AcknowledgeBy,
    Alarm,
    AlarmState,
    Channel,
    Policy,
    Proof,
    Severity,
    Step,
    Until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 3, 1, 14, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OF_THE_FIRST_RELEASE = 2  # schema

FULL = Policy(
    name="full",
    steps=(
        Step(after=MINUTE, notify=("anna",), channels=(Channel.CALL,), repeat=-1, every=MINUTE),
        Step(after=MINUTE, notify=(), channels=()),
    ),
    latch=True,
    hold=MINUTE,
    rounds=-1,
    round_every=7 * MINUTE,
    until=Until.CLEARED,
    proof=Proof.DELIVERED,
    fallback_after=MINUTE / 3,
    acknowledge_by=AcknowledgeBy.ALL,
    remind_every=60 * MINUTE,
    reopen_within=timedelta(0),
)
ALARM = Alarm(
    id="a",
    source="plc",
    key="pump",
    code="4711",
    severity=Severity.HIGH,
    state=AlarmState.ACKED,
    title="Pump",
    text="water",
    count=3,
    policy=FULL,
    step=4,
    next_due=NOW,
    raised_at=NOW,
    acked_at=NOW + MINUTE,
    acked_by="anna",
    acked_people=("bert", "anna"),
    cleared_at=NOW + 2 * MINUTE,
    last_source_time=NOW,
    steps_from=NOW,
    ttl=3 * MINUTE,
    ends_at=NOW + 3 * MINUTE,
    remind_at=NOW + 4 * MINUTE,
    shelved_until=NOW + 5 * MINUTE,
    shelved_by="bert",
    suppressed_by="maintenance/plc/*",
    parent="power",
    reopened_at=(NOW, NOW + MINUTE),
    calm_at=NOW + 6 * MINUTE,
    digest_at=NOW + 7 * MINUTE,
    is_test=True,
    url="https://plc/pump",
    labels={"floor": "1"},
)


@contextmanager
def connection(version: int = len(MIGRATIONS)) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        opened.row_factory = sqlite3.Row
        migrate(opened, 0, version)
        yield opened


def migrate(opened: sqlite3.Connection, first: int, end: int) -> None:
    for script in MIGRATIONS[first:end]:
        opened.executescript(script)


def test_every_field() -> None:
    closed = replace(ALARM, state=AlarmState.CLOSED, closed_at=NOW)
    with connection() as opened:
        table = AlarmTable(opened)
        table.add(ALARM)
        assert table.get("a") == ALARM
        table.save(closed)
        assert table.get("a") == closed
    unused = {each.name for each in fields(Alarm) if getattr(ALARM, each.name) is None}
    assert unused == {"closed_at"}


@pytest.mark.parametrize("policy", [FULL, Policy(name="plain", steps=())])
def test_every_field_of_a_policy(policy: Policy) -> None:
    assert to_policy(from_policy(policy)) == policy


def test_the_policy_of_an_older_release_means_what_it_meant() -> None:
    step = {"after": 0.0, "notify": ["anna"], "channels": ["sms"], "repeat": 1, "every": 60.0}
    old = json.dumps({"name": "old", "latch": True, "hold": None, "steps": [step]})
    assert to_policy(old) == Policy(
        name="old", latch=True, steps=(Step(after=timedelta(0), notify=("anna",), repeat=1, every=MINUTE),)
    )


def test_an_alarm_of_an_older_release() -> None:
    old = {
        "id": "a",
        "source": "plc",
        "key": "pump",
        "code": "4711",
        "severity": "high",
        "state": "acked",
        "title": "Pump",
        "text": "water",
        "count": 3,
        "step": 4,
        "labels": "{}",
        "policy": from_policy(Policy(name="p", steps=())),
        "raised_at": NOW.isoformat(timespec="microseconds"),
    }
    names, marks = ", ".join(old), ", ".join("?" * len(old))
    with connection(OF_THE_FIRST_RELEASE) as opened:
        opened.execute(f"INSERT INTO alarm ({names}) VALUES ({marks})", tuple(old.values()))
        migrate(opened, OF_THE_FIRST_RELEASE, len(MIGRATIONS))
        (alarm,) = AlarmTable(opened).all_open()
    assert (alarm.acked_people, alarm.reopened_at, alarm.is_test, alarm.is_silenced) == ((), (), False, False)


@pytest.mark.parametrize("column", ["next_due", "suppressed_by"])
def test_what_is_looked_for_often_has_an_index(column: str) -> None:
    query = f"EXPLAIN QUERY PLAN SELECT * FROM alarm WHERE {column} <= ?"
    with connection() as opened:
        plan = " ".join(row["detail"] for row in opened.execute(query, ("x",)))
    assert "USING INDEX" in plan
