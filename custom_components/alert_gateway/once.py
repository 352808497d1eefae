"""What was told already."""

from collections import deque
from typing import Final

_MOST_REMEMBERED: Final = 500  # ids of alarms or messages; older ones are told no more


class Once:
    """Tells each thing once."""

    def __init__(self) -> None:
        self._told: deque[str] = deque(maxlen=_MOST_REMEMBERED)

    def is_new(self, thing: str) -> bool:
        """Whether it was not asked for before; from now on it was."""
        if thing in self._told:
            return False
        self._told.append(thing)
        return True
