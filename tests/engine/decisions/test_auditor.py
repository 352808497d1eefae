"""Which promises are forgotten, and which are only waiting."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alert_engine.decisions.alarm_events import Raise
from alert_engine.decisions.alarm_machine import begin
from alert_engine.decisions.auditor import Finding, Neglect, of_alarm, of_held, of_message
from alert_engine.model import Alarm, Channel, Message, MessageKind, MessageState, Priority, Severity
from alert_engine.settings import EngineSettings
from tests.engine.support import EPOCH

LATE = timedelta(minutes=2)


def alarm(severity: Severity = Severity.CRITICAL) -> Alarm:
    policy = EngineSettings(gateway="test").policy_for(severity)
    event = Raise(severity=severity, policy=policy, title="t", text="")
    return begin(alarm_id="a", source="s", key="k", code="1234", event=event, now=EPOCH).alarm


def message(state: MessageState, **fields: Any) -> Message:
    values: dict[str, Any] = {
        "uid": "m",
        "kind": MessageKind.RAISE,
        "channel": Channel.SMS,
        "address": "+436641111111",
        "recipient": None,
        "alarm_id": "a",
        "text": "",
        "priority": Priority.HIGH,
        "state": state,
        "segments": 1,
        "attempts": 3,
        "in_doubt": False,
        "route": "modem",
        "created_at": EPOCH,
        "due_at": EPOCH,
        "expires_at": EPOCH + timedelta(hours=1),
    }
    return Message(**(values | fields))


class TestAlarms:
    def test_one_that_waits_for_its_next_step_is_well(self) -> None:
        assert of_alarm(alarm(), EPOCH + timedelta(minutes=1)) is None

    def test_one_that_has_lost_its_next_step(self) -> None:
        lost = replace(alarm(), next_due=None)
        assert of_alarm(lost, EPOCH) == Finding(neglect=Neglect.NO_NEXT_DUE, id="a")

    def test_one_whose_steps_are_all_done_is_well(self) -> None:
        assert alarm(Severity.NORMAL).next_due is None
        assert of_alarm(alarm(Severity.NORMAL), EPOCH) is None

    def test_one_whose_step_was_not_run(self) -> None:
        overdue = alarm()
        assert overdue.next_due is not None
        assert of_alarm(overdue, overdue.next_due + timedelta(seconds=59)) is None
        found = of_alarm(overdue, overdue.next_due + LATE)
        assert found == Finding(neglect=Neglect.ALARM_OVERDUE, id="a")
        assert str(found) == "alarm_overdue a"


@pytest.mark.parametrize(
    ("found", "fields"),
    [
        (None, {"state": MessageState.QUEUED}),
        (None, {"state": MessageState.DELIVERED, "expires_at": None}),
        (None, {"state": MessageState.ACCEPTED, "expires_at": None}),
        (None, {"state": MessageState.IN_DOUBT, "due_at": EPOCH + timedelta(hours=1)}),
        (None, {"state": MessageState.QUEUED, "due_at": EPOCH - LATE}),  # no route is there: it expires
        (Neglect.NO_EXPIRY, {"state": MessageState.QUEUED, "expires_at": None}),
        (Neglect.NOT_EXPIRED, {"state": MessageState.QUEUED, "expires_at": EPOCH - LATE}),
        (Neglect.DOUBT_OVERDUE, {"state": MessageState.IN_DOUBT, "due_at": EPOCH - LATE}),
    ],
)
def test_messages(found: Neglect | None, fields: dict[str, Any]) -> None:
    expected = None if found is None else Finding(neglect=found, id="m")
    assert of_message(message(**fields), EPOCH, ()) == expected


def test_what_is_in_flight_is_in_somebodys_hand() -> None:
    flying = message(MessageState.IN_FLIGHT)
    assert of_message(flying, EPOCH, {"m"}) is None
    assert of_message(flying, EPOCH, ()) == Finding(neglect=Neglect.IN_NOBODYS_HAND, id="m", attempt=3)


def test_what_is_held_is_looked_at_when_it_said_so() -> None:
    assert of_held("h", EPOCH, EPOCH + timedelta(minutes=1)) is None
    assert of_held("h", EPOCH, EPOCH + LATE) == Finding(neglect=Neglect.HELD_OVERDUE, id="h")


def test_the_clock_was_set_back_and_nobody_has_followed_yet() -> None:
    done = replace(alarm(Severity.NORMAL), next_due=None)
    assert of_alarm(done, EPOCH - timedelta(hours=1)) is None
