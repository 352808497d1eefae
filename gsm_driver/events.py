"""What a modem tells its consumer: bounded, in order, nothing that matters dropped."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from .errors import LinkLostError, LossCause
from .models import UnknownUrc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .models import ModemEvent

_LOGGER = logging.getLogger(__name__)

CAPACITY = 256  # events; a full SIM is 50. Beyond it the modem keeps the messages until somebody reads
CHATTER = 32  # of them at most are unknown URCs: some modems say one every few seconds
RESERVE = 64  # beyond the capacity, for what can neither wait nor be had again


class EventQueue:
    """From the services of one modem to one consumer."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._events: deque[ModemEvent] = deque()
        self._capacity = capacity
        self._chatter = 0  # unknown URCs among them
        self._reserved: deque[ModemEvent] = deque()  # those among them that came beyond the capacity
        self._readable = asyncio.Event()
        self._writable = asyncio.Event()
        self._has_warned = False
        self._closed = False
        self._failure: LinkLostError | None = None

    @property
    def is_full(self) -> bool:
        """The consumer is behind: whoever puts something waits."""
        return len(self._events) >= self._capacity and not self._closed

    async def put(self, event: ModemEvent, *, until: asyncio.Future[str] | None = None) -> bool:
        """Hand on an event that must not be lost; waits while the consumer is behind.

        Waits no longer than until `until` is done. False: it was not taken.
        """
        while self.is_full:
            self._warn()
            if until is not None and until.done():
                return False
            self._writable.clear()
            await _first(self._writable, until)
        self._append(event)
        return True

    def offer(self, event: ModemEvent) -> None:
        """Hand on an event of passing interest; dropped while the consumer is behind."""
        is_chatter = isinstance(event, UnknownUrc)
        if len(self._events) < self._capacity and not (is_chatter and self._chatter >= CHATTER):
            self._chatter += is_chatter
            self._append(event)

    def keep(self, event: ModemEvent) -> None:
        """Hand on an event that must not be lost, but cannot wait: of few that come by themselves.

        While the consumer is behind there is a reserve for them. When that is full, too, the oldest goes.
        """
        if self.is_full:
            if len(self._reserved) >= RESERVE:
                self._events.remove(self._reserved.popleft())
            self._reserved.append(event)
        self._append(event)

    def close(self, failure: str | None = None, cause: LossCause = LossCause.PORT) -> None:
        """No more events. With `failure` LinkLostError follows the last one. Only the first call counts."""
        if not self._closed:
            self._closed = True
            self._failure = None if failure is None else LinkLostError(failure, cause=cause)
            self._readable.set()
            self._writable.set()

    async def iterate(self) -> AsyncIterator[ModemEvent]:
        """The events as they come. Ends when the modem was closed; raises LinkLostError when it was lost."""
        while self._events or not self._closed:
            if not self._events:
                self._readable.clear()
                await self._readable.wait()
                continue
            yield self._take()
        if self._failure is not None:
            raise self._failure

    def _take(self) -> ModemEvent:
        event = self._events.popleft()
        self._chatter -= isinstance(event, UnknownUrc)
        if self._reserved and self._reserved[0] is event:
            self._reserved.popleft()
        self._writable.set()
        return event

    def _append(self, event: ModemEvent) -> None:
        self._events.append(event)
        self._readable.set()

    def _warn(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            _LOGGER.warning(
                "nobody reads the modem's events, and %s of them wait: messages stay on the SIM meanwhile",
                len(self._events),
            )


async def _first(event: asyncio.Event, future: asyncio.Future[str] | None) -> None:
    """Wait for the event, or for the future."""
    has_room = asyncio.ensure_future(event.wait())
    waiting: set[asyncio.Future[Any]] = {has_room} if future is None else {has_room, future}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        has_room.cancel()
