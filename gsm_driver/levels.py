"""How full the memories are, and whom that concerns: warned before one is full, told when that is over."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from .forecast import FillForecast
from .models import StorageState

if TYPE_CHECKING:
    from collections.abc import Callable

    from .ledger import Ledger

NEARLY_FULL = 0.8  # of a memory's slots: from here on the consumer is warned
SOONER = 0.5  # a forecast is told again when so much of the time is left


class Levels:
    """The levels of all memories.

    Args:
        ledger: knows the dead slots, and those that are taken.
        capacity: how many slots a memory has; None: the modem does not say.
        tell: told of each warning, and of its end.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        capacity: Callable[[str], int | None],
        tell: Callable[[StorageState], None],
    ) -> None:
        self._ledger = ledger
        self._capacity = capacity
        self._tell = tell
        self._told: dict[str, int] = {}  # used slots as last told, of memories that are nearly full
        self._forecasts: defaultdict[str, FillForecast] = defaultdict(FillForecast)
        self._full_in: dict[str, float] = {}  # as last told

    def note(self, memory: str, used: int) -> bool:
        """Warn while a memory is nearly full; tell once when it no longer is: True then."""
        capacity = self._capacity(memory)
        if capacity is None:
            return False
        is_nearly_full = used >= NEARLY_FULL * capacity
        was_nearly_full = memory in self._told
        if is_nearly_full and self._told.get(memory) != used:
            self._told[memory] = used
            self.tell(memory, used)
        elif was_nearly_full and not is_nearly_full:
            del self._told[memory]
            self.tell(memory, used)
        return was_nearly_full and not is_nearly_full

    def foresee(self, memory: str, used: int, waiting: int, now: float) -> None:
        """Warn when a memory fills because nobody accepts: `waiting` of the `used` were there before."""
        capacity = self._capacity(memory)
        if capacity is None:
            return
        full_in = self._forecasts[memory].note(now, waiting, max(capacity - used, 0))
        told = self._full_in.get(memory)
        if full_in is None and told is not None:
            del self._full_in[memory]
            self.tell(memory, used)
        elif full_in is not None and (told is None or full_in <= SOONER * told):
            self._full_in[memory] = full_in
            self.tell(memory, used)

    def tell(self, memory: str, used: int | None = None) -> None:
        """Tell the state of a memory; without `used` as far as the ledger knows it."""
        state = StorageState(
            memory=memory,
            used=self._ledger.occupied(memory) if used is None else used,
            total=self._capacity(memory) or 0,
            dead=sum(slot.memory == memory for slot in self._ledger.dead),
            full_in=self._full_in.get(memory),
        )
        self._tell(state)
