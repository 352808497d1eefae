"""The journal is looked over and copied beside everything else: with years of history both take minutes."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from .errors import JournalError
from .failpoints import Moment
from .operations.returning import tell_of_damage

if TYPE_CHECKING:
    from .ledger import Ledger

_LOGGER = logging.getLogger(__name__)

# Between copies of the journal, in seconds: what a damaged file lacks is at most a day old.
_INTERVAL = 86400.0

# Until the first copy, if there is an older one, in seconds: the gateway may be started every day.
_FIRST = 3600.0

# The same after a start that did not read all of the file.
_SOON = 600.0

# Between questions whether somebody has met damage, in seconds.
_ASK = 60.0


class Upkeep:
    """One task. A journal is copied only if all of it could be read, so that no good copy is lost by it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._clock = ledger.clock
        self._copy_at = 0.0
        self._has_told = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; the first copy of all is made at once."""
        if self._ledger.has_snapshot:
            self._copy_at = self._clock.monotonic() + (_FIRST if self._ledger.is_looked_over else _SOON)
        self._task = asyncio.create_task(self._run(), name="engine upkeep")

    async def stop(self) -> None:
        """End; a look or a copy under way is ended by the journal."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                await self._tell()
                # A full disk has no room for a copy, and whoever reads keeps the log from being used again.
                if self._clock.monotonic() >= self._copy_at and not self._ledger.trouble:
                    self._copy_at = self._clock.monotonic() + _INTERVAL
                    await self._copy()
                    continue
            except JournalError as error:
                _LOGGER.warning("%s", error)
            except Exception:
                # A defect of ours must not end it for good.
                _LOGGER.exception("the journal could not be looked after")
            await self._clock.sleep_until(self._clock.monotonic() + _ASK)

    async def _tell(self) -> None:
        """Once; whoever starts the gateway again is told what came of it."""
        if self._ledger.damage and not self._has_told:
            await self._ledger.commit(Moment.TIMER, tell_of_damage)
            self._has_told = True

    async def _copy(self) -> None:
        await self._ledger.look_over()
        if not self._ledger.damage:
            await self._ledger.write_snapshot()
