"""The recovery ladder of one modem over all its lives: what was tried, what comes next, who is told."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from .ladder import RecoveryHistory, decide
from .models import RecoveryRung

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .models import ModemFault, RecoveryStep

_LOGGER = logging.getLogger(__name__)


class Climb:
    """Puts the pure ladder on the loop's clock.

    Args:
        looks: seconds before each try to open the port; the last one repeats.
        tell: told of each step when it is taken; of the same look again and again only once.
    """

    def __init__(self, looks: Sequence[float], tell: Callable[[RecoveryStep], None]) -> None:
        self._looks = looks
        self._tell = tell
        self._history = RecoveryHistory()
        self._told: RecoveryStep | None = None

    def note(self, fault: ModemFault, *, was_open: bool) -> ModemFault:
        """A fault showed. Returns what it is in the light of what happened before."""
        now = _now()
        self._history = self._history.noted(fault, now, was_open=was_open)
        return self._history.seen_as(fault, now)

    def next_step(self, fault: ModemFault, allowed: frozenset[RecoveryRung]) -> RecoveryStep:
        """What to do, and after how many seconds."""
        return decide(self._history, fault, _now(), allowed=allowed, looks=self._looks)

    def take(self, step: RecoveryStep) -> None:
        """The step is done now."""
        self._history = self._history.after(step, _now())
        if step.rung is RecoveryRung.REOPEN and self._told is not None and _is_same(self._told, step):
            return
        if step.rung is not RecoveryRung.HUMAN:  # it changes nothing for the looks that follow
            self._told = step
        _LOGGER.info("recovery: %s, because of %s, %s", step.rung.name.lower(), step.fault, step.reason)
        self._tell(step)

    def is_told(self, fault: ModemFault) -> bool:
        """A person was told of this fault in this trouble."""
        return fault in self._history.told

    def well(self) -> None:
        """The modem works, and has for a while."""
        self._history = self._history.well()
        self._told = None


def _is_same(one: RecoveryStep, other: RecoveryStep) -> bool:
    return (one.rung, one.fault, one.reason) == (other.rung, other.fault, other.reason)


def _now() -> float:
    return asyncio.get_running_loop().time()
