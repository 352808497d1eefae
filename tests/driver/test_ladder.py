"""The recovery ladder as a table: which rung comes when, and that it is capped. No modem, no clock."""

from __future__ import annotations

import errno
import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver import (
    CmeError,
    CmsError,
    LinkLostError,
    ModemFault,
    ModemTimeoutError,
    NotAModemError,
    PinRejectedError,
    PinRequiredError,
    PortUnavailableError,
    PukRequiredError,
    RecoveryReason,
    RecoveryRung,
    ResponseError,
    SendRejectedError,
    SimError,
    SimNotReadyError,
    UsageError,
)
from gsm_driver.errors import ErrorClass, LossCause
from gsm_driver.faults import ADVICE, fault_of
from gsm_driver.ladder import (
    LIMIT,
    LOOKS,
    MILD,
    PLANS,
    REBOOT_WINDOW,
    SETTLE_LOOK,
    SETTLE_TIME,
    WINDOW,
    RecoveryHistory,
    decide,
)
from gsm_driver.models import SendPhase

ALL = frozenset({*MILD, *(RecoveryRung(rung) for rung in (3, 5, 6, 7))})
RESET_ONLY = MILD | {RecoveryRung.RESET}
NEVER_CLIMBS = (
    ModemFault.PORT_HELD,
    ModemFault.RESTARTED,
    ModemFault.REBOOT_LOOP,
    ModemFault.SIM_NOT_READY,
    ModemFault.SIM_LOCKED,
    ModemFault.REFUSED,
    ModemFault.OTHER,
)


class Story:
    """A fault that stays, and the steps against it; nothing ever helps unless the story says so."""

    def __init__(self, allowed: frozenset[RecoveryRung]) -> None:
        self.allowed = allowed
        self.now = 1_000.0
        self.history = RecoveryHistory()
        self.done: list[tuple[float, RecoveryRung, RecoveryReason]] = []  # without REOPEN

    def go_on(self, fault: ModemFault, seconds: float) -> None:
        end = self.now + seconds
        self.history = self.history.noted(fault, self.now)
        while True:
            step = decide(self.history, fault, self.now, allowed=self.allowed)
            if self.now + step.delay > end:
                self.now = end
                return
            self.now += step.delay
            self.history = self.history.after(step, self.now)
            if step.rung is not RecoveryRung.REOPEN:
                self.done.append((round(self.now - 1_000.0), step.rung, step.reason))

    def recover(self) -> None:
        self.history = self.history.well()


def rungs(story: Story) -> list[tuple[float, int]]:
    return [(at, int(rung)) for at, rung, _ in story.done]


@pytest.mark.parametrize(
    ("fault", "allowed", "expected"),
    [
        # 30 s, 2 min, 10 min, then a person, then hourly the strongest
        (ModemFault.SILENT, ALL, [(10, 3), (40, 5), (160, 6), (760, 7), (880, 8), (4360, 7), (7960, 7)]),
        (ModemFault.SILENT, RESET_ONLY, [(30, 5), (150, 8), (3630, 5), (7230, 5)]),
        (ModemFault.SILENT, MILD, [(120, 8)]),
        (ModemFault.INIT_FAILED, RESET_ONLY, [(30, 5), (150, 8), (3630, 5), (7230, 5)]),
        (ModemFault.PORT_GONE, RESET_ONLY, [(120, 8)]),
        (ModemFault.PORT_GONE, ALL, [(120, 7), (240, 8), (3720, 7), (7320, 7)]),
        (ModemFault.NOT_REGISTERED, RESET_ONLY, [(0, 4), (600, 5), (720, 8), (3600, 4), (7200, 4)]),
        (ModemFault.NOT_REGISTERED, frozenset(), [(120, 8)]),
        (ModemFault.REGISTRATION_DENIED, ALL, [(0, 4), (120, 8)]),
        (ModemFault.REGISTRATION_DENIED, frozenset(), [(120, 8)]),
        (ModemFault.PORT_HELD, ALL, [(30, 8)]),
        (ModemFault.SIM_NOT_READY, ALL, [(0, 8)]),
        (ModemFault.SIM_LOCKED, ALL, [(0, 8)]),
        (ModemFault.REFUSED, ALL, [(120, 8)]),
        (ModemFault.OTHER, ALL, [(120, 8)]),
        (ModemFault.RESTARTED, ALL, [(120, 8)]),
        (ModemFault.REBOOT_LOOP, ALL, [(0, 8)]),
    ],
)
def test_the_rungs_come_in_order_and_are_backed_off(
    fault: ModemFault, allowed: frozenset[RecoveryRung], expected: list[tuple[float, int]]
) -> None:
    story = Story(allowed)
    story.go_on(fault, 8_000)
    assert rungs(story) == expected


def test_every_fault_has_a_plan_and_advice() -> None:
    assert set(PLANS) == set(ADVICE) == set(ModemFault)
    assert not any(text.endswith(".") for text in ADVICE.values())


def test_opening_is_tried_often_and_the_pauses_are_the_callers() -> None:
    history = RecoveryHistory().noted(ModemFault.PORT_GONE, 0.0)
    now, pauses = 0.0, []
    for _ in range(6):
        step = decide(history, ModemFault.PORT_GONE, now, looks=(1.0, 4.0))
        assert step.rung is RecoveryRung.REOPEN
        now += step.delay
        pauses.append((step.delay, step.reason))
        history = history.after(step, now)
    assert pauses == [(1.0, RecoveryReason.FIRST), *[(4.0, RecoveryReason.AGAIN)] * 5]


def test_a_modem_that_we_restarted_gets_two_minutes_and_is_looked_for_often() -> None:
    story = Story(RESET_ONLY)
    story.go_on(ModemFault.SILENT, 31)
    assert story.history.is_settling(story.now)
    for fault in (ModemFault.SILENT, ModemFault.PORT_GONE, ModemFault.SIM_NOT_READY, ModemFault.RESTARTED):
        step = decide(story.history, fault, story.now, allowed=RESET_ONLY)
        assert (step.rung, step.reason, step.delay) == (
            RecoveryRung.REOPEN,
            RecoveryReason.SETTLING,
            SETTLE_LOOK,
        )
    assert not story.history.is_settling(story.now + SETTLE_TIME)


def test_a_rung_that_helped_twice_within_the_hour_goes_to_the_person() -> None:
    story = Story(RESET_ONLY)
    for _ in range(3):
        story.go_on(ModemFault.SILENT, 60)
        story.recover()
        story.now += 600
    story.go_on(ModemFault.SILENT, 3_600)
    assert [(rung, reason) for _, rung, reason in story.done] == [
        (RecoveryRung.RESET, RecoveryReason.FIRST),
        (RecoveryRung.RESET, RecoveryReason.FIRST),
        (RecoveryRung.HUMAN, RecoveryReason.TOO_OFTEN),
        (RecoveryRung.HUMAN, RecoveryReason.TOO_OFTEN),
        (RecoveryRung.RESET, RecoveryReason.HOURLY),
    ]


def test_success_ends_the_climb() -> None:
    story = Story(ALL)
    story.go_on(ModemFault.SILENT, 41)
    story.recover()
    assert story.history.taken == ()
    story.now += 2 * WINDOW
    story.go_on(ModemFault.SILENT, 11)
    assert story.done[-1][1:] == (RecoveryRung.SIBLING, RecoveryReason.FIRST)


def test_a_fault_that_changes_its_face_does_not_begin_the_climb_anew() -> None:
    story = Story(ALL)
    story.go_on(ModemFault.SILENT, 200)
    story.go_on(ModemFault.PORT_GONE, 30)
    story.go_on(ModemFault.SILENT, 600)
    assert [rung for _, rung in rungs(story)] == [3, 5, 6, 7]


def test_restarts_are_counted_and_called_by_their_name() -> None:
    """Three by itself within ten minutes: the supply is too weak (quirks 5.10)."""
    story = Story(ALL)
    for fault in (ModemFault.RESTARTED, ModemFault.PORT_GONE, ModemFault.RESTARTED):
        assert not story.history.is_looping(story.now)
        story.history = story.history.noted(fault, story.now, was_open=True)
        story.now += 100
    step = decide(story.history, ModemFault.PORT_GONE, story.now, allowed=ALL)
    assert (step.rung, step.fault, step.reason) == (
        RecoveryRung.HUMAN,
        ModemFault.REBOOT_LOOP,
        RecoveryReason.POWER_SUPPLY,
    )
    story.history = story.history.after(step, story.now)
    again = decide(story.history, ModemFault.PORT_GONE, story.now, allowed=ALL)
    assert (again.rung, again.delay) == (RecoveryRung.REOPEN, LOOKS[0])
    assert decide(story.history, ModemFault.SILENT, story.now).fault is ModemFault.SILENT
    assert not story.history.is_looping(story.now + REBOOT_WINDOW)


def test_what_we_restarted_and_what_never_worked_is_no_restart_of_its_own() -> None:
    story = Story(RESET_ONLY)
    story.go_on(ModemFault.SILENT, 31)
    for _ in range(3):
        story.history = story.history.noted(ModemFault.RESTARTED, story.now, was_open=True)
        story.history = story.history.noted(ModemFault.PORT_GONE, story.now + SETTLE_TIME)
        story.history = story.history.noted(ModemFault.SILENT, story.now + SETTLE_TIME, was_open=True)
    assert story.history.restarts == ()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (ModemFault.SIM_NOT_READY, [30, 120, 300, 300]),
        (ModemFault.SIM_LOCKED, [300, 300, 300, 300]),  # whoever put it right may have told nobody
    ],
)
def test_a_sim_that_needs_a_person_is_looked_at_rarely(fault: ModemFault, expected: list[float]) -> None:
    story = Story(ALL)
    story.go_on(fault, 0)
    pauses = []
    for _ in expected:
        step = decide(story.history, fault, story.now, allowed=ALL)
        assert step.rung is RecoveryRung.REOPEN
        pauses.append(step.delay)
        story.now += step.delay
        story.history = story.history.after(step, story.now)
    assert pauses == expected


# --- whatever happens ---

moments = st.floats(min_value=0.0, max_value=5_000.0)
happenings = st.lists(
    st.one_of(st.tuples(st.sampled_from(list(ModemFault)), moments), st.tuples(st.just(None), moments)),
    max_size=30,
)
means = st.frozensets(st.sampled_from(sorted(ALL)))


@given(happenings, means)
def test_no_rough_rung_is_used_more_than_twice_within_any_hour(
    story_of: list[tuple[ModemFault | None, float]], allowed: frozenset[RecoveryRung]
) -> None:
    story = Story(allowed)
    for fault, seconds in story_of:
        if fault is None:
            story.recover()
            story.now += seconds
        else:
            story.go_on(fault, seconds)
    for rung in (RecoveryRung.CYCLE_RADIO, RecoveryRung.RESET, RecoveryRung.REBIND, RecoveryRung.POWER):
        times = [at for at, done, _ in story.done if done is rung]
        assert all(third - first >= WINDOW - 2 for first, third in zip(times, times[LIMIT:], strict=False))


@given(happenings, means)
def test_only_what_is_allowed_is_done_and_a_trouble_climbs(
    story_of: list[tuple[ModemFault | None, float]], allowed: frozenset[RecoveryRung]
) -> None:
    story = Story(allowed)
    for fault, seconds in story_of:
        begin = len(story.done)
        if fault is None:
            story.recover()
            continue
        story.go_on(fault, seconds)
        done = story.done[begin:]
        assert {rung for _, rung, _ in done} <= allowed | {RecoveryRung.HUMAN}
        climb = [
            rung
            for _, rung, reason in done
            if reason is not RecoveryReason.HOURLY and rung is not RecoveryRung.HUMAN
        ]
        assert all(lower < higher for lower, higher in itertools.pairwise(climb))
        if fault in NEVER_CLIMBS:
            assert climb == []


@given(happenings, means, st.sampled_from(list(ModemFault)))
def test_there_is_always_a_next_step(
    story_of: list[tuple[ModemFault | None, float]], allowed: frozenset[RecoveryRung], last: ModemFault
) -> None:
    story = Story(allowed)
    for fault, seconds in story_of:
        if fault is not None:
            story.go_on(fault, seconds)
    step = decide(story.history, last, story.now, allowed=allowed)
    assert step.delay >= 0
    assert math.isfinite(step.delay) or step.rung is RecoveryRung.HUMAN


# --- which fault it is ---


def caused(code: int) -> PortUnavailableError:
    error = PortUnavailableError("cannot be opened")
    error.__cause__ = OSError(code, "")
    return error


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (PortUnavailableError("missing"), ModemFault.PORT_GONE),
        (caused(errno.ENOENT), ModemFault.PORT_GONE),
        (caused(errno.ECONNREFUSED), ModemFault.PORT_GONE),
        (caused(errno.EBUSY), ModemFault.PORT_HELD),
        (caused(errno.EACCES), ModemFault.PORT_HELD),
        (caused(errno.EIO), ModemFault.SILENT),
        (NotAModemError("silent"), ModemFault.SILENT),
        (LinkLostError("unplugged"), ModemFault.PORT_GONE),
        (LinkLostError("dead", cause=LossCause.SILENT), ModemFault.SILENT),
        (LinkLostError("again", cause=LossCause.RESTARTED), ModemFault.RESTARTED),
        (LinkLostError("closed", cause=LossCause.CLOSED), ModemFault.OTHER),
        (LinkLostError("defect", cause=LossCause.DEFECT), ModemFault.OTHER),
        (ModemTimeoutError("AT+CPIN", 20), ModemFault.INIT_FAILED),
        (ResponseError("+CPIN", "nonsense"), ModemFault.INIT_FAILED),
        (CmeError("AT+CPIN", "+CME ERROR: 100", 100, ErrorClass.DEVICE), ModemFault.INIT_FAILED),
        (CmsError("AT+CMGS", "+CMS ERROR: 300", 300, ErrorClass.DEVICE), ModemFault.REFUSED),
        (
            SendRejectedError("no", segment=0, phase=SendPhase.SUBMITTED, error_class=ErrorClass.RECIPIENT),
            ModemFault.REFUSED,
        ),
        (UsageError("no"), ModemFault.REFUSED),
        (SimNotReadyError("no card"), ModemFault.SIM_NOT_READY),
        (SimError("locked"), ModemFault.SIM_LOCKED),
        (PinRequiredError("PIN"), ModemFault.SIM_LOCKED),
        (PinRejectedError("PIN"), ModemFault.SIM_LOCKED),
        (PukRequiredError("PUK"), ModemFault.SIM_LOCKED),
        (ZeroDivisionError(), ModemFault.OTHER),
    ],
)
def test_an_error_says_which_fault_it_is(error: Exception, fault: ModemFault) -> None:
    """A bad number or a CMS error is never a reason to climb."""
    assert fault_of(error) is fault
    if isinstance(error, CmsError | SendRejectedError | UsageError):
        assert fault in NEVER_CLIMBS
