"""The engine, as whoever hands in requests sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alert_engine.model import Ask, Result


class Applier(Protocol):
    """`AlertEngine` is one."""

    async def apply(self, asks: Sequence[Ask], /) -> Sequence[Result]:
        """Do all of it in one commit, or nothing; one result for each, in order.

        Raises:
            InvalidRequestError: one of them makes no sense; nothing was committed.
            JournalError: nothing was committed.
        """
