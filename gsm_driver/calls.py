"""Voice calls: ring somebody, be rung, press keys. Messages never wait for a call.

No command holds the line longer than the modem takes to say OK; all waiting is done between commands. After
each call the inbox looks and AT+CNMI is set again: E3372h forgets it (PavelVe/home-assistant-addons#40).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import re
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.calls import END_CAUSES, CallChange, CallerId, Tone
from gsm_driver.at.urc import UrcKind

from .call_progress import CallProgress
from .call_watch import CallWatch
from .errors import CallInProgressError, CommandError, ModemError, ModemTimeoutError, UsageError
from .models import CallOutcome, CallState, IncomingCall
from .startup import attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsm_driver.at.urc import Urc

    from .call import Call
    from .events import EventQueue
    from .link import Link
    from .profile import ModemProfile

_LOGGER = logging.getLogger(__name__)

RING_FOR = 25.0  # seconds: before most voice mailboxes answer
TALK_FOR = 60.0  # seconds: an answered call that nobody ends costs money
CALLER_WAIT = 6.0  # seconds from RING to the +CLIP that says who it is: some modems know at the second RING
LEAVE_TIMEOUT = 2.0  # seconds that closing the port may wait for a call to be hung up

CALLABLE = re.compile(r"\+?[0-9]{1,20}")  # no * and #: those change call forwarding


class Calls:
    """Makes calls and takes them, one at a time. `modem.calls` is one of these.

    Args:
        link: the open line.
        profile: how the family dials and sends tones.
        events: where somebody who rings is announced, once a call.
        on_end: called after each call.
        on_silence: called when the modem did not answer in time.
    """

    def __init__(
        self,
        link: Link,
        profile: ModemProfile,
        events: EventQueue,
        *,
        on_end: Callable[[], None] = lambda: None,
        on_silence: Callable[[], None] = lambda: None,
    ) -> None:
        self._link = link
        self._profile = profile
        self._events = events
        self._watch = CallWatch(link, tone_command=profile.tone_command, on_end=on_end, on_silence=on_silence)
        self._loop = asyncio.get_running_loop()
        self._dialling = asyncio.Lock()
        self._is_prepared = False
        self._untold: asyncio.TimerHandle | None = None  # somebody rings, and may say who it is
        self._has_told_waiting = False

    @property
    def current(self) -> Call | None:
        """The call that is going on, or rings."""
        return self._watch.call

    async def prepare(self) -> None:
        """Have callers' numbers told."""
        await attempt(self._link, commands.present_callers())

    async def run(self) -> None:
        """Look after the calls, until the line is lost."""
        await self._watch.run()

    async def dial(self, number: str, *, ring_for: float = RING_FOR, talk_for: float = TALK_FOR) -> Call:
        """Call a number. Returns when the modem has begun to dial.

        Args:
            number: "+" and digits, or digits as one would dial them.
            ring_for: seconds of ringing, then it is hung up. They are counted from the first ring where the
                modem tells that, else from 10 s after dialling.
            talk_for: seconds after the answer, then it is hung up.

        Raises:
            UsageError: that is no number, or no number of seconds.
            CallInProgressError: another call is going on.
            CommandError: the modem refused.
            LinkError: the line.
        """
        if not CALLABLE.fullmatch(number):
            raise UsageError('a number to call is "+" and digits, or digits')
        _check_seconds(ring_for=ring_for, talk_for=talk_for)
        if self._dialling.locked():
            raise CallInProgressError("another call is about to be made; wait for its end")
        async with self._dialling:
            self._refuse_second()
            await self._prepare_family()
            await asyncio.sleep(max(0.0, self._watch.quiet_from - self._loop.time()))
            self._refuse_second()  # somebody may have begun to ring
            progress = CallProgress(
                is_incoming=False, now=self._loop.time(), ring_for=ring_for, talk_for=talk_for
            )
            call = self._begin(progress)
            await self._dial(number, call)
            return call

    async def answer(self, *, talk_for: float = TALK_FOR) -> Call:
        """Take the call that rings; it is hung up after so many seconds.

        Raises:
            UsageError: nobody rings, or that is no number of seconds.
            CommandError: the modem refused; mostly the caller has given up.
            LinkError: the line.
        """
        _check_seconds(talk_for=talk_for)
        call, progress = self._ringing()
        progress.talk_for = talk_for
        await self._prepare_family()
        try:
            await self._link.execute(commands.answer_call())
        except ModemTimeoutError:
            _LOGGER.debug("the modem keeps its answer to ATA: the line is free meanwhile")
        except CommandError as err:
            if err.final.upper() in END_CAUSES:
                self._watch.note(CallChange(state=CallState.ENDED))
            raise
        else:
            self._watch.note(CallChange(state=CallState.ACTIVE))
        return call

    async def reject(self) -> None:
        """Refuse the call that rings; returns when it has ended.

        Raises:
            UsageError: nobody rings.
            ModemTimeoutError, LinkLostError: as `Call.hang_up`.
        """
        call, _ = self._ringing()
        await call.hang_up()

    async def hang_up(self) -> None:
        """End the call that is going on, or refuse the one that rings; nothing if there is none."""
        if self.current is not None:
            await self.current.hang_up()

    async def leave(self) -> None:
        """The port will be let go: do not leave a call behind that nobody can end."""
        if self._untold is not None:
            self._untold.cancel()
        call = self.current
        if call is None or call.state is CallState.INCOMING or self._link.lost.done():
            return
        with contextlib.suppress(ModemError, TimeoutError):
            async with asyncio.timeout(LEAVE_TIMEOUT):
                await self._link.execute(commands.hang_up_voice())

    # --- What the modem says ---

    def note(self, urc: Urc) -> None:
        """Take note of what the modem says of calls."""
        match urc.parameters:
            case Tone(digit=digit):
                if self.current is not None:
                    self.current.take_tone(digit)
            case CallerId() as caller if urc.kind is UrcKind.CALL_WAITING:
                self._note_waiting(caller)
            case CallerId() as caller:
                self._note_ring(caller.dialable)
            case CallChange() as change:
                if change.state is CallState.INCOMING:
                    self._note_ring(change.number or None)
                self._watch.note(change)
            case _ if urc.kind is UrcKind.RING:
                self._note_ring(None)

    def _note_ring(self, caller: str | None) -> None:
        """It rings; `caller` is None where this line does not say. Said again and again."""
        now = self._loop.time()
        if self.current is None and now >= self._watch.quiet_from:
            self._tell_incoming("")  # the one before, if nobody said who that was
            self._begin(CallProgress(is_incoming=True, now=now))
            self._untold = self._loop.call_later(CALLER_WAIT, self._tell_incoming, "")
        if self._watch.progress is not None:
            self._watch.progress.rang(now)
        if caller is not None:
            self._tell_incoming(caller)

    def _tell_incoming(self, caller: str) -> None:
        """Announce who rings, unless that was done."""
        if self._untold is not None:
            self._untold.cancel()
            self._untold = None
            self._events.offer(IncomingCall(caller=caller))

    def _note_waiting(self, caller: CallerId) -> None:
        """Somebody calls while a call is going on; said again and again."""
        if not self._has_told_waiting:
            self._has_told_waiting = True
            self._events.offer(IncomingCall(caller=caller.dialable))

    # --- Beginning ---

    def _refuse_second(self) -> None:
        if self.current is not None:
            raise CallInProgressError("another call is going on; end it first, or wait for its end")

    def _ringing(self) -> tuple[Call, CallProgress]:
        call, progress = self._watch.call, self._watch.progress
        if call is None or progress is None or call.state is not CallState.INCOMING:
            raise UsageError("nobody rings")
        return call, progress

    def _begin(self, progress: CallProgress) -> Call:
        self._has_told_waiting = False
        return self._watch.begin(progress)

    async def _prepare_family(self) -> None:
        """What a family wants to hear once before its first call."""
        if not self._is_prepared:
            for text in self._profile.call_preparation:
                await attempt(self._link, commands.custom(text))
            self._is_prepared = True

    async def _dial(self, number: str, call: Call) -> None:
        try:
            response = await self._link.execute(commands.dial_voice(number))
        except ModemTimeoutError as err:
            if err.command != "ATD":  # it was not even written
                self._watch.end(call, CallOutcome.FAILED)
                raise
            _LOGGER.debug("the modem keeps its answer to ATD: the line is free meanwhile")
        except CommandError as err:
            word = err.final.upper()
            if word not in END_CAUSES:
                self._watch.end(call, CallOutcome.FAILED)
                raise
            self._watch.note(CallChange(state=CallState.ENDED, cause=END_CAUSES[word]))
        except BaseException:
            call.request_end()  # it may have gone out
            raise
        else:
            if response.final.upper() == "CONNECT":
                self._watch.note(CallChange(state=CallState.ACTIVE))


def _check_seconds(**times: float) -> None:
    """A call that nothing ends costs money."""
    for name, seconds in times.items():
        if not (math.isfinite(seconds) and seconds >= 0):
            raise UsageError(f"{name} is a number of seconds, 0 or more")
