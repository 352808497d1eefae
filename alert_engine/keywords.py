"""Keywords on their way to whoever acts on them: at least once, and never after they are too old."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from .errors import JournalError
from .failpoints import Moment
from .model import KeywordReceived
from .operations import keywords as operations

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from .ledger import Ledger
    from .model import EngineEvent

    Handler = Callable[[KeywordReceived], None]

_LOGGER = logging.getLogger(__name__)


class Keywords:
    """Part of the engine's public face: ``engine.keywords``.

    As long as nobody serves them, whoever listens to the engine is taken to have them.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._handlers: list[Handler] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = False
        ledger.subscribe(self._on_event)

    def open(self) -> None:
        """From now on somebody listens: what a restart announced again came before that."""
        self._is_open = True

    async def close(self) -> None:
        """Finish what is being written."""
        self._is_open = False
        await asyncio.gather(*self._tasks)

    def serve(self, handler: Handler) -> Callable[[], None]:
        """Call `handler` with each keyword, also with those that wait; returns what ends it.

        It may be called twice with the same id. Whoever has done what it asks for calls `taken`: a keyword of
        the configuration that is not taken within minutes is dropped, and its sender hears so.
        """
        self._handlers.append(handler)
        self._begin(self._hand_over_waiting(handler))
        return partial(self._leave, handler)

    def _leave(self, handler: Handler) -> None:
        if handler in self._handlers:
            self._handlers.remove(handler)

    def taken(self, keyword_id: str) -> None:
        """Somebody has it: it is not announced again."""
        self._begin(self._take(keyword_id))

    def _on_event(self, event: EngineEvent) -> None:
        if not isinstance(event, KeywordReceived) or not self._is_open:
            return
        for handler in tuple(self._handlers):
            handler(event)
        if not self._handlers:
            self.taken(event.id)

    async def _hand_over_waiting(self, handler: Handler) -> None:
        now = self._ledger.clock.now()
        for event in await self._ledger.read(partial(operations.waiting, now=now)):
            if handler in self._handlers:
                handler(event)

    async def _take(self, keyword_id: str) -> None:
        if await self._ledger.read(lambda tx: tx.waiting_keywords.waits(keyword_id)):
            await self._ledger.commit(Moment.TIMER, lambda work: work.tx.waiting_keywords.remove(keyword_id))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(_or_warn(work), name="keywords")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _or_warn(work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except JournalError as error:
        _LOGGER.warning("keywords wait, and may be announced twice: %s", error)
