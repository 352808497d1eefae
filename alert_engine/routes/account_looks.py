"""When an account is looked at: every five minutes, sooner after a miss, at once if a person asks for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from .base import ErrorClass, Rejected, RouteState
from .provider_health import HealthNotes, pause_after

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alert_engine.clock import Clock

    from .base import Outcome, RouteHealth, RouteSink


class AccountLooks:
    """The looks at one account, and what they and its messages find.

    Args:
        name: of the route.
        clock: all time.
        look: once; what is wrong, or None. None in its place: nobody can look without sending.
    """

    def __init__(
        self, name: str, *, clock: Clock, look: Callable[[], Awaitable[Rejected | None]] | None
    ) -> None:
        self._name = name
        self._clock = clock
        self._look = look
        self._notes = HealthNotes(can_be_checked=look is not None)
        self._sink: RouteSink | None = None
        self._task: asyncio.Task[None] | None = None
        self._asked = asyncio.Event()  # for a look, now
        self._refused: Rejected | None = None  # why the newest message that failed the account did
        self._has_failed = asyncio.Event()

    @property
    def health(self) -> RouteHealth:
        """What the newest look and the newest sends found."""
        return self._notes.health

    def start(self, sink: RouteSink) -> None:
        """Look at the account, and then again and again; where nobody can, forgive it after a while."""
        self._sink = sink
        again = self._forgive() if self._look is None else self._look_again_and_again(self._look)
        self._task = asyncio.create_task(again)

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._task = None

    def ask(self) -> None:
        """A person says: I have done something about it. What has failed is looked at now."""
        if self.health.state is RouteState.FAILED:
            self._asked.set()

    async def sent(self, outcome: Outcome) -> None:
        """A message was sent, with this outcome: what failed the account is known before the next look."""
        await self._tell(self._notes.sent(outcome))
        if isinstance(outcome, Rejected) and outcome.error_class in {ErrorClass.ACCOUNT, ErrorClass.DEVICE}:
            self._refused = outcome
            self._has_failed.set()

    async def _look_again_and_again(self, look: Callable[[], Awaitable[Rejected | None]]) -> None:
        while True:
            self._asked.clear()
            self._has_failed.clear()
            refused = await look()
            await self._tell(self._notes.looked(refused))
            if refused is None:
                if not await self._clock.wait(self._has_failed, self._after(None)):
                    continue
                refused = self._refused
            await self._clock.wait(self._asked, self._after(refused))

    async def _forgive(self) -> None:
        """Nobody can look at the account: after a while the next message may try it."""
        while True:
            await self._has_failed.wait()
            self._has_failed.clear()
            self._asked.clear()
            is_mended = await self._clock.wait(self._asked, self._after(self._refused))
            if self._refused is not None:
                await self._tell(self._notes.give_another_chance(self._refused, is_mended=is_mended))

    def _after(self, refused: Rejected | None) -> float:
        """When the pause ends that begins now: no longer, if a person asks for a look."""
        return self._clock.monotonic() + pause_after(refused).total_seconds()

    async def _tell(self, changed: RouteHealth | None) -> None:
        if changed is not None and self._sink is not None:
            await self._sink.health(self._name, changed)
