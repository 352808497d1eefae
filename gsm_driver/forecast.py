"""When will a memory be full? Pure: the times are passed in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

WINDOW = 1800.0  # seconds that are looked back on
SPAN = 60.0  # seconds that the growth must have lasted: less is a burst, which is accepted in a moment
GROWTH = 3  # messages by which it must have grown: one or two that wait are no sign
HORIZON = 3600.0  # seconds ahead; what is further away is told when it is nearer


@dataclass(frozen=True, slots=True)
class _Level:
    time: float
    waiting: int


class FillForecast:
    """One memory. Only what stays counts: what arrives and is accepted soon does not fill it."""

    def __init__(self) -> None:
        self._levels: deque[_Level] = deque()

    def note(self, now: float, waiting: int, free: int) -> float | None:
        """So many messages lay there before and still wait; so many slots are free.

        Returns in how many seconds the memory is full if it goes on filling so; None: there is no sign that
        it will be, within the next hour.
        """
        self._levels.append(_Level(now, waiting))
        while self._levels[0].time < now - WINDOW:
            self._levels.popleft()
        oldest = self._levels[0]
        span, growth = now - oldest.time, waiting - oldest.waiting
        if span < SPAN or growth < GROWTH:
            return None
        full_in = free * span / growth
        return full_in if full_in <= HORIZON else None
