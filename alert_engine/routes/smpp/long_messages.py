"""Holds the parts of long inbound messages until they can be committed as one.

A part is not answered before its message is committed, unless the others stay away: some message centres
send the next part only after the answer to this one. From then on it is in memory only.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from alert_engine.errors import JournalError, JournalRefusalError

from .inbound import MAX_UNFINISHED, Assembler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alert_engine.clock import Clock

    from .inbound import Key, Part

_LOGGER = logging.getLogger(__name__)

PARTS_HELD: Final = 5.0  # seconds before a part is answered though others are missing
PARTS_WAIT: Final = 600.0  # seconds before a long message is handed in as far as it came


class LongMessages:
    """Long messages under way.

    Args:
        hand_in: commits the parts of one message, in order; raises JournalError.
        clock: all waiting.
    """

    def __init__(self, hand_in: Callable[[tuple[Part, ...]], Awaitable[None]], clock: Clock) -> None:
        self._hand_in = hand_in
        self._clock = clock
        self._assembler = Assembler()
        self._committed: dict[Key, asyncio.Event] = {}
        self._committing: set[Key] = set()
        self._expiries: set[asyncio.Task[None]] = set()

    async def take(self, part: Part) -> None:
        """Returns when the part may be answered. Raises JournalError: it has to be delivered again."""
        await self._make_room(part.key)
        parts = self._assembler.add(part, self._clock.monotonic())
        if len(parts) == part.total:
            await self._commit(part.key)
        elif parts:
            await self._hold(part.key)

    async def _make_room(self, key: Key) -> None:
        """The oldest has waited for longest: better with a gap than not at all."""
        unfinished = self._assembler.unfinished
        if key in unfinished or len(unfinished) < MAX_UNFINISHED:
            return
        oldest = next((each for each in unfinished if each not in self._committing), None)
        if oldest is not None:
            await self._commit_or_lose(oldest)

    async def _commit_or_lose(self, key: Key) -> None:
        """What the journal will never take must not be in the way of others. Raises JournalError."""
        try:
            await self._commit(key)
        except JournalRefusalError as error:
            _LOGGER.error("a long message is lost: %s", error)  # noqa: TRY400 - the text says it all

    async def _commit(self, key: Key) -> None:
        parts = self._assembler.parts(key)
        self._committing.add(key)
        try:
            await self._hand_in(parts)
        except JournalRefusalError:
            self._finish(key, parts)
            raise
        finally:
            self._committing.discard(key)
        self._finish(key, parts)

    def _finish(self, key: Key, parts: tuple[Part, ...]) -> None:
        self._assembler.finish(key, parts, self._clock.monotonic())
        if key not in self._assembler.unfinished:  # else another part came meanwhile
            self._committed.pop(key, asyncio.Event()).set()

    async def _hold(self, key: Key) -> None:
        committed = self._committed.get(key)
        if committed is None:
            committed = self._committed[key] = asyncio.Event()
            task = asyncio.create_task(self._expire(key, committed))
            self._expiries.add(task)
            task.add_done_callback(self._expiries.discard)
        await self._clock.wait(committed, self._clock.monotonic() + PARTS_HELD)

    async def _expire(self, key: Key, committed: asyncio.Event) -> None:
        """Better with a gap than not at all."""
        while not await self._clock.wait(committed, self._clock.monotonic() + PARTS_WAIT):
            try:
                await self._commit_or_lose(key)
            except JournalError as error:
                _LOGGER.warning("a long message waits for its end, and for the journal: %s", error)

    async def stop(self) -> None:
        """Commit what is there."""
        for task in tuple(self._expiries):
            task.cancel()
        await asyncio.gather(*self._expiries, return_exceptions=True)
        for key in self._assembler.unfinished:
            try:
                await self._commit(key)
            except JournalError as error:
                _LOGGER.warning("a long message that was not whole is lost: %s", error)
