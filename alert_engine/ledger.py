"""One operation, one commit; and only then is anybody told.

Every change of the engine goes through `Ledger.commit`: the operation loads rows, asks the decisions,
writes rows and announces events, all in one transaction. Operations run one after the other in the
journal's thread, so they need no locks.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from .failpoints import Moment
from .work import Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from alert_engine.model import EngineEvent

    from .clock import Clock
    from .ids import IdSource
    from .journal.store import Journal
    from .journal.transaction import Transaction
    from .outbox.route_board import RouteBoard
    from .settings import EngineSettings

T = TypeVar("T")

# Whoever asks for these keeps them until they are accepted. The rest is about what was accepted before.
_CAN_WAIT = frozenset({Moment.RAISE, Moment.SEND})

_LOGGER = logging.getLogger(__name__)


class Ledger:
    """Commits operations and tells listeners, in the order of the commits."""

    def __init__(
        self,
        settings: EngineSettings,
        journal: Journal,
        *,
        clock: Clock,
        ids: IdSource,
        board: RouteBoard,
        failpoint: Callable[[str], None],
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.board = board
        self._journal = journal
        self._ids = ids
        self._failpoint = failpoint
        self._listeners: list[Callable[[EngineEvent], None]] = []
        self._wakers: list[Callable[[], None]] = []

    async def commit(self, moment: Moment, operation: Callable[[Work], T]) -> T:
        """Run `operation` and return its result once it is committed.

        Raises:
            JournalError: nothing was committed.
            Exception: what the operation raised; nothing of it was committed.
        """
        begin = self._beginning()

        def run(tx: Transaction) -> tuple[T, Work]:
            work = begin(tx)
            result = operation(work)
            self._failpoint(moment.before)
            return result, work

        def committed(outcome: tuple[T, Work]) -> None:
            self._failpoint(moment.after)
            work = outcome[1]
            for event in work.events:
                self.publish(event)
            if work.events or work.expected:
                for wake in self._wakers:
                    wake()

        result, _work = await self._journal.write(run, on_commit=committed, can_wait=moment in _CAN_WAIT)
        return result

    async def try_out(self, operation: Callable[[Work], T]) -> T:
        """What `operation` would return. Nothing of it is committed, and nobody is told.

        Raises:
            JournalError: the journal takes nothing now.
            Exception: what the operation raised.
        """
        begin = self._beginning()
        results: list[T] = []

        def run(tx: Transaction) -> None:
            results.append(operation(begin(tx)))
            raise _TriedOutError

        with suppress(_TriedOutError):
            await self._journal.write(run, can_wait=True)
        return results[-1]

    def _beginning(self) -> Callable[[Transaction], Work]:
        """Work as everything stands at this moment."""
        now, settings, routes = self.clock.now(), self.settings, self.board.views()
        return lambda tx: Work(tx=tx, now=now, settings=settings, ids=self._ids, routes=routes)

    @property
    def trouble(self) -> str:
        """Why no alarm and no message is taken now, for people; empty if they are."""
        return self._journal.trouble

    @property
    def has_snapshot(self) -> bool:
        """There is a copy of the journal, of whatever age."""
        return self._journal.has_snapshot

    @property
    def is_looked_over(self) -> bool:
        """The start has read all of the journal."""
        return self._journal.is_looked_over

    @property
    def damage(self) -> str:
        """What is wrong with the journal's file, for people; empty if nothing is known."""
        return self._journal.damage

    async def look_over(self) -> None:
        """Read all of the journal, beside the work; what is found is in `damage`. Raises JournalError."""
        await self._journal.look_over()

    async def write_snapshot(self) -> None:
        """Copy the journal, for the day on which it is damaged. Raises JournalError."""
        await self._journal.write_snapshot()

    async def read(self, operation: Callable[[Transaction], T]) -> T:
        """Look at committed rows. Raises JournalError."""
        return await self._journal.read(operation)

    def subscribe(self, listener: Callable[[EngineEvent], None]) -> Callable[[], None]:
        """Call `listener` with every event, on the event loop; returns what ends that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def after_commit(self, wake: Callable[[], None]) -> None:
        """Call `wake` after every commit by which something may become due: it announces, or expects."""
        self._wakers.append(wake)

    def publish(self, event: EngineEvent) -> None:
        """Tell the listeners. One that fails does not keep it from the others."""
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:
                # The event itself stays out of the log: it holds numbers and texts.
                _LOGGER.exception("a listener failed on %s", type(event).__name__)


class _TriedOutError(Exception):
    """Undoes what was only tried."""
