"""What happens while somebody has answered a call: tones to be heard, keys to be pressed.

The modem cannot speak. It plays DTMF: A and D in turn, again and again, and A three times when a key was
obeyed. No phone has these keys and no voice mailbox obeys them; and should the modem hear its own tones, they
mean nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gsm_driver import ModemError

from .base import KeyAnswer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alert_engine.clock import Clock
    from gsm_driver import Call

SIGNAL = "ADAD"
CONFIRMED = "AAA"
SIGNAL_EVERY = 4.0  # seconds: time enough between two to press a key that the modem can tell from its own
MAX_KEYS = 16  # of one call; whoever presses more is a voice mailbox or plays
KEYS = frozenset("0123456789*#")


class Conversation:
    """One answered call. It ends when the call does.

    Args:
        call: it is active.
        clock: for the pauses.
        press: what a key does; it never raises.
    """

    def __init__(self, call: Call, *, clock: Clock, press: Callable[[str], Awaitable[KeyAnswer]]) -> None:
        self._call = call
        self._clock = clock
        self._press = press
        self._is_over = asyncio.Event()
        self._is_unwanted = False
        self._is_pressing = False
        self._playing = asyncio.Lock()  # one pattern after the other

    async def run(self) -> None:
        """Signal and listen, until the call has ended."""
        await asyncio.gather(self._signal(), self._listen())

    def interrupt(self) -> None:
        """Nobody needs the call any more: end it, after a confirmation that is due."""
        self._is_unwanted = True
        if not self._is_pressing:
            self._call.request_end()

    async def _signal(self) -> None:
        """Until the call is over, or the modem says that it plays no tones."""
        while not self._is_over.is_set() and await self._play(SIGNAL):
            await self._clock.wait(self._is_over, self._clock.monotonic() + SIGNAL_EVERY)

    async def _listen(self) -> None:
        left = MAX_KEYS
        async for key in self._call.tones():
            if key in KEYS and left:
                left -= 1
                await self._answer(key)
        self._is_over.set()

    async def _answer(self, key: str) -> None:
        self._is_pressing = True
        answer = await self._press(key)
        if answer is KeyAnswer.DONE:
            await self._play(CONFIRMED)
        self._is_pressing = False
        if answer is not KeyAnswer.IGNORED or self._is_unwanted:
            self._call.request_end()

    async def _play(self, tones: str) -> bool:
        async with self._playing:
            try:
                await self._call.send_tones(tones)
            except ModemError:
                return False
        return True
