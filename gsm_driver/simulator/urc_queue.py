"""Unsolicited result codes that have to wait."""

from __future__ import annotations

from collections import deque

MAX_WAITING = 200  # the oldest are dropped: a modem's memory is finite, too

Announcement = tuple[str, ...]  # the lines of one code: for +CMT and +CDS what follows it, too


class UrcQueue:
    """First in, first out, bounded."""

    def __init__(self) -> None:
        self._waiting: deque[Announcement] = deque(maxlen=MAX_WAITING)

    def hold(self, announcement: Announcement) -> None:
        """Keep one for later."""
        self._waiting.append(announcement)

    def take_all(self) -> list[Announcement]:
        """All that waited, oldest first; the queue is empty then."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken
