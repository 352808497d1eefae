"""What a restart, or a clock that is set, must not prolong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alert_engine.decisions.restart import (
    moved,
    moved_proof,
    resumed_alarm,
    resumed_maintenance,
    resumed_proof,
)
from alert_engine.model import (
    Alarm,
    AlarmState,
    Channel,
    Maintenance,
    Message,
    MessageKind,
    MessageState,
    Policy,
    Priority,
    Severity,
)
from alert_engine.outbox.entry import OutboxEntry

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


def test_one_of_the_future_of_which_nothing_comes_due_began_now() -> None:
    """Or its steps would seem to come due a second time."""
    resumed = resumed_alarm(replace(ALARM, next_due=None), NOW - 24 * HOUR)
    assert (resumed.next_due, resumed.steps_from) == (None, NOW - 24 * HOUR)


class TestAWordThatIsGoodForSomeTime:
    TOLD = replace(ALARM, ttl=HOUR, ends_at=NOW + HOUR / 2, next_due=NOW + HOUR / 2)

    def test_counts_anew(self) -> None:
        """Nobody could hear its source while the gateway was away."""
        resumed = resumed_alarm(self.TOLD, NOW + HOUR / 4)
        assert resumed.ends_at == resumed.next_due == NOW + HOUR + HOUR / 4

    def test_also_when_it_has_passed_and_no_step_is_lost(self) -> None:
        resumed = resumed_alarm(self.TOLD, NOW + 5 * HOUR)
        assert (resumed.ends_at, resumed.next_due) == (NOW + 6 * HOUR, self.TOLD.next_due)

    def test_also_on_a_machine_that_begins_in_the_past(self) -> None:
        resumed = resumed_alarm(self.TOLD, NOW - 24 * HOUR)
        assert resumed.ends_at == NOW - 23 * HOUR

    def test_of_one_whose_cause_is_gone_nothing_counts(self) -> None:
        gone = replace(self.TOLD, state=AlarmState.CLEARED, cleared_at=NOW, ends_at=None, next_due=None)
        assert resumed_alarm(gone, NOW + HOUR) == gone


def test_a_maintenance_of_the_future_is_no_longer_than_it_was() -> None:
    work = Maintenance(
        source="plc", keys="*", by="anna", since=NOW, until=NOW + HOUR, includes_critical=False
    )
    assert resumed_maintenance(work, NOW + HOUR / 2) == work
    resumed = resumed_maintenance(work, NOW - 24 * HOUR)
    assert (resumed.since, resumed.until) == (NOW - 24 * HOUR, NOW - 23 * HOUR)
    endless = replace(work, until=None)
    assert resumed_maintenance(endless, NOW - HOUR).until is None


def test_the_times_of_a_proof_move_with_the_clock() -> None:
    message = Message(
        uid="m",
        kind=MessageKind.RAISE,
        channel=Channel.SMS,
        address="+436641111111",
        recipient="anna",
        alarm_id="a",
        text="",
        priority=Priority.HIGH,
        state=MessageState.ACCEPTED,
        segments=1,
        attempts=1,
        in_doubt=False,
        route="modem",
        created_at=NOW,
        due_at=NOW,
        expires_at=None,
    )
    waits = OutboxEntry(message=message, proof_due_at=NOW + HOUR, proof_look_at=NOW)
    after = moved_proof(waits, HOUR)
    assert (after.proof_due_at, after.proof_look_at) == (NOW + 2 * HOUR, NOW + HOUR)
    assert resumed_proof(after, NOW, HOUR).proof_due_at == NOW + HOUR
    assert resumed_proof(after, NOW, HOUR / 2).proof_look_at == NOW + HOUR / 2
    assert resumed_proof(after, NOW + HOUR, HOUR) == after
    done = OutboxEntry(message=message)
    assert resumed_proof(done, NOW, HOUR) == done
    assert moved_proof(done, HOUR) == done
