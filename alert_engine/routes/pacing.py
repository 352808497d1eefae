"""How quickly a route may ask its provider: pure arithmetic over the monotonic clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Pacing:
    """At most so many turns in a second, evenly, and none in a pause that the other side asked for."""

    per_second: float
    _next: float = 0.0

    def turn(self, now: float) -> float:
        """When the next request may leave: monotonic seconds. The turn is taken."""
        turn = max(now, self._next)
        self._next = turn + 1.0 / self.per_second
        return turn

    def pause(self, now: float, seconds: float) -> None:
        """Nothing leaves for so long."""
        self._next = max(self._next, now + seconds)
