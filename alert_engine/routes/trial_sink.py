"""The engine's end of a route that is tried before it is set up, or beside a gateway that runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

from alert_engine.errors import JournalError

from .base import KeyAnswer, RouteState

if TYPE_CHECKING:
    from .base import InboundReport, InboundSms, KeyPress, LateAcceptance, Ring, RouteHealth


class TrialSink:
    """Waits for a log-in. Whatever else arrives is not taken: the gateway that runs must have it."""

    def __init__(self) -> None:
        self._settled = asyncio.Event()

    async def logged_in(self, limit: float) -> None:
        """It is, or has failed, or takes more than so many seconds: then sending says why."""
        try:
            async with asyncio.timeout(limit):
                await self._settled.wait()
        except TimeoutError:
            return

    async def health(self, _route: str, health: RouteHealth) -> None:
        """The first word about the log-in."""
        if health.state is not RouteState.UNKNOWN or health.reason:
            self._settled.set()

    async def inbound(self, _route: str, _message: InboundSms) -> None:
        """Not here."""
        _not_taken()

    async def report(self, _route: str, _report: InboundReport) -> None:
        """Not here."""
        _not_taken()

    async def accepted_late(self, _route: str, _acceptance: LateAcceptance) -> None:
        """Nobody waits for it."""

    async def awaited(self, _route: str) -> tuple[str, ...]:
        """Nothing."""
        return ()

    async def key_pressed(self, _route: str, _press: KeyPress) -> KeyAnswer:
        """It means nothing here."""
        return KeyAnswer.IGNORED

    async def rung(self, _route: str, _ring: Ring) -> None:
        """Nobody wants to know."""


def _not_taken() -> NoReturn:
    raise JournalError("a test takes nothing in")
