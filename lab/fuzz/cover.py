"""Which inputs reach code that none before them reached: by sys.monitoring, of the product only.

Each line and each way of a branch tells of itself once and is then silent: looking costs next to nothing.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

_ROOT = Path(__file__).resolve().parents[2]
PRODUCT = tuple(f"{_ROOT / package}/" for package in ("alert_engine", "gsm_driver"))


class Cover:
    """Says after each input whether it reached anything new."""

    def __init__(self) -> None:
        self.reached = 0
        self._before = 0

    def has_grown(self) -> bool:
        """Something new was reached since this was asked last."""
        before, self._before = self._before, self.reached
        return self.reached > before

    def note(self, code: CodeType, *_place: int) -> Any:
        """Count a place, and hear no more of it."""
        if code.co_filename.startswith(PRODUCT):
            self.reached += 1
        return sys.monitoring.DISABLE


@contextmanager
def looking() -> Iterator[Cover]:
    """While this lasts, everything that runs is looked at."""
    cover, tool = Cover(), sys.monitoring.PROFILER_ID
    events = sys.monitoring.events
    wanted = (events.LINE, events.BRANCH_LEFT, events.BRANCH_RIGHT)
    sys.monitoring.use_tool_id(tool, "lab.fuzz")
    try:
        for event in wanted:
            sys.monitoring.register_callback(tool, event, cover.note)
        sys.monitoring.set_events(tool, sum(wanted))
        sys.monitoring.restart_events()
        yield cover
    finally:
        sys.monitoring.set_events(tool, events.NO_EVENTS)
        for event in wanted:
            sys.monitoring.register_callback(tool, event, None)
        sys.monitoring.free_tool_id(tool)
