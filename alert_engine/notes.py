"""What an intake or a shell writes down for itself, so that it is there after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .failpoints import Moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .ledger import Ledger


class Notes:
    """Part of the engine's public face: ``engine.notes``. Each note has a name of whoever wrote it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def read(self, name: str) -> tuple[str, ...]:
        """What was written under this name; nothing if nobody did. Raises JournalError."""
        return await self._ledger.read(lambda tx: tx.notes.get(name))

    async def write(self, name: str, words: Sequence[str]) -> None:
        """Keep these over a restart, instead of what was there. Raises JournalError."""
        await self._ledger.commit(Moment.TIMER, lambda work: work.tx.notes.put(name, words))
