"""What a modem tells its consumer: bounded, in order, nothing that matters dropped."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from .errors import LinkLostError, LossCause

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .models import ModemEvent

CAPACITY = 256  # events; a full SIM is 50. Beyond it the modem keeps the messages until somebody reads


class EventQueue:
    """From the services of one modem to one consumer."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._events: deque[ModemEvent] = deque()
        self._capacity = capacity
        self._readable = asyncio.Event()
        self._writable = asyncio.Event()
        self._closed = False
        self._failure: LinkLostError | None = None

    async def put(self, event: ModemEvent) -> None:
        """Hand on an event that must not be lost; waits while the consumer is behind."""
        while len(self._events) >= self._capacity and not self._closed:
            self._writable.clear()
            await self._writable.wait()
        self._append(event)

    def offer(self, event: ModemEvent) -> None:
        """Hand on an event of passing interest; dropped while the consumer is behind."""
        if len(self._events) < self._capacity:
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
            event = self._events.popleft()
            self._writable.set()
            yield event
        if self._failure is not None:
            raise self._failure

    def _append(self, event: ModemEvent) -> None:
        self._events.append(event)
        self._readable.set()
