"""One call, as the caller of this package sees it."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from gsm_driver.at import commands

from .call_progress import HANG_UP_INTERVAL
from .errors import LinkLostError, ModemTimeoutError, UsageError
from .models import CallOutcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .call_progress import CallProgress
    from .link import Link
    from .models import CallState

T = TypeVar("T")

HANG_UP_LIMIT = 6 * HANG_UP_INTERVAL  # seconds for a modem to let go of a call; each way is tried three times
MAX_TONES = 256  # received digits that nobody has read yet
FIRST_INDEX = 1  # <id> of a call where the modem does not say

TONES = re.compile(r"[0-9*#A-D]+")


class Call:
    """A call, made or received. `Calls.dial` and `Calls.answer` give it.

    ::

        call = await modem.calls.dial("+43…", ring_for=25)
        if await call.answered():
            async for digit in call.tones():
                …
        outcome = await call.ended()

    "Answered" is what the modem says. It is not a person's word: a voice mailbox answers, and in some
    networks a modem calls a call active while it still rings (A7672).
    """

    def __init__(
        self, link: Link, progress: CallProgress, *, tone_command: str, wake: Callable[[], None]
    ) -> None:
        self._link = link
        self._progress = progress
        self._tone_command = tone_command
        self._wake = wake
        loop = asyncio.get_running_loop()
        self._now = loop.time
        self._answered: asyncio.Future[bool] = loop.create_future()
        self._ended: asyncio.Future[CallOutcome] = loop.create_future()
        self._tones: deque[str] = deque(maxlen=MAX_TONES)
        self._changed = asyncio.Event()
        link.lost.add_done_callback(self._note_lost)

    @property
    def state(self) -> CallState:
        """How far it is."""
        return self._progress.state

    @property
    def is_incoming(self) -> bool:
        """Somebody called us."""
        return self._progress.is_incoming

    async def answered(self) -> bool:
        """Wait until it is active: True; or until it ended without that: False.

        Raises:
            LinkLostError: the modem is gone.
        """
        return await self._unless_lost(self._answered)

    async def ended(self) -> CallOutcome:
        """Wait for its end.

        Raises:
            LinkLostError: the modem is gone. Nobody knows what became of the call.
        """
        return await self._unless_lost(self._ended)

    async def hang_up(self) -> CallOutcome:
        """End it, and wait until it has ended.

        Raises:
            ModemTimeoutError: the modem does not let go of the call. It is tried on and on.
            LinkLostError: the modem is gone.
        """
        self.request_end()
        try:
            async with asyncio.timeout(HANG_UP_LIMIT):
                return await self.ended()
        except TimeoutError:
            raise ModemTimeoutError("AT+CHUP", HANG_UP_LIMIT) from None

    async def send_tones(self, tones: str) -> None:
        """Send DTMF, one digit after the other: 0 to 9, ``*``, ``#``, A to D.

        Raises:
            UsageError: another character.
            CommandError: the modem sends no tones, or the call is not active.
            LinkError: the line.
        """
        if not TONES.fullmatch(tones):
            raise UsageError("tones are the digits 0 to 9, *, # and A to D")
        index = self._progress.index or FIRST_INDEX
        for digit in tones:
            await self._link.execute(commands.send_tone(digit, self._tone_command, index=index))

    async def tones(self) -> AsyncIterator[str]:
        """The DTMF digits that the far end sends, until the call ends. For one reader.

        Nothing comes from a modem that detects none.
        """
        while self._tones or not (self._ended.done() or self._link.lost.done()):
            if self._tones:
                yield self._tones.popleft()
                continue
            self._changed.clear()
            await self._changed.wait()

    async def _unless_lost(self, future: asyncio.Future[T]) -> T:
        waiting: set[asyncio.Future[Any]] = {future, self._link.lost}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if future.done():
            return future.result()
        raise LinkLostError(f"the line to the modem is gone: {self._link.lost.result()}")

    # --- For `Calls` ---

    def request_end(self) -> None:
        """Have it hung up."""
        self._progress.hang_up(self._now())
        self._wake()

    def take_tone(self, digit: str) -> None:
        """A digit came."""
        self._tones.append(digit)
        self._changed.set()

    def tell_answered(self) -> None:
        """It is active."""
        if not self._answered.done():
            self._answered.set_result(True)

    def tell_ended(self, outcome: CallOutcome) -> None:
        """It is over."""
        if not self._answered.done():
            self._answered.set_result(outcome is CallOutcome.ANSWERED)
        self._ended.set_result(outcome)
        self._changed.set()
        self._link.lost.remove_done_callback(self._note_lost)

    def _note_lost(self, _: object) -> None:
        self._changed.set()
