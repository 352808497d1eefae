"""Looks after an open modem: is it alive, and does it still know what it was told?"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from gsm_driver.at import commands

from .errors import LossCause, ModemTimeoutError
from .models import ModemFault, RecoveryReason, RecoveryRung, RecoveryStep
from .profile import kept_meanwhile
from .startup import attempt, is_alive, knock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gsm_driver.at.exchange import AtCommand

    from .link import Link
    from .profile import Indications

_LOGGER = logging.getLogger(__name__)

HANGS = 4  # times that something was not answered, though AT was …
HANG_WINDOW = 600.0  # … within so many seconds
WAKE_AFTER = 20.0  # seconds of silence: a modem that was met asleep once may sleep again after so long

_ERRORS_QUESTION = commands.custom("AT+CMEE?", "+CMEE", secret=False)


class Caretaker:
    """Finds what no error and no URC tells.

    Args:
        link: the open line.
        indications: AT+CNMI as the modem took it; None: it took none.
        end: ends this life of the modem, for this reason.
        tell: told of each rung of the ladder that is used on the open line.
    """

    def __init__(
        self,
        link: Link,
        indications: Indications | None,
        *,
        end: Callable[[str, LossCause], Awaitable[None]],
        tell: Callable[[RecoveryStep], None],
    ) -> None:
        self._link = link
        self._indications = indications
        self._end = end
        self._tell = tell
        self._announcing = ""  # what the modem said to AT+CNMI? and AT+CMEE? when all was set
        self._errors = ""
        self._hangs: list[float] = []  # when it was silent, and answered AT all the same

    async def note_settings(self) -> None:
        """Remember how the modem describes its settings: not always as they were set."""
        self._announcing = await self._ask(commands.query_indications())
        self._errors = await self._ask(_ERRORS_QUESTION)

    async def check_alive(self) -> None:
        """It did not answer in time: see whether it answers at all. The mildest rungs of the ladder."""
        self._step(RecoveryRung.DRAIN, RecoveryReason.FIRST)
        if not await knock(self._link):
            self._step(RecoveryRung.ESCAPE, RecoveryReason.NEXT)
            if not await is_alive(self._link):
                await self._end("the modem does not answer any more", LossCause.SILENT)
                return
        if self._hangs_again():
            await self._end("the modem answers AT, but hangs in what it is asked", LossCause.SILENT)

    def _hangs_again(self) -> bool:
        """It was silent and yet alive; True: so often that only a restart helps (AT+CMGL: gammu#4)."""
        now = asyncio.get_running_loop().time()
        self._hangs = [at for at in self._hangs if now - at < HANG_WINDOW] + [now]
        return len(self._hangs) >= HANGS

    async def check_settings(self) -> None:
        """Set again what was forgotten. A modem that forgot more than AT+CNMI has restarted silently."""
        if await self._wake_and_ask(commands.query_indications()) == self._announcing:
            return
        if await self._ask(_ERRORS_QUESTION) != self._errors:
            await self._end(
                "the modem restarted without a word, and its settings are gone", LossCause.RESTARTED
            )
        else:
            await self.announce_again()

    async def announce_again(self) -> None:
        """Some modems forget AT+CNMI: E3372h after a call (PavelVe#40), E1715 within seconds."""
        if self._indications is not None:
            _LOGGER.debug("the modem has forgotten to announce messages")
            await attempt(self._link, commands.set_indications(*self._indications))

    async def keep_reports(self) -> None:
        """Have reports stored that come while nobody listens. What the modem refuses is no harm."""
        kept = None if self._indications is None else kept_meanwhile(self._indications)
        if kept is not None:
            await attempt(self._link, commands.set_indications(*kept))

    def _step(self, rung: RecoveryRung, reason: RecoveryReason) -> None:
        self._tell(RecoveryStep(rung=rung, fault=ModemFault.SILENT, reason=reason))

    async def _wake_and_ask(self, question: AtCommand) -> str:
        """A modem that sleeps swallows the first command after a pause (smstools' needs_wakeup_at)."""
        try:
            return await self._ask(question)
        except ModemTimeoutError:
            if not await knock(self._link):
                raise
            self._step(RecoveryRung.DRAIN, RecoveryReason.FIRST)
            self._link.wake_after = min(self._link.wake_after, WAKE_AFTER)
            return await self._ask(question)

    async def _ask(self, question: AtCommand) -> str:
        response = await attempt(self._link, question)
        return "" if response is None else "\n".join(line.value for line in response.lines)
