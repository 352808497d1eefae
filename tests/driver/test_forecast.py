"""When a memory will be full."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.forecast import HORIZON, WINDOW, FillForecast


def foretold(*levels: tuple[float, int], slots: int = 20) -> float | None:
    """What the last of these levels (minute, waiting messages) gives, in minutes."""
    forecast = FillForecast()
    results = [forecast.note(60 * minute, waiting, slots - waiting) for minute, waiting in levels]
    return None if results[-1] is None else results[-1] / 60


@pytest.mark.parametrize(
    ("levels", "minutes"),
    [
        ([(0, 0)], None),
        ([(0, 0), (5, 5)], 15),  # one a minute, fifteen slots are free
        ([(0, 0), (5, 2)], None),  # two that wait are no sign
        ([(0, 0), (0.5, 10)], None),  # a burst
        ([(0, 10), (5, 10)], None),
        ([(0, 10), (5, 4)], None),  # it empties
        ([(0, 2), (1, 0), (2, 5)], 10),  # up and down, but more up
        ([(0, 0), (10, 20)], 0),  # full
        ([(0, 0), (29, 3)], None),  # in 164 minutes: far away
        ([(0, 0), (100, 17), (110, 18), (120, 19), (130, 20)], 0),
        (
            [(0, 0), (60, 12), (70, 12), (80, 13), (90, 13)],
            None,
        ),  # it slowed down
    ],
)
def test_rates(levels: list[tuple[float, int]], minutes: float | None) -> None:
    assert foretold(*levels) == minutes


@given(
    st.lists(
        st.tuples(st.floats(0, 2 * WINDOW), st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=50
    )
)
def test_what_is_foretold_is_soon(steps: list[tuple[float, int, int]]) -> None:
    forecast = FillForecast()
    now = 0.0
    for pause, waiting, free in steps:
        now += pause
        full_in = forecast.note(now, waiting, free)
        assert full_in is None or 0 <= full_in <= HORIZON
