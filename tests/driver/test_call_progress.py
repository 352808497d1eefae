"""One call as a state machine: what ends it, what it is called then, and what is due when."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver import CallOutcome, CallState
from gsm_driver.at.calls import CallChange
from gsm_driver.at.responses import CurrentCall
from gsm_driver.call_progress import CallProgress, CallTask

ACTIVE, DIALLING, ALERTING = CallState.ACTIVE, CallState.DIALLING, CallState.ALERTING
INCOMING, ENDED, HELD = CallState.INCOMING, CallState.ENDED, CallState.HELD


def outgoing(**times: float) -> CallProgress:
    return CallProgress(is_incoming=False, now=0, **{"ring_for": 25, "talk_for": 60, **times})


def incoming() -> CallProgress:
    return CallProgress(is_incoming=True, now=0)


def listed(status: int, *, index: int = 1, is_incoming: bool = False, mode: int = 0) -> CurrentCall:
    return CurrentCall(index=index, is_incoming=is_incoming, status=status, mode=mode, number="")


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (None, CallOutcome.NO_CARRIER),
        (16, CallOutcome.NO_CARRIER),
        (31, CallOutcome.NO_CARRIER),
        (17, CallOutcome.BUSY),
        (18, CallOutcome.NO_ANSWER),
        (19, CallOutcome.NO_ANSWER),
        (21, CallOutcome.REJECTED),
        (1, CallOutcome.FAILED),
        (38, CallOutcome.FAILED),
    ],
)
def test_a_cause_is_an_outcome(cause: int | None, outcome: CallOutcome) -> None:
    call = outgoing()
    assert call.outcome is None
    call.note(CallChange(state=ENDED, cause=cause), 3)
    assert call.outcome is outcome
    assert call.needs_cause is (cause is None)


def test_what_was_active_was_answered_however_it_ended() -> None:
    call = outgoing()
    call.note(CallChange(state=ACTIVE), 5)
    call.note(CallChange(state=ENDED, cause=17), 6)
    assert (call.outcome, call.needs_cause) == (CallOutcome.ANSWERED, False)


def test_the_cause_may_come_after_the_end() -> None:
    """Huawei: NO CARRIER, then ^CEND; others answer AT+CEER."""
    call = outgoing()
    call.note(CallChange(state=ENDED), 3)
    call.note(CallChange(state=ENDED, cause=17), 3)
    assert call.outcome is CallOutcome.BUSY
    other = outgoing()
    other.note(CallChange(state=ENDED), 3)
    other.explain(21)
    other.explain(None)
    assert other.outcome is CallOutcome.REJECTED


def test_ringing_is_counted_from_the_first_ring() -> None:
    call = outgoing()
    call.note(CallChange(state=DIALLING), 1)
    call.note(CallChange(state=ALERTING), 8)
    assert call.due(32.9) is CallTask.LOOK
    assert call.due(33) is CallTask.HANG_UP
    call.note(CallChange(state=ENDED), 34)
    assert call.outcome is CallOutcome.NO_ANSWER


def test_without_a_ring_it_is_counted_from_ten_seconds_after_dialling() -> None:
    call = outgoing()
    call.note_no_list()
    assert call.next_due == 35
    assert call.due(35) is CallTask.HANG_UP


def test_an_answered_call_does_not_last_for_ever() -> None:
    call = outgoing()
    call.note(CallChange(state=ACTIVE), 5)
    assert call.due(64.9) is CallTask.LOOK
    assert call.due(65) is CallTask.HANG_UP


def test_a_silent_modem_is_asked_every_two_seconds() -> None:
    call = outgoing()
    assert call.due(1.9) is None
    assert call.due(2) is CallTask.LOOK
    assert call.due(3.9) is None
    assert call.due(4) is CallTask.LOOK


def test_a_modem_that_announces_is_checked_every_ten_seconds() -> None:
    call = outgoing()
    call.note(CallChange(state=DIALLING), 0.1)
    assert call.due(10) is None
    assert call.due(10.1) is CallTask.LOOK
    assert call.due(20) is None


def test_the_list_shows_the_way() -> None:
    """The call's number is not always 1; other calls, and data calls, are not ours."""
    call = outgoing()
    others = (listed(0, index=1, mode=1), listed(4, index=2, is_incoming=True))
    call.note_list((*others, listed(2, index=5)), 2)
    assert (call.state, call.index) == (DIALLING, 5)
    call.note_list((*others, listed(0, index=4), listed(3, index=5)), 4)
    assert call.state is ALERTING
    call.note_list((listed(9, index=5),), 5)
    assert call.state is ALERTING
    call.note_list((listed(0, index=5),), 6)
    assert call.state is ACTIVE
    call.note_list(others, 8)
    assert call.outcome is CallOutcome.ANSWERED


def test_a_call_that_is_not_listed_yet_is_given_a_second_look() -> None:
    call = outgoing()
    call.note_list((), 2)
    assert not call.is_over
    call.note_list((), 4)
    assert call.is_over
    assert call.needs_cause


def test_a_listed_end_is_an_end() -> None:
    call = outgoing()
    call.note_list((listed(6),), 2)
    assert call.is_over


def test_what_is_said_of_another_call_is_left() -> None:
    call = outgoing()
    call.note(CallChange(state=ALERTING, index=2, is_incoming=False), 1)
    call.note(CallChange(state=ACTIVE, index=3), 2)
    call.note(CallChange(state=ENDED, is_incoming=True), 2)
    call.note(CallChange(state=ENDED, index=3), 2)
    assert call.state is ALERTING
    call.note(CallChange(state=ENDED, index=2), 3)
    assert call.is_over


def test_a_stale_announcement_does_not_lead_back() -> None:
    call = outgoing()
    call.note(CallChange(state=ACTIVE), 1)
    call.note(CallChange(state=ALERTING), 2)
    call.note(CallChange(state=CallState.WAITING), 2)
    assert call.state is ACTIVE
    call.note(CallChange(state=HELD), 3)
    assert call.state is HELD
    call.note(CallChange(state=ACTIVE), 4)
    call.note(CallChange(state=ENDED), 5)
    call.note(CallChange(state=ACTIVE), 6)
    assert call.outcome is CallOutcome.ANSWERED


def test_hanging_up_is_tried_until_it_worked() -> None:
    """PavelVe: a SIM800 could not be made to hang up, and was deaf for two minutes."""
    call = outgoing()
    call.hang_up(3)
    assert call.due(3) is CallTask.HANG_UP
    call.note_released(3.1)
    assert call.due(4.1) is CallTask.LOOK
    call.note_list((listed(3),), 4.2)
    assert call.due(6.1) is CallTask.LOOK
    assert call.due(8) is CallTask.HANG_UP
    assert call.hang_ups == 2
    call.note_released(8.1)
    assert call.due(9.1) is CallTask.LOOK
    call.note_list((), 9.2)
    assert (call.outcome, call.needs_cause) == (CallOutcome.HUNG_UP, False)
    assert call.due(math.inf) is None


def test_a_hang_up_before_the_ring_is_not_undone_by_it() -> None:
    call = outgoing()
    call.hang_up(1)
    call.hang_up(2)
    assert call.due(2) is CallTask.HANG_UP
    call.note(CallChange(state=ALERTING), 3)
    call.note(CallChange(state=ACTIVE), 4)
    assert call.due(7) is CallTask.HANG_UP


def test_without_a_list_a_hang_up_that_was_taken_counts() -> None:
    call = outgoing()
    call.hang_up(1)
    assert call.due(1) is CallTask.HANG_UP
    call.note_released(1)
    assert call.due(2) is CallTask.LOOK
    call.note_no_list()
    assert call.outcome is CallOutcome.HUNG_UP


def test_a_caller_who_stops_ringing_is_missed() -> None:
    call = incoming()
    call.rang(4)
    assert call.due(13.9) is None
    assert call.due(14) is CallTask.LOOK
    call.note_list((listed(4, is_incoming=True),), 14)
    assert call.due(23.9) is None
    assert call.due(24) is CallTask.LOOK
    call.note_list((), 24)
    assert (call.outcome, call.needs_cause) == (CallOutcome.NO_ANSWER, False)


def test_without_a_list_the_silence_says_it() -> None:
    call = incoming()
    assert call.due(10) is CallTask.LOOK
    call.note_no_list()
    assert call.outcome is CallOutcome.NO_ANSWER


def test_a_caller_whom_we_refuse_is_rejected() -> None:
    call = incoming()
    call.hang_up(1)
    assert call.due(1) is CallTask.HANG_UP
    call.note(CallChange(state=ENDED), 2)
    assert call.outcome is CallOutcome.REJECTED


def test_a_caller_whom_we_answer_is_answered() -> None:
    call = incoming()
    call.talk_for = 30
    call.note(CallChange(state=ACTIVE, is_incoming=True), 3)
    call.rang(4)  # late
    assert call.next_due == 13
    assert call.due(33) is CallTask.HANG_UP
    call.note(CallChange(state=ENDED), 34)
    assert call.outcome is CallOutcome.ANSWERED


CHANGES = st.builds(
    CallChange,
    state=st.sampled_from(CallState),
    index=st.none() | st.integers(1, 2),
    is_incoming=st.none() | st.booleans(),
    cause=st.none() | st.integers(1, 127),
)
LISTS = st.lists(
    st.builds(
        CurrentCall,
        index=st.integers(1, 2),
        is_incoming=st.booleans(),
        status=st.integers(0, 7),
        mode=st.integers(0, 1),
        number=st.just(""),
    ),
    max_size=2,
)


@given(
    is_incoming=st.booleans(),
    events=st.lists(CHANGES | LISTS | st.sampled_from(["hang up", "no list", "ring", "due"]), max_size=20),
)
def test_whatever_a_modem_says_an_end_is_an_end(*, is_incoming: bool, events: list[object]) -> None:
    """It never comes back to life, its outcome stays, and nothing is due that was done just now."""
    call = CallProgress(is_incoming=is_incoming, now=0, ring_for=25, talk_for=60)
    outcome: CallOutcome | None = None
    for now, event in enumerate(events):
        match event:
            case CallChange():
                call.note(event, now)
            case list():
                call.note_list(event, now)
            case "hang up":
                call.hang_up(now)
            case "no list":
                call.note_no_list()
            case "ring":
                call.rang(now)
            case _:
                first = call.due(now)
                assert first is None or call.due(now) in {None, CallTask.LOOK}
        if outcome is not None and outcome is not CallOutcome.NO_CARRIER:
            assert call.outcome is outcome
        outcome = call.outcome
        assert (outcome is not None) is call.is_over
