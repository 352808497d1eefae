"""The states of an alarm: every event in every situation, and what a table cannot say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from alert_engine.decisions.alarm_events import (
    Acknowledge,
    Clear,
    Close,
    Deadline,
    Effect,
    Event,
    Raise,
    Reason,
    Shelve,
    Suppress,
    Transition,
    Unacknowledge,
    Unshelve,
    Unsuppress,
)
from alert_engine.decisions.alarm_machine import apply, begin
from alert_engine.model import AcknowledgeBy, AlarmState, Channel, Policy, Severity, Step, Until

if TYPE_CHECKING:
    from collections.abc import Callable

    from alert_engine.model import Alarm

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
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
ACK_BERT = Acknowledge(by="bert")
SHELVE = Shelve(by="anna", until=NOW + timedelta(days=1))
SUPPRESS = Suppress(by="maintenance/plc/*")


def born(policy: Policy, now: datetime = NOW) -> Transition:
    event = Raise(severity=Severity.HIGH, policy=policy, title="Pump", text="water", source_time=NOW)
    return begin(alarm_id="a", source="plc", key="pump", code="4711", event=event, now=now)


def pending() -> Alarm:
    return born(HOLDING).alarm


def after(*events: Event, policy: Policy = PLAIN) -> Alarm:
    """An alarm that was raised at `NOW`, and to which these have happened, all at once."""
    alarm = born(policy).alarm
    for event in events:
        alarm = apply(alarm, event, NOW).alarm
    return alarm


FLAPS = (Clear(), SAME) * 3

SITUATIONS: dict[str, Callable[[], Alarm]] = {
    "pending": pending,
    "pending, shelved": lambda: apply(pending(), SHELVE, NOW).alarm,
    "raised": after,
    "raised, shelved": lambda: after(SHELVE),
    "raised, suppressed": lambda: after(SUPPRESS),
    "acked": lambda: after(ACK_BERT),
    "acked, shelved": lambda: after(ACK_BERT, SHELVE),
    "acked, suppressed": lambda: after(ACK_BERT, SUPPRESS),
    "latched": lambda: after(Clear(), policy=LATCHING),
    "latched, shelved": lambda: after(Clear(), SHELVE, policy=LATCHING),
    "chattering, on": lambda: after(*FLAPS),
    "chattering, off": lambda: after(*FLAPS, Clear()),
    "chattering, on, shelved": lambda: after(*FLAPS, SHELVE),
    "chattering, on, taken": lambda: after(*FLAPS, ACK_BERT),
    "chattering, off, taken": lambda: after(*FLAPS, ACK_BERT, Clear()),
    "just over": lambda: after(Clear()),
    "unheard": lambda: apply(pending(), Clear(), NOW).alarm,
    "closed by hand": lambda: after(Close()),
}

EVENTS: dict[str, Event] = {
    "raise": SAME,
    "lower raise": LOWER,
    "worse raise": WORSE,
    "clear": Clear(),
    "acknowledge": ACK,
    "unacknowledge": Unacknowledge(),
    "shelve": replace(SHELVE, until=NOW + timedelta(days=2)),
    "unshelve": Unshelve(),
    "suppress": replace(SUPPRESS, by="maintenance/plc/p*"),
    "unsuppress": Unsuppress(),
    "close": Close(),
    "too early": Deadline(),  # one second later
    "deadline": Deadline(),  # at `next_due`
}


def happen(situation: str, event: str) -> tuple[Alarm, Transition]:
    """The alarm before, and what the event makes of it."""
    alarm = SITUATIONS[situation]()
    moment = alarm.next_due if event == "deadline" else None
    return alarm, apply(alarm, EVENTS[event], moment or NOW + timedelta(seconds=1))


# What becomes of it: situation | event | state | reason | effects.
TABLE = """
pending                 | raise         | pending | repeated             |
pending                 | lower raise   | pending | repeated             |
pending                 | worse raise   | raised  | severity_rose        | notify
pending                 | clear         | closed  | cleared_unsent       |
pending                 | acknowledge   | acked   | acknowledged         |
pending                 | unacknowledge | pending | not_acknowledged     |
pending                 | shelve        | pending | shelved              |
pending                 | unshelve      | pending | not_shelved          |
pending                 | suppress      | pending | suppressed           |
pending                 | unsuppress    | pending | not_suppressed       |
pending                 | close         | closed  | closed               |
pending                 | too early     | pending | nothing_due          |
pending                 | deadline      | raised  | hold_over            | notify
pending, shelved        | raise         | pending | repeated             |
pending, shelved        | lower raise   | pending | repeated             |
pending, shelved        | worse raise   | raised  | severity_rose        | notify
pending, shelved        | clear         | closed  | cleared_unsent       |
pending, shelved        | acknowledge   | acked   | acknowledged         |
pending, shelved        | unacknowledge | pending | not_acknowledged     |
pending, shelved        | shelve        | pending | shelved              |
pending, shelved        | unshelve      | pending | unshelved            |
pending, shelved        | suppress      | pending | suppressed           |
pending, shelved        | unsuppress    | pending | not_suppressed       |
pending, shelved        | close         | closed  | closed               |
pending, shelved        | too early     | pending | nothing_due          |
pending, shelved        | deadline      | raised  | hold_over            |
raised                  | raise         | raised  | repeated             |
raised                  | lower raise   | raised  | repeated             |
raised                  | worse raise   | raised  | severity_rose        | withdraw notify
raised                  | clear         | closed  | cleared              | withdraw tell_cleared
raised                  | acknowledge   | acked   | acknowledged         | withdraw tell_taken
raised                  | unacknowledge | raised  | not_acknowledged     |
raised                  | shelve        | raised  | shelved              | withdraw tell_shelved
raised                  | unshelve      | raised  | not_shelved          |
raised                  | suppress      | raised  | suppressed           | withdraw
raised                  | unsuppress    | raised  | not_suppressed       |
raised                  | close         | closed  | closed               | withdraw tell_closed
raised                  | too early     | raised  | nothing_due          |
raised                  | deadline      | raised  | step                 | notify
raised, shelved         | raise         | raised  | repeated             |
raised, shelved         | lower raise   | raised  | repeated             |
raised, shelved         | worse raise   | raised  | severity_rose        | withdraw notify
raised, shelved         | clear         | closed  | cleared              | withdraw tell_cleared
raised, shelved         | acknowledge   | acked   | acknowledged         | withdraw tell_taken
raised, shelved         | unacknowledge | raised  | not_acknowledged     |
raised, shelved         | shelve        | raised  | shelved              | withdraw tell_shelved
raised, shelved         | unshelve      | raised  | unshelved            | notify
raised, shelved         | suppress      | raised  | suppressed           | withdraw
raised, shelved         | unsuppress    | raised  | not_suppressed       |
raised, shelved         | close         | closed  | closed               | withdraw tell_closed
raised, shelved         | too early     | raised  | nothing_due          |
raised, shelved         | deadline      | raised  | shelve_over          | notify
raised, suppressed      | raise         | raised  | repeated             |
raised, suppressed      | lower raise   | raised  | repeated             |
raised, suppressed      | worse raise   | raised  | severity_rose        | withdraw notify
raised, suppressed      | clear         | closed  | cleared              | withdraw tell_cleared
raised, suppressed      | acknowledge   | acked   | acknowledged         | withdraw tell_taken
raised, suppressed      | unacknowledge | raised  | not_acknowledged     |
raised, suppressed      | shelve        | raised  | shelved              | withdraw tell_shelved
raised, suppressed      | unshelve      | raised  | not_shelved          |
raised, suppressed      | suppress      | raised  | already_suppressed   |
raised, suppressed      | unsuppress    | raised  | unsuppressed         | notify
raised, suppressed      | close         | closed  | closed               | withdraw tell_closed
raised, suppressed      | too early     | raised  | nothing_due          |
raised, suppressed      | deadline      | raised  | nothing_due          |
acked                   | raise         | acked   | repeated             |
acked                   | lower raise   | acked   | repeated             |
acked                   | worse raise   | raised  | severity_rose        | withdraw notify
acked                   | clear         | closed  | cleared              | withdraw tell_cleared
acked                   | acknowledge   | acked   | already_acknowledged |
acked                   | unacknowledge | raised  | unacknowledged       | withdraw notify
acked                   | shelve        | acked   | shelved              | withdraw tell_shelved
acked                   | unshelve      | acked   | not_shelved          |
acked                   | suppress      | acked   | suppressed           | withdraw
acked                   | unsuppress    | acked   | not_suppressed       |
acked                   | close         | closed  | closed               | withdraw tell_closed
acked                   | too early     | acked   | nothing_due          |
acked                   | deadline      | acked   | nothing_due          |
acked, shelved          | raise         | acked   | repeated             |
acked, shelved          | lower raise   | acked   | repeated             |
acked, shelved          | worse raise   | raised  | severity_rose        | withdraw notify
acked, shelved          | clear         | closed  | cleared              | withdraw tell_cleared
acked, shelved          | acknowledge   | acked   | already_acknowledged |
acked, shelved          | unacknowledge | raised  | unacknowledged       | withdraw
acked, shelved          | shelve        | acked   | shelved              | withdraw tell_shelved
acked, shelved          | unshelve      | acked   | unshelved            |
acked, shelved          | suppress      | acked   | suppressed           | withdraw
acked, shelved          | unsuppress    | acked   | not_suppressed       |
acked, shelved          | close         | closed  | closed               | withdraw tell_closed
acked, shelved          | too early     | acked   | nothing_due          |
acked, shelved          | deadline      | acked   | shelve_over          |
acked, suppressed       | raise         | acked   | repeated             |
acked, suppressed       | lower raise   | acked   | repeated             |
acked, suppressed       | worse raise   | raised  | severity_rose        | withdraw notify
acked, suppressed       | clear         | closed  | cleared              | withdraw tell_cleared
acked, suppressed       | acknowledge   | acked   | already_acknowledged |
acked, suppressed       | unacknowledge | raised  | unacknowledged       | withdraw
acked, suppressed       | shelve        | acked   | shelved              | withdraw tell_shelved
acked, suppressed       | unshelve      | acked   | not_shelved          |
acked, suppressed       | suppress      | acked   | already_suppressed   |
acked, suppressed       | unsuppress    | acked   | unsuppressed         |
acked, suppressed       | close         | closed  | closed               | withdraw tell_closed
acked, suppressed       | too early     | acked   | nothing_due          |
acked, suppressed       | deadline      | acked   | nothing_due          |
latched                 | raise         | raised  | reopened             | withdraw notify
latched                 | lower raise   | raised  | reopened             | withdraw notify
latched                 | worse raise   | raised  | severity_rose        | withdraw notify
latched                 | clear         | cleared | already_cleared      |
latched                 | acknowledge   | closed  | acknowledged         | withdraw tell_taken
latched                 | unacknowledge | cleared | not_acknowledged     |
latched                 | shelve        | cleared | shelved              | withdraw tell_shelved
latched                 | unshelve      | cleared | not_shelved          |
latched                 | suppress      | cleared | suppressed           | withdraw
latched                 | unsuppress    | cleared | not_suppressed       |
latched                 | close         | closed  | closed               | withdraw tell_closed
latched                 | too early     | cleared | nothing_due          |
latched                 | deadline      | cleared | step                 | notify
latched, shelved        | raise         | raised  | reopened             | withdraw
latched, shelved        | lower raise   | raised  | reopened             | withdraw
latched, shelved        | worse raise   | raised  | severity_rose        | withdraw notify
latched, shelved        | clear         | cleared | already_cleared      |
latched, shelved        | acknowledge   | closed  | acknowledged         | withdraw tell_taken
latched, shelved        | unacknowledge | cleared | not_acknowledged     |
latched, shelved        | shelve        | cleared | shelved              | withdraw tell_shelved
latched, shelved        | unshelve      | cleared | unshelved            | notify
latched, shelved        | suppress      | cleared | suppressed           | withdraw
latched, shelved        | unsuppress    | cleared | not_suppressed       |
latched, shelved        | close         | closed  | closed               | withdraw tell_closed
latched, shelved        | too early     | cleared | nothing_due          |
latched, shelved        | deadline      | cleared | shelve_over          | notify
chattering, on          | raise         | raised  | repeated             |
chattering, on          | lower raise   | raised  | repeated             |
chattering, on          | worse raise   | raised  | severity_rose        | withdraw notify
chattering, on          | clear         | cleared | cleared              |
chattering, on          | acknowledge   | acked   | acknowledged         | withdraw tell_taken
chattering, on          | unacknowledge | raised  | not_acknowledged     |
chattering, on          | shelve        | raised  | shelved              | withdraw tell_shelved
chattering, on          | unshelve      | raised  | not_shelved          |
chattering, on          | suppress      | raised  | suppressed           | withdraw
chattering, on          | unsuppress    | raised  | not_suppressed       |
chattering, on          | close         | closed  | closed               | withdraw tell_closed
chattering, on          | too early     | raised  | nothing_due          |
chattering, on          | deadline      | raised  | calmed               | notify
chattering, off         | raise         | raised  | reopened             |
chattering, off         | lower raise   | raised  | reopened             |
chattering, off         | worse raise   | raised  | severity_rose        | withdraw notify
chattering, off         | clear         | cleared | already_cleared      |
chattering, off         | acknowledge   | acked   | acknowledged         | withdraw tell_taken
chattering, off         | unacknowledge | cleared | not_acknowledged     |
chattering, off         | shelve        | cleared | shelved              | withdraw tell_shelved
chattering, off         | unshelve      | cleared | not_shelved          |
chattering, off         | suppress      | cleared | suppressed           | withdraw
chattering, off         | unsuppress    | cleared | not_suppressed       |
chattering, off         | close         | closed  | closed               | withdraw tell_closed
chattering, off         | too early     | cleared | nothing_due          |
chattering, off         | deadline      | closed  | calmed               | withdraw tell_cleared
chattering, on, shelved | raise         | raised  | repeated             |
chattering, on, shelved | lower raise   | raised  | repeated             |
chattering, on, shelved | worse raise   | raised  | severity_rose        | withdraw notify
chattering, on, shelved | clear         | cleared | cleared              |
chattering, on, shelved | acknowledge   | acked   | acknowledged         | withdraw tell_taken
chattering, on, shelved | unacknowledge | raised  | not_acknowledged     |
chattering, on, shelved | shelve        | raised  | shelved              | withdraw tell_shelved
chattering, on, shelved | unshelve      | raised  | unshelved            |
chattering, on, shelved | suppress      | raised  | suppressed           | withdraw
chattering, on, shelved | unsuppress    | raised  | not_suppressed       |
chattering, on, shelved | close         | closed  | closed               | withdraw tell_closed
chattering, on, shelved | too early     | raised  | nothing_due          |
chattering, on, shelved | deadline      | raised  | calmed               |
chattering, on, taken   | raise         | acked   | repeated             |
chattering, on, taken   | lower raise   | acked   | repeated             |
chattering, on, taken   | worse raise   | raised  | severity_rose        | withdraw notify
chattering, on, taken   | clear         | acked   | cleared              |
chattering, on, taken   | acknowledge   | acked   | already_acknowledged |
chattering, on, taken   | unacknowledge | raised  | unacknowledged       | withdraw notify_flapping
chattering, on, taken   | shelve        | acked   | shelved              | withdraw tell_shelved
chattering, on, taken   | unshelve      | acked   | not_shelved          |
chattering, on, taken   | suppress      | acked   | suppressed           | withdraw
chattering, on, taken   | unsuppress    | acked   | not_suppressed       |
chattering, on, taken   | close         | closed  | closed               | withdraw tell_closed
chattering, on, taken   | too early     | acked   | nothing_due          |
chattering, on, taken   | deadline      | acked   | calmed               |
chattering, off, taken  | raise         | acked   | reopened             |
chattering, off, taken  | lower raise   | acked   | reopened             |
chattering, off, taken  | worse raise   | raised  | severity_rose        | withdraw notify
chattering, off, taken  | clear         | acked   | already_cleared      |
chattering, off, taken  | acknowledge   | acked   | already_acknowledged |
chattering, off, taken  | unacknowledge | cleared | unacknowledged       | withdraw notify_flapping
chattering, off, taken  | shelve        | acked   | shelved              | withdraw tell_shelved
chattering, off, taken  | unshelve      | acked   | not_shelved          |
chattering, off, taken  | suppress      | acked   | suppressed           | withdraw
chattering, off, taken  | unsuppress    | acked   | not_suppressed       |
chattering, off, taken  | close         | closed  | closed               | withdraw tell_closed
chattering, off, taken  | too early     | acked   | nothing_due          |
chattering, off, taken  | deadline      | closed  | calmed               | withdraw tell_cleared
just over               | raise         | raised  | reopened             | withdraw notify
just over               | lower raise   | raised  | reopened             | withdraw notify
just over               | worse raise   | raised  | severity_rose        | withdraw notify
just over               | clear         | closed  | over                 |
just over               | acknowledge   | closed  | over                 |
just over               | unacknowledge | closed  | over                 |
just over               | shelve        | closed  | over                 |
just over               | unshelve      | closed  | over                 |
just over               | suppress      | closed  | over                 |
just over               | unsuppress    | closed  | over                 |
just over               | close         | closed  | over                 |
just over               | too early     | closed  | over                 |
just over               | deadline      | closed  | over                 |
unheard                 | raise         | closed  | over                 |
unheard                 | lower raise   | closed  | over                 |
unheard                 | worse raise   | closed  | over                 |
unheard                 | clear         | closed  | over                 |
unheard                 | acknowledge   | closed  | over                 |
unheard                 | unacknowledge | closed  | over                 |
unheard                 | shelve        | closed  | over                 |
unheard                 | unshelve      | closed  | over                 |
unheard                 | suppress      | closed  | over                 |
unheard                 | unsuppress    | closed  | over                 |
unheard                 | close         | closed  | over                 |
unheard                 | too early     | closed  | over                 |
unheard                 | deadline      | closed  | over                 |
closed by hand          | raise         | closed  | over                 |
closed by hand          | lower raise   | closed  | over                 |
closed by hand          | worse raise   | closed  | over                 |
closed by hand          | clear         | closed  | over                 |
closed by hand          | acknowledge   | closed  | over                 |
closed by hand          | unacknowledge | closed  | over                 |
closed by hand          | shelve        | closed  | over                 |
closed by hand          | unshelve      | closed  | over                 |
closed by hand          | suppress      | closed  | over                 |
closed by hand          | unsuppress    | closed  | over                 |
closed by hand          | close         | closed  | over                 |
closed by hand          | too early     | closed  | over                 |
closed by hand          | deadline      | closed  | over                 |
"""
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize(("situation", "event", "state", "reason", "effects"), ROWS)
def test_table(*, situation: str, event: str, state: str, reason: str, effects: str) -> None:
    alarm, transition = happen(situation, event)
    told = transition.alarm
    assert (told.state, transition.reason) == (state, reason)
    assert list(transition.effects) == effects.split()
    assert transition.reason.changed or told == alarm
    assert bool(transition.steps) == bool({E.NOTIFY, E.NOTIFY_FLAPPING} & set(transition.effects))
    assert (told.closed_at is not None) == (told.state is S.CLOSED)
    assert (told.acked_by is not None) >= (told.state is S.ACKED)
    if told.state is S.CLOSED:
        assert (told.next_due, told.is_silenced, told.is_chattering) == (None, False, False)


def test_the_table_is_complete() -> None:
    assert [row[:2] for row in ROWS] == [(each, event) for each in SITUATIONS for event in EVENTS]
    assert {type(event) for event in EVENTS.values()} == set(Event.__args__)
    assert {happen(row[0], row[1])[0].state for row in ROWS} == set(AlarmState)


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
        transition = apply(pending(), Deadline(), NOW + 2 * MINUTE)
        assert transition.alarm.steps_from == NOW + 2 * MINUTE
        assert transition.alarm.next_due == NOW + 7 * MINUTE

    def test_a_policy_that_begins_later_is_silent_first(self) -> None:
        later = Policy(name="later", steps=(Step(after=10 * MINUTE, notify=()),))
        transition = born(later)
        assert (transition.effects, transition.alarm.next_due) == ((), NOW + 10 * MINUTE)


class TestRaise:
    def test_newer_words_replace_older_ones(self) -> None:
        event = replace(SAME, title="Pump 2", text="more water", labels={"floor": "1"})
        alarm = apply(born(PLAIN).alarm, event, NOW).alarm
        assert (alarm.title, alarm.text, alarm.labels) == ("Pump 2", "more water", {"floor": "1"})
        assert alarm.count == 2

    def test_missing_words_keep_the_older_ones(self) -> None:
        alarm = apply(born(PLAIN).alarm, SAME, NOW).alarm
        assert (alarm.title, alarm.text) == ("Pump", "water")

    def test_a_lower_severity_does_not_calm_it(self) -> None:
        assert apply(born(PLAIN).alarm, LOWER, NOW).alarm.severity is Severity.HIGH

    def test_a_higher_severity_brings_its_own_policy(self) -> None:
        alarm = apply(after(ACK_BERT), WORSE, NOW + MINUTE).alarm
        assert (alarm.severity, alarm.policy) == (Severity.CRITICAL, OTHER)
        assert (alarm.acked_at, alarm.acked_by) == (None, None)
        assert alarm.steps_from == NOW + MINUTE

    @pytest.mark.parametrize(
        ("told", "newest"), [(NOW - MINUTE, NOW), (NOW + MINUTE, NOW + MINUTE), (None, NOW)]
    )
    def test_the_newest_source_time_is_kept(self, told: datetime | None, newest: datetime) -> None:
        event = replace(SAME, source_time=told)
        assert apply(born(PLAIN).alarm, event, NOW).alarm.last_source_time == newest
        assert apply(born(PLAIN).alarm, Clear(source_time=told), NOW).alarm.last_source_time == newest


class TestOthers:
    def test_who_acknowledged_and_when(self) -> None:
        alarm = apply(born(PLAIN).alarm, ACK, NOW + MINUTE).alarm
        assert (alarm.acked_by, alarm.acked_at) == ("anna", NOW + MINUTE)

    def test_the_first_who_acknowledged_stays(self) -> None:
        assert apply(after(ACK_BERT), ACK, NOW + 5 * MINUTE).alarm.acked_by == "bert"

    def test_a_step_before_its_time_does_nothing(self) -> None:
        transition = apply(born(PLAIN).alarm, Deadline(), NOW + 4 * MINUTE)
        assert transition.reason is R.NOTHING_DUE

    def test_the_last_repeat_leaves_nothing_due(self) -> None:
        alarm = born(PLAIN).alarm
        for minute in (5, 10, 15):
            alarm = apply(alarm, Deadline(), NOW + minute * MINUTE).alarm
        assert alarm.next_due is None
        assert alarm.step == 4
        assert apply(alarm, Deadline(), NOW + timedelta(days=1)).reason is R.NOTHING_DUE

    def test_an_alarm_of_an_older_journal_counts_its_steps_from_the_raise(self) -> None:
        old = replace(born(PLAIN).alarm, steps_from=None)
        assert apply(old, Deadline(), NOW + 5 * MINUTE).alarm.next_due == NOW + 10 * MINUTE


class TestSilence:
    def test_the_same_again_changes_nothing(self) -> None:
        assert apply(after(SHELVE), SHELVE, NOW).reason is R.ALREADY_SHELVED

    def test_only_its_own_end_ends_a_suppression(self) -> None:
        suppressed = after(SUPPRESS)
        assert apply(suppressed, Unsuppress(by="another"), NOW).reason is R.NOT_SUPPRESSED
        assert apply(suppressed, Unsuppress(by=SUPPRESS.by), NOW).effects == (E.NOTIFY,)

    def test_people_are_told_when_the_last_of_both_is_over(self) -> None:
        both = after(SHELVE, SUPPRESS)
        assert apply(both, Unshelve(), NOW).effects == ()
        assert apply(apply(both, Unshelve(), NOW).alarm, Unsuppress(), NOW).effects == (E.NOTIFY,)

    def test_a_rising_severity_ends_both(self) -> None:
        alarm = apply(after(SHELVE, SUPPRESS), WORSE, NOW).alarm
        assert (alarm.shelved_until, alarm.shelved_by, alarm.suppressed_by) == (None, None, None)

    def test_a_rising_severity_that_is_suppressed_too_stays_silent(self) -> None:
        event = replace(WORSE, suppressed_by="maintenance/all")
        transition = apply(after(SHELVE), event, NOW)
        assert (transition.alarm.suppressed_by, transition.effects) == ("maintenance/all", (E.WITHDRAW,))

    def test_the_steps_begin_anew_at_its_end(self) -> None:
        transition = apply(after(SHELVE), Deadline(), SHELVE.until + MINUTE)
        assert transition.alarm.steps_from == SHELVE.until + MINUTE
        assert transition.alarm.next_due == SHELVE.until + 6 * MINUTE

    def test_a_new_alarm_may_be_suppressed_from_the_beginning(self) -> None:
        event = Raise(severity=Severity.HIGH, policy=PLAIN, suppressed_by="maintenance/all")
        transition = begin(alarm_id="a", source="plc", key="pump", code="4711", event=event, now=NOW)
        assert (transition.reason, transition.effects) == (R.RAISED, ())

    def test_so_may_one_that_is_opened_again(self) -> None:
        transition = apply(after(Clear()), replace(SAME, suppressed_by="maintenance/all"), NOW)
        assert (transition.reason, transition.effects) == (R.REOPENED, (E.WITHDRAW,))


class TestReopen:
    CALLED = Policy(
        name="called",
        steps=(
            Step(after=timedelta(0), notify=(), channels=(Channel.SMS, Channel.CALL)),
            Step(after=MINUTE, notify=(), channels=(Channel.CALL,)),
        ),
    )

    @pytest.mark.parametrize(("minutes", "reason"), [(10, R.REOPENED), (11, R.OVER), (-1, R.OVER)])
    def test_soon_after_the_clear(self, minutes: int, reason: Reason) -> None:
        assert apply(after(Clear()), SAME, NOW + minutes * MINUTE).reason is reason

    def test_never_where_the_policy_says_so(self) -> None:
        policy = replace(PLAIN, reopen_within=timedelta(0))
        assert apply(after(Clear(), policy=policy), SAME, NOW).reason is R.OVER

    def test_a_latched_one_is_the_same_however_late_and_then_it_is_loud_as_ever(self) -> None:
        latched = after(Clear(), policy=replace(self.CALLED, latch=True))
        transition = apply(latched, SAME, NOW + timedelta(days=1))
        assert transition.reason is R.REOPENED
        assert transition.steps == (self.CALLED.steps[0],)

    def test_no_telephone_rings_at_once(self) -> None:
        transition = apply(after(Clear(), policy=self.CALLED), SAME, NOW + MINUTE)
        assert [step.channels for step in transition.steps] == [(Channel.SMS,)]
        later = apply(transition.alarm, Deadline(), NOW + 2 * MINUTE)
        assert later.steps == (self.CALLED.steps[1],)

    def test_unless_there_is_no_other_way(self) -> None:
        policy = replace(self.CALLED, steps=(replace(self.CALLED.steps[1], after=timedelta(0)),))
        assert apply(after(Clear(), policy=policy), SAME, NOW).steps == policy.steps

    def test_unless_it_is_more_severe(self) -> None:
        event = replace(WORSE, policy=self.CALLED)
        transition = apply(after(Clear(), policy=self.CALLED), event, NOW)
        assert transition.steps == (self.CALLED.steps[0],)

    def test_the_code_and_the_count_go_on_and_nobody_has_it(self) -> None:
        alarm = apply(after(ACK, Clear()), SAME, NOW).alarm
        assert (alarm.code, alarm.count, alarm.acked_by) == ("4711", 2, None)


class TestChattering:
    def test_three_times_in_the_window(self) -> None:
        alarm = after()
        reasons = []
        for minute in (0, 4, 8, 12):
            gone = apply(alarm, Clear(), NOW + minute * MINUTE).alarm
            transition = apply(gone, SAME, NOW + (minute + 2) * MINUTE)
            alarm = transition.alarm
            reasons.append(transition.reason)
        # At the third one, 2, 6 and 10 are within ten minutes.
        assert reasons == [R.REOPENED, R.REOPENED, R.CHATTERING, R.REOPENED]

    def test_not_when_it_is_slower(self) -> None:
        alarm = after()
        for minute in range(0, 60, 6):
            gone = apply(alarm, Clear(), NOW + minute * MINUTE).alarm
            alarm = apply(gone, SAME, NOW + (minute + 1) * MINUTE).alarm
        assert not alarm.is_chattering
        assert len(alarm.reopened_at) == 2

    def test_everybody_on_the_ladder_hears_so_and_nobody_is_called(self) -> None:
        sms, call, unnamed = (
            Step(after=n * MINUTE, notify=("anna",), channels=channels)
            for n, channels in enumerate([(Channel.SMS,), (Channel.CALL,), ()])
        )
        policy = Policy(name="p", steps=(sms, call, unnamed))
        alarm = after(*FLAPS[:-1], policy=policy)
        assert apply(alarm, SAME, NOW).steps == (sms, unnamed)

    def test_a_digest_every_half_hour(self) -> None:
        alarm = after(*FLAPS)
        told = []
        for minute in range(1, 100):
            now = NOW + minute * MINUTE
            alarm = apply(alarm, Clear() if minute % 2 else SAME, now).alarm
            transition = apply(alarm, Deadline(), now)
            alarm = transition.alarm
            if transition.reason is R.DIGEST:
                told.append(minute)
        assert told == [30, 60, 90]

    def test_no_digest_while_it_is_shelved(self) -> None:
        alarm = after(*FLAPS, SHELVE, SUPPRESS)
        assert alarm.next_due == NOW + 20 * MINUTE
        held_up = replace(alarm, digest_at=NOW, next_due=NOW)
        assert apply(held_up, Deadline(), NOW).effects == (E.WITHDRAW,)

    def test_a_latched_one_waits_for_somebody_when_it_is_calm(self) -> None:
        alarm = after(*FLAPS, Clear(), policy=LATCHING)
        transition = apply(alarm, Deadline(), NOW + 20 * MINUTE)
        assert (transition.alarm.state, transition.effects) == (S.CLEARED, (E.WITHDRAW, E.TELL_CLEARED))
        assert transition.alarm.next_due == NOW + 25 * MINUTE

    def test_one_that_was_calm_begins_to_count_anew(self) -> None:
        alarm = apply(after(*FLAPS), Deadline(), NOW + 20 * MINUTE).alarm
        assert (alarm.reopened_at, alarm.is_chattering) == ((), False)


class TestAcknowledgedByAll:
    ALL = replace(PLAIN, acknowledge_by=AcknowledgeBy.ALL)
    BOTH = frozenset({"anna", "bert"})

    def test_the_last_one_takes_it(self) -> None:
        first = apply(after(policy=self.ALL), Acknowledge(by="anna", needed=self.BOTH), NOW)
        assert (first.reason, first.effects) == (R.PARTLY_ACKNOWLEDGED, (E.SPARE,))
        assert (first.alarm.state, first.alarm.next_due) == (S.RAISED, NOW + 5 * MINUTE)
        again = apply(first.alarm, Acknowledge(by="anna", needed=self.BOTH), NOW)
        assert again.reason is R.ALREADY_ACKNOWLEDGED
        last = apply(first.alarm, Acknowledge(by="bert", needed=self.BOTH), NOW)
        assert (last.alarm.state, last.alarm.acked_people) == (S.ACKED, ("anna", "bert"))

    def test_whoever_left_is_not_waited_for(self) -> None:
        first = apply(after(policy=self.ALL), Acknowledge(by="anna", needed=self.BOTH), NOW).alarm
        assert apply(first, Acknowledge(by="anna", needed=frozenset({"anna"})), NOW).alarm.state is S.ACKED

    def test_given_back_is_given_back_by_all(self) -> None:
        taken = apply(after(policy=self.ALL), Acknowledge(by="anna"), NOW).alarm
        assert apply(taken, Unacknowledge(), NOW).alarm.acked_people == ()


class TestReminders:
    REMINDING = replace(PLAIN, remind_every=30 * MINUTE)

    def test_as_long_as_the_cause_lasts(self) -> None:
        alarm = after(ACK, policy=self.REMINDING)
        assert alarm.next_due == NOW + 30 * MINUTE
        for number in (1, 2, 3):
            transition = apply(alarm, Deadline(), NOW + number * 30 * MINUTE)
            assert (transition.reason, transition.effects) == (R.REMINDED, (E.REMIND,))
            alarm = transition.alarm
        assert apply(alarm, Clear(), NOW).alarm.next_due is None

    def test_after_a_stop_there_is_one(self) -> None:
        transition = apply(after(ACK, policy=self.REMINDING), Deadline(), NOW + 100 * MINUTE)
        assert transition.alarm.next_due == NOW + 130 * MINUTE

    def test_not_while_it_is_shelved_but_then(self) -> None:
        alarm = after(ACK, SHELVE, policy=self.REMINDING)
        assert alarm.next_due == SHELVE.until
        back = apply(alarm, Deadline(), SHELVE.until)
        assert (back.reason, back.effects) == (R.SHELVE_OVER, ())
        assert apply(back.alarm, Deadline(), SHELVE.until).effects == (E.REMIND,)


class TestUntilCleared:
    LASTING = Policy(
        name="lasting", steps=(EVERY_FIVE,), until=Until.CLEARED, remind_every=5 * MINUTE, latch=True
    )

    def test_the_steps_go_on_although_somebody_has_it(self) -> None:
        alarm = after(ACK, policy=self.LASTING)
        transition = apply(alarm, Deadline(), NOW + 5 * MINUTE)
        assert (transition.reason, transition.effects) == (R.STEP, (E.NOTIFY, E.REMIND))

    def test_a_step_that_came_due_just_before_is_not_lost(self) -> None:
        alarm = apply(after(policy=self.LASTING), ACK, NOW + 6 * MINUTE).alarm
        assert apply(alarm, Deadline(), NOW + 6 * MINUTE).effects == (E.NOTIFY,)

    def test_the_clear_ends_them_latched_or_not(self) -> None:
        assert after(Clear(), policy=self.LASTING).next_due is None
        assert after(ACK, Clear(), policy=self.LASTING).state is S.CLOSED

    def test_they_begin_anew_when_a_taken_one_has_calmed(self) -> None:
        alarm = after(*FLAPS, ACK, policy=replace(self.LASTING, remind_every=None, latch=False))
        assert apply(alarm, Deadline(), NOW + 20 * MINUTE).effects == (E.NOTIFY,)


class TestTimeToLive:
    @pytest.mark.parametrize(
        ("policy", "reason", "effects"),
        [(PLAIN, R.LAPSED, (E.WITHDRAW, E.TELL_CLEARED)), (HOLDING, R.CLEARED_UNSENT, ())],
    )
    def test_it_is_over_when_its_source_says_nothing_more(
        self, policy: Policy, reason: Reason, effects: tuple[Effect, ...]
    ) -> None:
        event = Raise(severity=Severity.HIGH, policy=policy, ttl=MINUTE / 2)
        alarm = begin(alarm_id="a", source="plc", key="pump", code="4711", event=event, now=NOW).alarm
        transition = apply(alarm, Deadline(), NOW + MINUTE / 2)
        assert (transition.reason, transition.effects) == (reason, effects)
        assert transition.alarm.state is S.CLOSED

    def test_every_raise_makes_it_live_on(self) -> None:
        alarm = after(replace(SAME, ttl=MINUTE))
        assert alarm.next_due == NOW + MINUTE
        alarm = apply(alarm, replace(SAME, ttl=MINUTE), NOW + MINUTE / 2).alarm
        assert alarm.next_due == NOW + MINUTE * 1.5
        assert apply(alarm, SAME, NOW).alarm.ends_at is None
