"""Writes down what came of the tests of people, as the engine tells it."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError
from alert_engine.failpoints import Moment
from alert_engine.model import AlarmChanged, AlarmState, MessageChanged, MessageKind, MessageState

from . import rehearsals

if TYPE_CHECKING:
    from collections.abc import Callable

    from alert_engine.journal.transaction import Transaction
    from alert_engine.ledger import Ledger
    from alert_engine.model import Alarm, EngineEvent, Message
    from alert_engine.work import Work

Result = AlarmChanged | MessageChanged

# Results that wait to be written: a journal that takes nothing for long must not fill the memory.
_MAX_WAITING = 1000
# Tests of which results may still come.
_MAX_TESTS = 1000
_TOLD = frozenset({MessageState.ACCEPTED, MessageState.DELIVERED})


class RehearsalNotes:
    """Listens, and writes later: what it hears is told after a commit, not in one."""

    def __init__(self, ledger: Ledger, wake: Callable[[], None]) -> None:
        self._ledger = ledger
        self._wake = wake
        self._waiting: deque[Result] = deque(maxlen=_MAX_WAITING)
        self._tests: deque[str] = deque(maxlen=_MAX_TESTS)  # ids of their alarms
        self._knows_older = False
        self._stop: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin to listen."""
        self._stop = self._ledger.subscribe(self._hear)

    def stop(self) -> None:
        """Listen no more."""
        if self._stop is not None:
            self._stop()

    async def write_down(self) -> None:
        """Write what waits. Raises JournalError: it waits still."""
        if not self._knows_older:
            self._tests.extendleft(await self._ledger.read(_older))
            self._knows_older = True
        heard = tuple(self._waiting)
        self._waiting.clear()
        try:
            wanted = await self._ledger.read(partial(_of_tests, heard)) if heard else ()
            if wanted:
                await self._ledger.commit(Moment.TIMER, partial(_write, results=wanted))
        except JournalError:
            self._waiting.extendleft(reversed(heard))
            raise

    def _hear(self, event: EngineEvent) -> None:
        if isinstance(event, MessageChanged):
            if not self._may_be_of_a_test(event.message):
                return
        elif not isinstance(event, AlarmChanged) or not self._is_answer(event.alarm):
            return
        self._waiting.append(event)
        self._wake()

    def _may_be_of_a_test(self, message: Message) -> bool:
        is_told = message.kind is MessageKind.RAISE and message.state in _TOLD
        return is_told and (not self._knows_older or message.alarm_id in self._tests)

    def _is_answer(self, alarm: Alarm) -> bool:
        if not rehearsals.is_rehearsal(alarm):
            return False
        if alarm.id not in self._tests:
            self._tests.append(alarm.id)
        return alarm.state is AlarmState.ACKED


def _older(tx: Transaction) -> list[str]:
    """Ids of the alarms of tests that began before the start, the newest first."""
    return list(dict.fromkeys(each.alarm_id for each in tx.rehearsals.newest(_MAX_TESTS)))


def _of_tests(results: tuple[Result, ...], tx: Transaction) -> tuple[Result, ...]:
    return tuple(
        each
        for each in results
        if isinstance(each, AlarmChanged) or tx.rehearsals.of_message(each.message.uid) is not None
    )


def _write(work: Work, results: tuple[Result, ...]) -> None:
    for each in results:
        if isinstance(each, AlarmChanged):
            rehearsals.note_answer(work, each.alarm, each.at)
        else:
            rehearsals.note_message(work, each.message, each.at)
