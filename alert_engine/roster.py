"""Who would be told now, by each name, and how people stand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .model import Severity
from .operations import roster as operations

if TYPE_CHECKING:
    from datetime import datetime

    from .ledger import Ledger
    from .model import Roster


class RosterDesk:
    """Part of the engine's public face: ``engine.roster``."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def on_call(self, at: datetime | None = None, severity: Severity = Severity.HIGH) -> Roster:
        """Whom an alarm of this severity would reach, by each group and on-call schedule, and until when.

        `at` is any moment, now if none is given; who opted out or is locked out is told as it is now.

        Raises:
            JournalError: the journal cannot be read.
        """
        now = self._ledger.clock.now()
        read = partial(
            operations.roster,
            settings=self._ledger.settings,
            at=now if at is None else at,
            now=now,
            severity=severity,
        )
        return await self._ledger.read(read)
