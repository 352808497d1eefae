"""Can the journal commit? Whoever asks `/healthz` wants to know before the first alarm does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError

if TYPE_CHECKING:
    from alert_engine.clock import Clock
    from alert_engine.engine import AlertEngine

COMMIT_LIMIT = 5.0  # seconds for one commit; a disk that takes longer takes no alarms either
GOOD_FOR = 5.0  # seconds that an answer counts: whoever asks more often costs no commit
NOTE = "probe"

HANGING = "the journal does not answer: is its disk well?"


class CommitProbe:
    """Commits a note now and then, for whoever looks.

    Args:
        clock: all time.
        limit: seconds for one commit.
    """

    def __init__(self, clock: Clock, *, limit: float = COMMIT_LIMIT) -> None:
        self._clock = clock
        self._limit = limit
        self._lock = asyncio.Lock()
        self._asked_at: float | None = None
        self._problem = ""

    async def problem(self, engine: AlertEngine) -> str:
        """Why nothing can be committed now; empty: it can."""
        async with self._lock:
            now = self._clock.monotonic()
            if self._asked_at is None or now - self._asked_at >= GOOD_FOR:
                self._problem = await self._try(engine)
                self._asked_at = self._clock.monotonic()
            return self._problem

    async def _try(self, engine: AlertEngine) -> str:
        try:
            async with asyncio.timeout(self._limit):
                await engine.notes.write(NOTE, [self._clock.now().isoformat()])
        except TimeoutError:
            return HANGING
        except JournalError as err:
            return str(err)
        return ""
