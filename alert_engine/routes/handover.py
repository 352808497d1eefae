"""A way out that hands each message over in one short connection of its own, and hears nothing afterwards.

Mail and file drops are such. What is the same for them is here: the pace, the look at the server, the health,
and how a connection is held.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from .account_looks import AccountLooks
from .base import ErrorClass, Rejected
from .pacing import Pacing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from alert_engine.clock import Clock
    from alert_engine.model import Channel

    from .base import OutboundMessage, Outcome, RouteHealth, RouteSink, SegmentProgress

NO_AUTHORITIES = Rejected(
    error_class=ErrorClass.ACCOUNT, reason="ca_file in the settings cannot be read, or holds nothing"
)


class Handover(Protocol):
    """What is special to one protocol. Each call opens a connection and closes it again."""

    @property
    def channels(self) -> frozenset[Channel]:
        """What it carries."""

    @property
    def per_second(self) -> float:
        """How many messages it is given in a second at most."""

    def plan_segments(self, message: OutboundMessage) -> int:
        """How many segments it will be charged as, 1 where there are none; ValueError: it cannot carry it."""

    async def hand_over(self, message: OutboundMessage, now: datetime) -> Outcome:
        """Hand it over once. Never raises for what the other side does."""

    async def look(self) -> Rejected | None:
        """What is wrong with the account or the way to it; None: messages would be taken."""


class Conversation(Protocol):
    """One connection to a server, for one message or one look."""

    async def open(self) -> None:
        """Connect, encrypt and log in."""

    async def bid_farewell(self) -> None:
        """Say that all was done. Never raises for what the other side does."""

    def close(self) -> None:
        """Hang up."""


@asynccontextmanager
async def held(conversation: Conversation, limit: float) -> AsyncIterator[None]:
    """Open a conversation, and hang up whatever happens.

    Args:
        conversation: new.
        limit: seconds for everything but the farewell.

    Raises:
        TimeoutError: they are over. And whatever `open` and the block raise.
    """
    try:
        async with asyncio.timeout(limit):
            await conversation.open()
            yield
        await conversation.bid_farewell()
    finally:
        conversation.close()


class HandoverRoute:
    """One account.

    Args:
        name: of the route: ``[a-z0-9_-]{1,64}``.
        handover: the protocol with the account's settings.
        clock: all time.
    """

    def __init__(self, name: str, handover: Handover, *, clock: Clock) -> None:
        self._name = name
        self._handover = handover
        self._clock = clock
        self._pacing = Pacing(per_second=handover.per_second)
        self._looks = AccountLooks(name, clock=clock, look=handover.look)

    @property
    def name(self) -> str:
        """The name in configuration, topics and reports."""
        return self._name

    @property
    def channels(self) -> frozenset[Channel]:
        """What the account carries."""
        return self._handover.channels

    @property
    def reports(self) -> frozenset[Channel]:
        """None: what was handed over counts as told."""
        return frozenset()

    @property
    def health(self) -> RouteHealth:
        """What the newest look and the newest sends found."""
        return self._looks.health

    async def start(self, sink: RouteSink) -> None:
        """Look at the account, and then again and again."""
        self._looks.start(sink)

    async def stop(self) -> None:
        """Look no more. A message in hand is the worker's."""
        await self._looks.stop()

    def plan_segments(self, message: OutboundMessage) -> int:
        """As it will be charged. Raises ValueError if it cannot be carried."""
        return self._handover.plan_segments(message)

    async def send(
        self,
        message: OutboundMessage,
        progress: Callable[[SegmentProgress], Awaitable[None]],  # noqa: ARG002 - there are no segments to tell of
    ) -> Outcome:
        """Hand it over once, at its turn."""
        await self._clock.sleep_until(self._pacing.turn(self._clock.monotonic()))
        outcome = await self._handover.hand_over(message, self._clock.now())
        await self._looks.sent(outcome)
        return outcome

    def retry(self) -> None:
        """A person says: I have done something about it. What has failed is looked at now."""
        self._looks.ask()

    async def check(self) -> Rejected | None:
        """Are credentials and way well? None: yes."""
        return await self._handover.look()
