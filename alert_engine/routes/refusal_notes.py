"""Which refused calls are worth a line in the log: anybody can make thousands of them."""

from __future__ import annotations

SAID_EVERY = 3600.0  # seconds between two lines with the same reason


class RefusalNotes:
    """Each reason once an hour. Reasons are texts of ours: there are few."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[float, int]] = {}  # when, and how many were not since

    def worth_a_line(self, reason: str, now: float) -> int | None:
        """How many for the same reason were not told since the last line; None: nor is this one.

        Args:
            reason: why the call was refused.
            now: monotonic seconds.
        """
        told_at, untold = self._told.get(reason, (None, 0))
        if told_at is not None and now < told_at + SAID_EVERY:
            self._told[reason] = told_at, untold + 1
            return None
        self._told[reason] = now, 0
        return untold

    def line(self, reason: str, now: float) -> str:
        """What the log is told; empty: nothing. The arguments are those of `worth_a_line`."""
        untold = self.worth_a_line(reason, now)
        if untold is None:
            return ""
        return f"{reason}; so were {untold} more since this was told last" if untold else reason
