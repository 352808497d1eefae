"""Every state with every event, and random lives of an alarm against a smaller model of the same rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from alert_engine.decisions.alarm_machine import (
    Acknowledge,
    Clear,
    Close,
    Effect,
    Event,
    Raise,
    Reason,
    StepDue,
    Transition,
    Unacknowledge,
    apply,
    begin,
)
from alert_engine.model import Alarm, AlarmState, Policy, Severity, Step

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EVERY_FIVE = Step(after=timedelta(0), notify=(), repeat=3, every=5 * MINUTE)
PLAIN = Policy(name="plain", steps=(EVERY_FIVE,))
LATCHING = Policy(name="latching", steps=(EVERY_FIVE,), latch=True)
HOLDING = Policy(name="holding", steps=(EVERY_FIVE,), hold=MINUTE)
OTHER = Policy(name="other", steps=(Step(after=timedelta(0), notify=()),))

S, R, E = AlarmState, Reason, Effect
SAME = Raise(severity=Severity.HIGH, policy=OTHER)
LOWER = Raise(severity=Severity.INFO, policy=OTHER)
WORSE = Raise(severity=Severity.CRITICAL, policy=OTHER)
ACK = Acknowledge(by="anna")


def born(policy: Policy) -> Transition:
    event = Raise(severity=Severity.HIGH, policy=policy, title="Pump", text="water", source_time=NOW)
    return begin(alarm_id="a", source="plc", key="pump", code="4711", event=event, now=NOW)


def alarm_in(state: AlarmState, policy: Policy = PLAIN) -> Alarm:
    if state is S.PENDING:
        return born(HOLDING).alarm
    if state is S.CLEARED:
        return apply(born(LATCHING).alarm, Clear(), NOW + MINUTE).alarm
    raised = born(policy).alarm
    match state:
        case S.ACKED:
            return apply(raised, Acknowledge(by="bert"), NOW + MINUTE).alarm
        case S.CLOSED:
            return apply(raised, Clear(), NOW + MINUTE).alarm
    return raised


TABLE: list[tuple[AlarmState, Event, AlarmState, Reason, tuple[Effect, ...]]] = [
    (S.PENDING, SAME, S.PENDING, R.REPEATED, ()),
    (S.PENDING, LOWER, S.PENDING, R.REPEATED, ()),
    (S.PENDING, WORSE, S.RAISED, R.SEVERITY_ROSE, (E.NOTIFY,)),
    (S.PENDING, ACK, S.ACKED, R.ACKNOWLEDGED, ()),
    (S.PENDING, Clear(), S.CLOSED, R.CLEARED_UNSENT, ()),
    (S.PENDING, StepDue(), S.RAISED, R.HOLD_OVER, (E.NOTIFY,)),
    (S.PENDING, Unacknowledge(), S.PENDING, R.NOT_ACKNOWLEDGED, ()),
    (S.PENDING, Close(), S.CLOSED, R.CLOSED, ()),
    (S.RAISED, SAME, S.RAISED, R.REPEATED, ()),
    (S.RAISED, LOWER, S.RAISED, R.REPEATED, ()),
    (S.RAISED, WORSE, S.RAISED, R.SEVERITY_ROSE, (E.WITHDRAW, E.NOTIFY)),
    (S.RAISED, ACK, S.ACKED, R.ACKNOWLEDGED, (E.WITHDRAW, E.TELL_TAKEN)),
    (S.RAISED, Clear(), S.CLOSED, R.CLEARED, (E.WITHDRAW, E.TELL_CLEARED)),
    (S.RAISED, StepDue(), S.RAISED, R.STEP, (E.NOTIFY,)),
    (S.RAISED, Unacknowledge(), S.RAISED, R.NOT_ACKNOWLEDGED, ()),
    (S.RAISED, Close(), S.CLOSED, R.CLOSED, (E.WITHDRAW, E.TELL_CLOSED)),
    (S.ACKED, SAME, S.ACKED, R.REPEATED, ()),
    (S.ACKED, LOWER, S.ACKED, R.REPEATED, ()),
    (S.ACKED, WORSE, S.RAISED, R.SEVERITY_ROSE, (E.WITHDRAW, E.NOTIFY)),
    (S.ACKED, ACK, S.ACKED, R.ALREADY_ACKNOWLEDGED, ()),
    (S.ACKED, Clear(), S.CLOSED, R.CLEARED, (E.WITHDRAW, E.TELL_CLEARED)),
    (S.ACKED, StepDue(), S.ACKED, R.NOTHING_DUE, ()),
    (S.ACKED, Unacknowledge(), S.RAISED, R.UNACKNOWLEDGED, (E.WITHDRAW, E.NOTIFY)),
    (S.ACKED, Close(), S.CLOSED, R.CLOSED, (E.WITHDRAW, E.TELL_CLOSED)),
    (S.CLEARED, SAME, S.RAISED, R.REOPENED, (E.WITHDRAW, E.NOTIFY)),
    (S.CLEARED, LOWER, S.RAISED, R.REOPENED, (E.WITHDRAW, E.NOTIFY)),
    (S.CLEARED, WORSE, S.RAISED, R.SEVERITY_ROSE, (E.WITHDRAW, E.NOTIFY)),
    (S.CLEARED, ACK, S.CLOSED, R.ACKNOWLEDGED, (E.WITHDRAW, E.TELL_TAKEN)),
    (S.CLEARED, Clear(), S.CLEARED, R.ALREADY_CLEARED, ()),
    (S.CLEARED, StepDue(), S.CLEARED, R.STEP, (E.NOTIFY,)),
    (S.CLEARED, Unacknowledge(), S.CLEARED, R.NOT_ACKNOWLEDGED, ()),
    (S.CLEARED, Close(), S.CLOSED, R.CLOSED, (E.WITHDRAW, E.TELL_CLOSED)),
    *[
        (S.CLOSED, event, S.CLOSED, R.OVER, ())
        for event in (SAME, LOWER, WORSE, ACK, Clear(), StepDue(), Unacknowledge(), Close())
    ],
]


@pytest.mark.parametrize(("state", "event", "after", "reason", "effects"), TABLE)
def test_table(
    state: AlarmState, event: Event, after: AlarmState, reason: Reason, effects: tuple[Effect, ...]
) -> None:
    alarm = alarm_in(state)
    now = NOW + 5 * MINUTE
    transition = apply(alarm, event, now)
    assert (transition.alarm.state, transition.reason, transition.effects) == (after, reason, effects)
    assert reason.changed or transition.alarm == alarm
    assert bool(transition.steps) == (E.NOTIFY in effects)
    assert (transition.alarm.closed_at is not None) == (after is S.CLOSED)
    if after in {S.ACKED, S.CLOSED}:
        assert transition.alarm.next_due is None


def test_the_table_is_complete() -> None:
    kinds = {(state, type(event)) for state, event, *_ in TABLE}
    assert kinds == {
        (state, kind)
        for state in AlarmState
        for kind in (Raise, Acknowledge, Clear, StepDue, Unacknowledge, Close)
    }


class TestBegin:
    def test_loud_at_once(self) -> None:
        transition = born(PLAIN)
        assert transition.reason is R.RAISED
        assert transition.effects == (E.NOTIFY,)
        assert transition.steps == (EVERY_FIVE,)
        assert transition.alarm.next_due == NOW + 5 * MINUTE
        assert (transition.alarm.step, transition.alarm.count) == (1, 1)

    def test_held(self) -> None:
        transition = born(HOLDING)
        assert (transition.reason, transition.effects) == (R.HELD, ())
        assert transition.alarm.next_due == NOW + MINUTE

    def test_steps_count_from_the_end_of_the_hold(self) -> None:
        transition = apply(alarm_in(S.PENDING), StepDue(), NOW + 2 * MINUTE)
        assert transition.alarm.steps_from == NOW + 2 * MINUTE
        assert transition.alarm.next_due == NOW + 7 * MINUTE

    def test_a_policy_that_begins_later_is_silent_first(self) -> None:
        later = Policy(name="later", steps=(Step(after=10 * MINUTE, notify=()),))
        transition = born(later)
        assert (transition.effects, transition.alarm.next_due) == ((), NOW + 10 * MINUTE)


class TestRaise:
    def test_newer_words_replace_older_ones(self) -> None:
        event = replace(SAME, title="Pump 2", text="more water", labels={"floor": "1"})
        alarm = apply(alarm_in(S.RAISED), event, NOW).alarm
        assert (alarm.title, alarm.text, alarm.labels) == ("Pump 2", "more water", {"floor": "1"})
        assert alarm.count == 2

    def test_missing_words_keep_the_older_ones(self) -> None:
        alarm = apply(alarm_in(S.RAISED), SAME, NOW).alarm
        assert (alarm.title, alarm.text) == ("Pump", "water")

    def test_a_lower_severity_does_not_calm_it(self) -> None:
        assert apply(alarm_in(S.RAISED), LOWER, NOW).alarm.severity is Severity.HIGH

    def test_a_higher_severity_brings_its_own_policy(self) -> None:
        alarm = apply(alarm_in(S.ACKED), WORSE, NOW + MINUTE).alarm
        assert (alarm.severity, alarm.policy) == (Severity.CRITICAL, OTHER)
        assert (alarm.acked_at, alarm.acked_by) == (None, None)
        assert alarm.steps_from == NOW + MINUTE

    @pytest.mark.parametrize(
        ("told", "newest"), [(NOW - MINUTE, NOW), (NOW + MINUTE, NOW + MINUTE), (None, NOW)]
    )
    def test_the_newest_source_time_is_kept(self, told: datetime | None, newest: datetime) -> None:
        event = replace(SAME, source_time=told)
        assert apply(alarm_in(S.RAISED), event, NOW).alarm.last_source_time == newest
        assert apply(alarm_in(S.RAISED), Clear(source_time=told), NOW).alarm.last_source_time == newest


class TestOthers:
    def test_who_acknowledged_and_when(self) -> None:
        alarm = apply(alarm_in(S.RAISED), ACK, NOW + MINUTE).alarm
        assert (alarm.acked_by, alarm.acked_at) == ("anna", NOW + MINUTE)

    def test_the_first_who_acknowledged_stays(self) -> None:
        assert apply(alarm_in(S.ACKED), ACK, NOW + 5 * MINUTE).alarm.acked_by == "bert"

    def test_a_step_before_its_time_does_nothing(self) -> None:
        transition = apply(alarm_in(S.RAISED), StepDue(), NOW + 4 * MINUTE)
        assert transition.reason is R.NOTHING_DUE

    def test_the_last_repeat_leaves_nothing_due(self) -> None:
        alarm = alarm_in(S.RAISED)
        for minute in (5, 10, 15):
            alarm = apply(alarm, StepDue(), NOW + minute * MINUTE).alarm
        assert alarm.next_due is None
        assert alarm.step == 4
        assert apply(alarm, StepDue(), NOW + timedelta(days=1)).reason is R.NOTHING_DUE

    def test_an_alarm_of_an_older_journal_counts_its_steps_from_the_raise(self) -> None:
        old = replace(alarm_in(S.RAISED), steps_from=None)
        assert apply(old, StepDue(), NOW + 5 * MINUTE).alarm.next_due == NOW + 10 * MINUTE


class AlarmLife(RuleBasedStateMachine):
    """One alarm and a model of it that knows only: active, taken, over, loudness."""

    @initialize(latch=st.booleans(), hold=st.booleans())
    def start(self, *, latch: bool, hold: bool) -> None:
        self.policy = Policy(name="p", steps=(EVERY_FIVE,), latch=latch, hold=MINUTE if hold else None)
        self.now = NOW
        self.alarm = born(self.policy).alarm
        self.severity = Severity.HIGH
        self.sent = 0 if hold else 1
        self.active, self.taken, self.held, self.over = True, False, hold, False
        self.messages = self.sent

    def take(self, event: Event) -> Transition:
        before = self.alarm
        transition = apply(self.alarm, event, self.now)
        self.alarm = transition.alarm
        self.messages += E.NOTIFY in transition.effects
        assert transition.reason.changed or transition.alarm == before
        # Whatever it was: the same again changes at most the counter, and sends nothing.
        again = apply(self.alarm, event, self.now)
        assert again.effects == ()
        assert again.alarm.state is self.alarm.state
        return transition

    @rule(severity=st.sampled_from(Severity))
    def raise_again(self, severity: Severity) -> None:
        self.take(Raise(severity=severity, policy=self.policy))
        if self.over:
            return
        worse = severity.rank > self.severity.rank
        if worse or not self.active:
            self.severity = severity if worse else self.severity
            self.active, self.taken, self.held = True, False, False
            self.sent += 1

    @rule()
    def acknowledge(self) -> None:
        self.take(ACK)
        if not self.over:
            self.taken, self.held = True, False
            self.over = not self.active

    @rule()
    def clear(self) -> None:
        self.take(Clear())
        if not self.over:
            self.over = self.held or self.taken or not self.policy.latch
            self.active = False

    @rule()
    def unacknowledge(self) -> None:
        # Not idempotent by nature of the model's loudness: it is loud once, then it is not acknowledged.
        self.take(Unacknowledge())
        if not self.over and self.taken:
            self.taken = False
            self.sent += 1

    @rule()
    def close(self) -> None:
        self.take(Close())
        self.over = True

    @rule(minutes=st.integers(min_value=0, max_value=30))
    def wait(self, minutes: int) -> None:
        self.now += minutes * MINUTE
        due = self.alarm.next_due is not None and self.alarm.next_due <= self.now
        self.take(StepDue())
        if due:
            self.held = False
            self.sent += 1

    @invariant()
    def agree(self) -> None:
        if self.over:
            expected = S.CLOSED
        elif self.held:
            expected = S.PENDING
        elif self.taken:
            expected = S.ACKED
        else:
            expected = S.RAISED if self.active else S.CLEARED
        assert self.alarm.state is expected
        assert self.alarm.severity is self.severity
        assert self.messages == self.sent
        assert self.alarm.next_due is None or not (self.taken or self.over)
        assert self.alarm.next_due is None or self.alarm.next_due > self.now


TestAlarmLife = AlarmLife.TestCase
TestAlarmLife.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
