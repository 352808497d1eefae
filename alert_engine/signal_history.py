"""How strong the signal of each modem was in the last day. In memory only: it is a look, not a promise."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

from .model import RouteChanged, RouteRemoved, SignalPoint

if TYPE_CHECKING:
    from .clock import Clock
    from .model import EngineEvent

SLOT = 300.0  # seconds: at most one point in each
SPAN = 86_400.0  # seconds
_FACT = "signal_dbm"


class SignalHistory:
    """Listens to the health of routes. Differences of less than 5 dB are noise, and no route tells them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # By route: the slot in which it changed, and to what. One more than fit: what was before the first.
        self._changes: dict[str, deque[tuple[int, int | None]]] = {}

    def hear(self, event: EngineEvent) -> None:
        """Take note of what the engine tells."""
        if isinstance(event, RouteRemoved):
            self._changes.pop(event.route, None)
        elif isinstance(event, RouteChanged):
            value = dict(event.health.facts).get(_FACT)
            if event.route in self._changes or isinstance(value, int):
                self._note(event.route, value if isinstance(value, int) else None)

    def of(self, route: str) -> tuple[SignalPoint, ...]:
        """The points of the last 24 h, the oldest first, one for each 5 min; none of a route without any."""
        now, at = self._clock.monotonic(), self._clock.now()
        newest, oldest = self._slot(), self._slot() - int(SPAN / SLOT) + 1
        changes = dict(self._changes.get(route, ()))
        if not changes:
            return ()
        first = min(changes)
        value = next((changes[slot] for slot in sorted(changes, reverse=True) if slot < oldest), None)
        points = []
        for slot in range(max(first, oldest), newest + 1):
            value = changes.get(slot, value)
            points.append(SignalPoint(at=at - timedelta(seconds=now - slot * SLOT), dbm=value))
        return tuple(points)

    def _note(self, route: str, dbm: int | None) -> None:
        changes = self._changes.setdefault(route, deque(maxlen=int(SPAN / SLOT) + 1))
        if changes and changes[-1][0] == self._slot():
            changes.pop()
        changes.append((self._slot(), dbm))

    def _slot(self) -> int:
        """Counted by the monotonic clock: the other one may jump."""
        return int(self._clock.monotonic() // SLOT)
