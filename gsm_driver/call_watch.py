"""Looks after the call that is going on: asks, hangs up, concludes, each when it is due."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.calls import parse_end_cause
from gsm_driver.at.responses import parse_current_calls

from .call import Call
from .call_progress import CallTask
from .errors import LinkLostError, ModemTimeoutError, ResponseError
from .models import CallOutcome, CallState
from .startup import attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsm_driver.at.calls import CallChange

    from .call_progress import CallProgress
    from .link import Link

_LOGGER = logging.getLogger(__name__)

# Seconds after a call in which what the modem says belongs to that one: NO CARRIER after ^CEND, a late RING.
AFTERMATH = 1.0

_HANG_UPS = (commands.hang_up_voice(), commands.hang_up())


class CallWatch:
    """Holds one call at most, and its progress.

    Args:
        link: the open line.
        tone_command: as in `ModemProfile`.
        on_end: called after each call.
        on_silence: called when the modem did not answer in time.
    """

    def __init__(
        self, link: Link, *, tone_command: str, on_end: Callable[[], None], on_silence: Callable[[], None]
    ) -> None:
        self._link = link
        self._tone_command = tone_command
        self._on_end = on_end
        self._on_silence = on_silence
        self._now = asyncio.get_running_loop().time
        self._wake = asyncio.Event()
        self.call: Call | None = None
        self.progress: CallProgress | None = None
        self.quiet_from = -math.inf  # the last call is over for good

    def begin(self, progress: CallProgress) -> Call:
        """There is a call."""
        self.progress = progress
        self.call = Call(self._link, progress, tone_command=self._tone_command, wake=self._wake.set)
        self._wake.set()
        return self.call

    def end(self, call: Call, outcome: CallOutcome) -> None:
        """This one is over, if it was not before."""
        if call is self.call:
            self.call = self.progress = None
            self.quiet_from = self._now() + AFTERMATH
            call.tell_ended(outcome)

    def note(self, change: CallChange) -> None:
        """The modem announced a state."""
        if self.progress is not None:
            self.progress.note(change, self._now())
            self._tell_answered()
            self._wake.set()
        elif change.state is CallState.ENDED and self._now() >= self.quiet_from:
            self._on_end()  # of a call that was never told: some modems are deaf to messages after it, too

    async def run(self) -> None:
        """Do what is due, until the line is lost."""
        while True:
            try:
                await self._step()
            except LinkLostError:
                return
            except ModemTimeoutError as err:
                _LOGGER.debug("looking after a call: %s", err)
                self._on_silence()
            await self._rest()

    async def _rest(self) -> None:
        """Wait until something is noted or due."""
        due = math.inf if self.progress is None else self.progress.next_due
        try:
            async with asyncio.timeout_at(due if math.isfinite(due) else None):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _step(self) -> None:
        call, progress = self.call, self.progress
        if call is None or progress is None:
            return
        match progress.due(self._now()):
            case CallTask.LOOK:
                await self._look(progress)
            case CallTask.HANG_UP:
                await self._hang_up(progress)
        self._tell_answered()
        if progress.is_over:
            await self._conclude(call, progress)

    async def _look(self, progress: CallProgress) -> None:
        """Ask for the list of calls; not while the modem keeps its answer to ATD: that would end the call."""
        if self._link.awaits_late_answer:
            return
        response = await attempt(self._link, commands.list_calls())
        try:
            if response is not None:
                progress.note_list(parse_current_calls(response), self._now())
                return
        except ResponseError as err:
            _LOGGER.debug("%s", err)
        progress.note_no_list()

    async def _hang_up(self, progress: CallProgress) -> None:
        """AT+CHUP, else ATH; the next try begins with the other one. Never AT+CHLD: it kills some sticks."""
        first = (progress.hang_ups - 1) % len(_HANG_UPS)
        for command in (*_HANG_UPS[first:], *_HANG_UPS[:first]):
            if command.name == "ATH":
                await attempt(self._link, commands.heed_hang_up())
            if await attempt(self._link, command) is not None:
                progress.note_released(self._now())
                return

    def _tell_answered(self) -> None:
        if self.call is not None and self.progress is not None and self.progress.was_active:
            self.call.tell_answered()

    async def _conclude(self, call: Call, progress: CallProgress) -> None:
        """It is over: learn why, tell, look after the inbox."""
        try:
            if progress.needs_cause:
                response = await attempt(self._link, commands.query_call_end())
                progress.explain(None if response is None else parse_end_cause(response))
        finally:
            self.end(call, progress.outcome or CallOutcome.NO_CARRIER)
            self._on_end()
