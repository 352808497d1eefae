"""How long a link waits for what."""

from __future__ import annotations

import math

import pytest

from gsm_driver.answer_times import (
    DRAIN_TIMEOUT,
    PROBE_AFTER,
    REPORTED_PROBE_AFTER,
    UNKNOWN_AFTER,
    AnswerTimes,
)
from gsm_driver.at.commands import SUBMIT_TIMEOUT
from gsm_driver.families import PROFILES

CTRL_Z = 1000.0  # seconds


@pytest.fixture
def times() -> AnswerTimes:
    """A message left."""
    times = AnswerTimes()
    assert times.submitted(CTRL_Z, SUBMIT_TIMEOUT, PROBE_AFTER) == UNKNOWN_AFTER
    return times


def test_the_question_comes_before_the_verdict_and_that_before_the_end() -> None:
    """TR1M of 3GPP TS 24.011 ends after 45 s at the latest: nothing is aborted that keeps to it."""
    assert PROBE_AFTER >= 45
    assert PROBE_AFTER < UNKNOWN_AFTER < SUBMIT_TIMEOUT


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_every_family_gives_the_network_two_minutes_and_more(profile: object) -> None:
    assert 120 <= profile.submit_timeout <= 180


def test_a_message_has_its_three_times(times: AnswerTimes) -> None:
    assert (times.probe_at, times.answer_by) == (CTRL_Z + PROBE_AFTER, CTRL_Z + UNKNOWN_AFTER)
    times.give_up(CTRL_Z + UNKNOWN_AFTER, is_submitted=True)
    assert times.drain_until == CTRL_Z + SUBMIT_TIMEOUT
    assert times.is_reserved(CTRL_Z + SUBMIT_TIMEOUT - 1)
    assert not times.is_reserved(CTRL_Z + SUBMIT_TIMEOUT)


def test_a_family_in_a_hurry_is_believed() -> None:
    assert AnswerTimes().submitted(CTRL_Z, 30.0, math.inf) == 30


def test_a_report_hurries_the_question_once_even_where_it_would_not_come() -> None:
    times = AnswerTimes()
    assert not times.hurry_probe(CTRL_Z)
    times.submitted(CTRL_Z, SUBMIT_TIMEOUT, math.inf)
    assert times.hurry_probe(CTRL_Z + 5)
    assert times.hurry_probe(CTRL_Z + 5.5)
    assert times.probe_at == CTRL_Z + 5 + REPORTED_PROBE_AFTER
    times.probed(CTRL_Z + 6)
    assert not times.hurry_probe(CTRL_Z + 6)
    assert times.probe_at == math.inf


def test_what_is_not_submitted_reserves_nothing(times: AnswerTimes) -> None:
    times.ended()
    times.begin(CTRL_Z + 3, 10)
    times.give_up(CTRL_Z + 4, is_submitted=False)
    assert not times.is_reserved(CTRL_Z + 4)
    assert times.drain_until == CTRL_Z + 4 + DRAIN_TIMEOUT


def test_a_late_answer_frees_the_line_when_that_to_the_question_had_its_time(times: AnswerTimes) -> None:
    times.give_up(CTRL_Z + UNKNOWN_AFTER, is_submitted=True)
    times.answered(CTRL_Z + 70)
    assert not times.is_reserved(CTRL_Z + 70)
    assert times.drain_until == CTRL_Z + 70 + DRAIN_TIMEOUT


def test_an_idle_modem_has_nothing_to_say(times: AnswerTimes) -> None:
    times.idle(CTRL_Z + 46)
    assert times.drain_until == CTRL_Z + 46
    assert not times.is_reserved(CTRL_Z + 46)


def test_half_an_answer_shortens_all_waits(times: AnswerTimes) -> None:
    times.shorten(CTRL_Z + 2, 10)
    assert times.answer_by == CTRL_Z + 12
    times.give_up(CTRL_Z + 12, is_submitted=True)
    assert not times.is_reserved(CTRL_Z + 12)
