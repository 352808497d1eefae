"""How long a prompt is waited for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.at.exchange import PROMPT_TIMEOUT
from gsm_driver.patience import FLOOR, START, PromptPatience


def after(*seconds: float) -> PromptPatience:
    """Prompts came after so long."""
    patience = PromptPatience()
    for each in seconds:
        patience.note_seen(each)
    return patience


def test_nothing_was_measured() -> None:
    assert PromptPatience().timeout == START


@pytest.mark.parametrize(
    ("seconds", "timeout"),
    [
        ((1.0,), 1.0 + 4 * 0.5),  # RFC 6298 rule 2.2: SRTT = R, RTTVAR = R/2
        ((1.0, 1.0), 1.0 + 4 * 0.375),  # rule 2.3: RTTVAR = 3/4 RTTVAR + 1/4 |SRTT - R|
        ((1.0, 2.0), 1.125 + 4 * 0.625),  # SRTT = 7/8 SRTT + 1/8 R
        ((0.0,), FLOOR),
        ((0.02,) * 50, FLOOR),
        ((9.0,), PROMPT_TIMEOUT),
    ],
)
def test_what_was_measured_decides(seconds: tuple[float, ...], timeout: float) -> None:
    assert after(*seconds).timeout == pytest.approx(timeout)


def test_each_miss_in_a_row_doubles_it_up_to_the_full_time() -> None:
    patience = after(0.01)
    waits = []
    for _ in range(8):
        waits.append(patience.timeout)
        patience.note_missed()
    assert waits == pytest.approx([0.3, 0.6, 1.2, 2.4, 4.8, 9.6, 10, 10])


def test_a_prompt_ends_the_row() -> None:
    patience = after(0.01)
    patience.note_missed()
    patience.note_seen(0.01)
    assert patience.timeout == FLOOR


def test_ten_lost_prompts_cost_less_than_5_s() -> None:
    """Each is followed by one that came at the second try, and by nine others."""
    patience, cost = after(0.02), 0.0
    for _ in range(10):
        cost += patience.timeout
        patience.note_missed()
        for _ in range(10):
            patience.note_seen(0.02)
    assert cost < 4.5


@pytest.mark.parametrize("seconds", [0.5, 1.0, 3.0, 7.0])
def test_a_modem_that_became_slow_is_hurried_once(seconds: float) -> None:
    """What its second try measures is waited for from then on."""
    patience = after(*[0.02] * 100)
    patience.note_missed()
    for _ in range(20):
        patience.note_seen(seconds)
        assert patience.timeout > seconds


@given(st.lists(st.floats(0, 60) | st.none(), max_size=50))
def test_it_is_never_less_than_the_floor_nor_more_than_the_full_time(seen: list[float | None]) -> None:
    patience = PromptPatience()
    for seconds in seen:
        if seconds is None:
            patience.note_missed()
        else:
            patience.note_seen(seconds)
        assert FLOOR <= patience.timeout <= PROMPT_TIMEOUT
