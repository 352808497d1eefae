"""Whole lives of an alarm beside a model of what the page on alarms says, in minutes and plain words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from alert_engine.decisions.alarm_events import (
    Acknowledge,
    Clear,
    Close,
    Deadline,
    Effect,
    Event,
    Raise,
    Shelve,
    Suppress,
    Unacknowledge,
    Unshelve,
    Unsuppress,
)
from alert_engine.decisions.alarm_machine import apply, begin
from alert_engine.model import AlarmState, Policy, Severity, Step

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EVERY, HOLD, REOPEN, DIGEST = 5, 3, 10, 30  # minutes
STEP = Step(after=timedelta(0), notify=(), repeat=-1, every=EVERY * MINUTE)


@dataclass
class Model:
    """One alarm as the page has it. `loud` counts how often people were told that it is on."""

    latch: bool
    held: bool
    severity: Severity = Severity.NORMAL
    now: int = 0
    loud: int = 0
    active: bool = True
    taken: bool = False
    over: bool = False
    heard: bool = False
    cleared: int | None = None
    ladder: int = 0  # since when
    shelf: int | None = None
    suppressed: bool = False
    back: list[int] = field(default_factory=list)
    calm: int | None = None
    digest: int | None = None

    @property
    def silent(self) -> bool:
        return self.suppressed or self.shelf is not None

    @property
    def climbs(self) -> bool:
        return not (self.over or self.held or self.taken or self.silent or self.calm is not None)

    def begin(self) -> None:
        self.ladder, self.heard, self.held = self.now, True, False
        self.loud += self.climbs

    def alarming(self) -> None:
        self.active, self.taken, self.over, self.held = True, False, False, False
        self.cleared = self.calm = self.digest = None
        self.begin()

    def flapping(self) -> None:
        self.digest = self.now + DIGEST
        self.loud += not self.silent

    def end(self) -> None:
        self.over, self.shelf, self.suppressed, self.calm, self.digest = True, None, False, None, None

    def raised(self, severity: Severity) -> None:
        soon = self.cleared is not None and self.now - self.cleared <= REOPEN
        if self.over and not (soon and self.heard):
            return
        if severity.rank > self.severity.rank:
            self.severity, self.shelf, self.suppressed, self.back = severity, None, False, []
            self.alarming()
        elif not self.active or self.over:
            self.returned(soon=soon)

    def returned(self, *, soon: bool) -> None:
        if self.calm is not None:
            self.active, self.cleared, self.calm = True, None, self.now + 2 * REOPEN
            return
        self.back = [*(at for at in self.back if self.now - at < REOPEN), self.now] if soon else []
        if len(self.back) < 3:
            self.alarming()
            return
        self.active, self.taken, self.over, self.cleared = True, False, False, None
        self.ladder, self.calm = self.now, self.now + 2 * REOPEN
        self.flapping()

    def clears(self) -> None:
        if self.over or not self.active:
            return
        self.active, self.cleared = False, self.now
        if self.calm is not None:
            self.calm = self.now + 2 * REOPEN
        elif self.held or self.taken or not self.latch:
            self.end()

    def acknowledges(self) -> None:
        if self.over or self.taken:
            return
        self.taken, self.held, self.heard, self.digest = True, False, True, None
        if not self.active and self.calm is None:
            self.end()

    def gives_back(self) -> None:
        if self.over or not self.taken:
            return
        self.taken = False
        if self.calm is None:
            self.alarming()
        else:
            self.flapping()

    def audible(self) -> None:
        if self.climbs:
            self.begin()

    def next(self) -> int | None:
        if self.over:
            return None
        step = self.ladder + ((self.now - self.ladder) // EVERY + 1) * EVERY if self.climbs else None
        digest = None if self.silent or self.taken else self.digest
        moments = [self.shelf, HOLD if self.held else None, self.calm, digest, step]
        return min((moment for moment in moments if moment is not None), default=None)

    def due(self) -> None:
        """What was due at `now`, one thing only."""
        if self.shelf is not None and self.shelf <= self.now:
            self.shelf = None
            self.audible()
        elif self.held:
            self.alarming()
        elif self.calm is not None and self.calm <= self.now:
            self.calm, self.digest, self.back = None, None, []
            if self.active:
                self.audible()
            elif self.taken or not self.latch:
                self.end()
            else:
                self.ladder = self.now
        elif self.digest is not None and self.digest <= self.now:
            self.flapping()
        else:
            self.loud += 1  # a step

    @property
    def state(self) -> AlarmState:
        if self.over:
            return AlarmState.CLOSED
        if self.held:
            return AlarmState.PENDING
        if self.taken:
            return AlarmState.ACKED
        return AlarmState.RAISED if self.active else AlarmState.CLEARED


class AlarmLife(RuleBasedStateMachine):
    """The same happens to an alarm and to the model."""

    @initialize(latch=st.booleans(), hold=st.booleans())
    def start(self, *, latch: bool, hold: bool) -> None:
        self.policy = Policy(name="p", steps=(STEP,), latch=latch, hold=HOLD * MINUTE if hold else None)
        event = Raise(severity=Severity.NORMAL, policy=self.policy)
        transition = begin(alarm_id="a", source="plc", key="pump", code="4711", event=event, now=NOW)
        self.alarm, self.loud = transition.alarm, len(transition.effects)
        self.model = Model(latch=latch, held=hold)
        if not hold:
            self.model.begin()

    @property
    def now(self) -> datetime:
        return NOW + self.model.now * MINUTE

    def take(self, event: Event) -> None:
        before = self.alarm
        transition = apply(before, event, self.now)
        assert transition.reason.changed or transition.alarm == before
        self.alarm = transition.alarm
        self.loud += bool({Effect.NOTIFY, Effect.NOTIFY_FLAPPING} & set(transition.effects))
        if not isinstance(event, Deadline):
            # Whatever it was: the same again changes at most the counter, and sends nothing.
            again = apply(self.alarm, event, self.now)
            assert again.effects == ()
            assert again.alarm.state is self.alarm.state

    @rule(severity=st.sampled_from(Severity))
    def raised(self, severity: Severity) -> None:
        self.take(Raise(severity=severity, policy=self.policy))
        self.model.raised(severity)

    @rule()
    def clears(self) -> None:
        self.take(Clear())
        self.model.clears()

    @rule()
    def comes_and_goes(self) -> None:
        for _ in range(3):
            self.clears()
            self.raised(Severity.INFO)

    @rule()
    def acknowledges(self) -> None:
        self.take(Acknowledge(by="anna"))
        self.model.acknowledges()

    @rule()
    def gives_back(self) -> None:
        self.take(Unacknowledge())
        self.model.gives_back()

    @rule(minutes=st.integers(1, 60))
    def shelves(self, minutes: int) -> None:
        self.take(Shelve(by="anna", until=self.now + minutes * MINUTE))
        if not self.model.over:
            self.model.shelf = self.model.now + minutes

    @rule()
    def unshelves(self) -> None:
        self.take(Unshelve())
        if self.model.shelf is not None:
            self.model.shelf = None
            self.model.audible()

    @rule()
    def maintenance_begins(self) -> None:
        self.take(Suppress(by="work"))
        self.model.suppressed = not self.model.over

    @rule()
    def maintenance_ends(self) -> None:
        self.take(Unsuppress(by="work"))
        if self.model.suppressed:
            self.model.suppressed = False
            self.model.audible()

    @rule()
    def closes(self) -> None:
        self.take(Close())
        if not self.model.over:
            self.model.end()
            self.model.back = []

    @rule(minutes=st.integers(1, 15))
    def waits(self, minutes: int) -> None:
        end = self.model.now + minutes
        while (moment := self.model.next()) is not None and moment <= end:
            self.model.now = max(self.model.now, moment)
            self.take(Deadline())
            self.model.due()
        self.model.now = end
        self.take(Deadline())

    @precondition(lambda self: self.model.over)
    @rule()
    def is_over_for_good(self) -> None:
        self.waits(REOPEN + 1)
        before = self.alarm
        self.raised(Severity.CRITICAL)
        assert self.alarm == before

    @invariant()
    def agree(self) -> None:
        assert self.alarm.state is self.model.state
        assert self.alarm.severity is self.model.severity
        assert self.loud == self.model.loud
        moment = self.model.next()
        assert self.alarm.next_due == (None if moment is None else NOW + moment * MINUTE)
        assert self.alarm.is_silenced == self.model.silent
        assert len(self.alarm.reopened_at) <= 3


TestAlarmLife = AlarmLife.TestCase
TestAlarmLife.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
