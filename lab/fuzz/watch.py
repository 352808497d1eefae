"""What happens to inputs: each is counted, and what must not be is kept with the input that shows it."""

from __future__ import annotations

import signal
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

SLOW = 0.050  # seconds of CPU time, so that a busy machine makes none
HANGS = 30.0  # seconds of CPU time for one input, after which it is a crash: nothing would end it
_TRIES = 3  # of a slow input: the first may have compiled a pattern
_ARMED_EVERY = 256  # executions: setting a timer costs as much as a small input
_MOST_KEPT = 20  # findings of a kind


class HangError(Exception):
    """An input keeps the process busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What must not be."""

    what: str  # the error and its place, or how slow
    data: bytes = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {"what": self.what, "input": self.data.hex()}


class Watch:
    """Takes inputs for a target; a defect is noted and ends nothing.

    Its timer ends with it: `with Watch(one) as watch:` where the process does something else afterwards.

    Args:
        one: the target.
    """

    def __init__(self, one: Callable[[bytes], None]) -> None:
        self._one = one
        self.executions = 0
        self.crashes: dict[str, Finding] = {}  # by place: one input for each defect
        self.slow: list[Finding] = []
        self._handler_before = signal.signal(signal.SIGVTALRM, _give_up)

    def __enter__(self) -> Self:
        """The timer is set by the first input."""
        return self

    def __exit__(self, *_told: object) -> None:
        """Stop the timer: what the process does from now on may take as long as it likes."""
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, self._handler_before)

    def take(self, data: bytes) -> None:
        """Execute one input."""
        if self.executions % _ARMED_EVERY == 0:
            signal.setitimer(signal.ITIMER_VIRTUAL, HANGS)
        self.executions += 1
        spent = self._spent(data)
        if spent > SLOW and len(self.slow) < _MOST_KEPT:
            spent = min(spent, *(self._spent(data) for _ in range(_TRIES - 1)))
            if spent > SLOW:
                self.slow.append(Finding(what=f"{spent * 1000:.0f} ms for {len(data)} octets", data=data))

    def outcome(self) -> dict[str, Any]:
        """Everything until now."""
        return {
            "executions": self.executions,
            "crashes": [each.as_dict() for each in self.crashes.values()],
            "slow": [each.as_dict() for each in self.slow],
        }

    def _spent(self, data: bytes) -> float:
        """Seconds of CPU time."""
        began = time.thread_time()
        try:
            self._one(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a defect
            self._note(error, data)
        return time.thread_time() - began

    def _note(self, error: Exception, data: bytes) -> None:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
        kind = f"{type(error).__name__} at {place}"
        known = self.crashes.get(kind)
        if known is None or len(data) < len(known.data):
            told = "".join(traceback.format_exception(error))[-_TOLD:]
            self.crashes[kind] = Finding(what=f"{kind}\n{_relative(told)}", data=data)


_TOLD = 2000  # characters of a traceback


def _relative(told: str) -> str:
    """Without the folder of this machine."""
    root = __file__.removesuffix("lab/fuzz/watch.py")
    return told.replace(root, "")


def _give_up(_signal: int, _frame: FrameType | None) -> None:
    raise HangError(f"an input took more than {HANGS:g} s")
