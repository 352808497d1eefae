"""The dead man's switch: somebody outside is told again and again that all is well, and alarms when not.

It covers the one fault that the engine cannot tell of: its own end, or that of the machine.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from alert_engine.ledger import Ledger

PING_LIMIT = 30.0  # seconds for one; a slow one is as good as none
MISSES = 3  # in a row, before people hear of it: any line to the internet breaks now and then

_LOGGER = logging.getLogger(__name__)


class DeadManSwitch:
    """Calls `ping` every now and then, but only while all is well.

    Args:
        ledger: for the clock and the settings.
        ping: tells the other side; whatever it raises, it did not.
        is_well: whether it may be told so.
        wake: called when `is_unheard` changed.
    """

    def __init__(
        self,
        ledger: Ledger,
        ping: Callable[[], Awaitable[object]],
        is_well: Callable[[], bool],
        wake: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._ping = ping
        self._is_well = is_well
        self._wake = wake
        self._misses = 0
        self._task: asyncio.Task[None] | None = None
        self.last: datetime | None = None

    @property
    def is_unheard(self) -> bool:
        """Nobody outside took the last few."""
        return self._misses >= MISSES

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="dead man's switch")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        clock = self._ledger.clock
        while True:
            await clock.sleep_until(clock.monotonic() + self._wait())
            if self._is_well():
                was_unheard = self.is_unheard
                await self._tell()
                if self.is_unheard != was_unheard:
                    self._wake()

    def _wait(self) -> float:
        return max(1.0, self._ledger.settings.supervision.ping_every.total_seconds())

    async def _tell(self) -> None:
        try:
            async with asyncio.timeout(PING_LIMIT):
                await self._ping()
        except Exception as error:  # noqa: BLE001 - whatever a client raises; its text may hold the secret address
            self._misses += 1
            _LOGGER.debug("the dead man's switch was not told: %s", type(error).__name__)
        else:
            self._misses = 0
            self.last = self._ledger.clock.now()
