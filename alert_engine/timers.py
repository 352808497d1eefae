"""What comes due by itself is done when it comes due."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from .clock import lead_of
from .errors import JournalError
from .failpoints import Moment
from .operations.timers import follow_clock, forget_old, next_deadline, run_due
from .outbox.worker import JOURNAL_PAUSE, LONGEST_SLEEP

if TYPE_CHECKING:
    from .ledger import Ledger

_LOGGER = logging.getLogger(__name__)

# A clock that differs by more was set by somebody; less is the work of NTP.
_JUMP = timedelta(seconds=5)

# Nobody tells of a jump, in seconds: until it is noticed, what waits may look expired, and is not sent.
_CLOCK_LOOK = 10.0

# Between looks for rows that are too old to keep, in seconds.
_TIDY_INTERVAL = 3600.0


class Timers:
    """One task that sleeps until the next deadline of the journal."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._clock = ledger.clock
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._tidy_at = 0.0
        self._known_lead = timedelta(0)
        ledger.after_commit(self._wake.set)

    def start(self) -> None:
        """Begin."""
        self._known_lead = lead_of(self._clock)
        self._task = asyncio.create_task(self._run(), name="engine timers")

    async def stop(self) -> None:
        """End; a commit under way is finished by the journal."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._sleep(await self._look())
            except JournalError as error:
                _LOGGER.warning("steps and reminders wait: %s", error)
                await self._pause()
            except Exception:
                # A defect of ours must not end all reminders.
                _LOGGER.exception("what came due could not be done; trying again")
                await self._pause()

    async def _pause(self) -> None:
        await self._clock.wait(self._wake, self._clock.monotonic() + JOURNAL_PAUSE)

    async def _sleep(self, seconds: float) -> None:
        """Until something changes, or the clock of the machine has jumped."""
        end = self._clock.monotonic() + seconds
        while (now := self._clock.monotonic()) < end and abs(self._jump()) <= _JUMP:
            if await self._clock.wait(self._wake, min(end, now + _CLOCK_LOOK)):
                return

    async def _look(self) -> float:
        """Do what is due; say how many seconds nothing will be."""
        await self._follow_clock()
        if self._clock.monotonic() >= self._tidy_at:
            is_more = await self._ledger.commit(Moment.TIMER, forget_old)
            self._tidy_at = self._clock.monotonic() + (0.0 if is_more else _TIDY_INTERVAL)
        deadline = await self._ledger.read(next_deadline)
        if deadline is None:
            return LONGEST_SLEEP
        if await self._follow_clock():
            return 0.0  # it jumped while the journal was asked
        left = (deadline - self._clock.now()).total_seconds()
        if left > 0:
            return min(left, LONGEST_SLEEP)
        done = await self._ledger.commit(Moment.TIMER, run_due)
        return 0.0 if done else JOURNAL_PAUSE

    async def _follow_clock(self) -> bool:
        """Notice a jump of the wall clock, before it makes anything late or early; True if there was one."""
        jump = self._jump()
        known = self._known_lead + jump
        jumped = abs(jump) > _JUMP
        if jumped:
            _LOGGER.warning("the clock of this machine jumped by %s", jump)
            await self._ledger.commit(Moment.TIMER, partial(follow_clock, jump=jump))
        self._known_lead = known
        return jumped

    def _jump(self) -> timedelta:
        """How far the wall clock was set since it was followed."""
        return lead_of(self._clock) - self._known_lead
