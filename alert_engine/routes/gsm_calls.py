"""Alarms by call: a `Route` over the modem of a `GsmModemRoute`. It rings; what is said is said by SMS.

::

    messages = GsmModemRoute("stick", supervisor, clock=clock)
    await engine.add_route(messages)
    await engine.add_route(GsmCallRoute(messages, clock=clock))  # "stick-calls"

SMS go out while it rings: a call holds the modem's line only for the moments of its commands. One call at a
time. A call that a crash cut off is made again: that costs a ring, and nothing is in doubt.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError
from alert_engine.model import Channel
from gsm_driver import CallInProgressError, ModemError, RegistrationStatus

from .base import (
    Accepted,
    ErrorClass,
    InboundReport,
    KeyAnswer,
    KeyPress,
    Rejected,
    ReportStatus,
    RouteHealth,
    RouteState,
    SegmentProgress,
    SegmentState,
)
from .gsm_conversation import Conversation
from .gsm_translation import call_outcome_of, call_refusal_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alert_engine.clock import Clock
    from gsm_driver import Call, Modem

    from .base import OutboundMessage, Outcome, RouteSink
    from .gsm_modem import GsmModemRoute

_LOGGER = logging.getLogger(__name__)

SHORTEST_RING, LONGEST_RING = 5.0, 90.0  # seconds; networks end a call that nobody answers after about 60 s
RING_FOR = 25.0  # seconds: enough to find a phone in a bag, and before most voice mailboxes answer
TALK_FOR = 30.0  # seconds after the answer: seven signals, and a voice mailbox that answered costs no more
STOP_TIMEOUT = 15.0  # seconds for a modem to let go of the call in hand
CLEARINGS = 3  # callers who are sent away so that an alarm gets the line
SUFFIX = "-calls"
LONGEST_NAME = 64  # characters of the name of a route

_MESSAGES_ONLY = frozenset({RegistrationStatus.SMS_ONLY_HOME, RegistrationStatus.SMS_ONLY_ROAMING})


def name_of_calls(modem: str) -> str:
    """The name of the route for the calls of a modem; no longer than a name may be."""
    return modem[: LONGEST_NAME - len(SUFFIX)] + SUFFIX


@dataclass(slots=True, kw_only=True)
class _InHand:
    """The call that is being made."""

    uid: str
    sink: RouteSink
    is_unwanted: bool = False
    call: Call | None = None
    conversation: Conversation | None = None

    def end(self) -> None:
        """Hang up, or do not even dial."""
        self.is_unwanted = True
        if self.conversation is not None:
            self.conversation.interrupt()
        elif self.call is not None:
            self.call.request_end()


class GsmCallRoute:
    """A `Route` for calls by a modem that another route keeps open. It is `Interruptible`.

    Args:
        modem: the route of the modem; stopped after this one, or this one has no modem.
        clock: for waiting and for the time of the answer.
        ring_for: seconds of ringing, then it hangs up.
    """

    def __init__(self, modem: GsmModemRoute, *, clock: Clock, ring_for: float = RING_FOR) -> None:
        self._modem = modem
        self._name = name_of_calls(modem.name)
        self._clock = clock
        self._ring_for = ring_for
        # Not the modem's yet, so that the engine hears of a modem that has been well for long.
        self._health = RouteHealth(state=RouteState.UNKNOWN, reason="not started", companion_of=modem.name)
        self._sink: RouteSink | None = None
        self._in_hand: _InHand | None = None
        self._idle = asyncio.Event()
        self._stopping = False
        self._unfollow: Callable[[], None] | None = None

    @property
    def name(self) -> str:
        """That of the modem with ``-calls`` after it."""
        return self._name

    @property
    def channels(self) -> frozenset[Channel]:
        """Calls."""
        return frozenset({Channel.CALL})

    @property
    def health(self) -> RouteHealth:
        """The modem's, as far as it is about calls."""
        return self._health

    async def start(self, sink: RouteSink) -> None:
        """Begin to tell the modem's health."""
        self._stopping = False
        self._sink = sink
        self._unfollow = self._modem.follow(self._follow)
        self._health = _of_calls(self._modem.health, self._modem.name)
        await self._tell_health()

    async def stop(self) -> None:
        """Hang up. The call is made again after the next start."""
        self._stopping = True
        if self._unfollow is not None:
            self._unfollow()
            self._unfollow = None
        if self._in_hand is not None:
            self._in_hand.end()
            await self._clock.wait(self._idle, self._clock.monotonic() + STOP_TIMEOUT)
        self._sink = None

    def plan_segments(self, _message: OutboundMessage) -> int:
        """One call, whatever the text says."""
        return 1

    def interrupt(self, uid: str) -> None:
        """Hang up, if it is this one that rings."""
        if self._in_hand is not None and self._in_hand.uid == uid:
            self._in_hand.end()

    async def send(
        self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
    ) -> Outcome:
        """Ring once. Accepted: it rang until the time was up; or it was answered, which is reported, too."""
        modem, sink = self._modem.modem, self._sink
        if modem is None or sink is None or self._stopping:
            return Rejected(error_class=ErrorClass.DEVICE, reason=self._health.reason or "no modem")
        in_hand = self._in_hand = _InHand(uid=message.uid, sink=sink)
        self._idle.clear()
        try:
            return await self._ring(modem, message, progress, in_hand)
        except ModemError as err:
            return call_refusal_of(err)
        finally:
            self._in_hand = None
            self._idle.set()

    async def _ring(
        self,
        modem: Modem,
        message: OutboundMessage,
        progress: Callable[[SegmentProgress], Awaitable[None]],
        in_hand: _InHand,
    ) -> Outcome:
        call = in_hand.call = await self._dial(modem, message.address)
        try:
            if in_hand.is_unwanted:
                call.request_end()
            if not await call.answered():
                return call_outcome_of(await call.ended(), message.uid)
            await self._note_answer(message, progress, in_hand.sink)
            await self._talk(call, in_hand)
            return Accepted(reference=message.uid, segments=1)
        finally:
            call.request_end()

    async def _dial(self, modem: Modem, number: str) -> Call:
        """Whoever rings the modem is sent away, also at the last moment."""
        for _ in range(CLEARINGS):
            await modem.calls.hang_up()
            with suppress(CallInProgressError):
                return await modem.calls.dial(number, ring_for=self._ring_for, talk_for=TALK_FOR)
        raise CallInProgressError("callers keep the line busy")

    # --- somebody has answered ---

    async def _note_answer(
        self,
        message: OutboundMessage,
        progress: Callable[[SegmentProgress], Awaitable[None]],
        sink: RouteSink,
    ) -> None:
        """Answered is delivered, also after a crash from here on."""
        report = InboundReport(
            reference=message.uid,
            address=message.address,
            status=ReportStatus.DELIVERED,
            reported_at=self._clock.now(),
            code="answered",
        )
        accepted = SegmentProgress(segment=0, state=SegmentState.ACCEPTED, reference=message.uid)
        try:
            await progress(accepted)
            await sink.report(self._name, report)
        except JournalError as err:  # whoever answered must hear something all the same
            _LOGGER.warning("%s: an answer could not be noted: %s", self._name, err)

    async def _talk(self, call: Call, in_hand: _InHand) -> None:
        """A key counts when it is committed; before that nothing is confirmed."""

        async def press(key: str) -> KeyAnswer:
            try:
                return await in_hand.sink.key_pressed(self._name, KeyPress(uid=in_hand.uid, key=key))
            except JournalError as err:
                _LOGGER.warning("%s: a key was pressed, and not noted: %s", self._name, err)
                return KeyAnswer.IGNORED

        in_hand.conversation = Conversation(call, clock=self._clock, press=press)
        await in_hand.conversation.run()

    # --- health ---

    async def _follow(self, health: RouteHealth) -> None:
        known, self._health = self._health, _of_calls(health, self._modem.name)
        if known != self._health:
            await self._tell_health()

    async def _tell_health(self) -> None:
        if self._sink is None:
            return
        try:
            await self._sink.health(self._name, self._health)
        except JournalError as err:
            _LOGGER.warning("%s: its health could not be noted: %s", self._name, err)


def _of_calls(health: RouteHealth, modem: str) -> RouteHealth:
    """The health of a modem, for its calls."""
    registration = dict(health.facts).get("registration")
    if registration in _MESSAGES_ONLY:
        text = "the network takes SMS but no calls from this SIM here: ask its provider"
        return RouteHealth(state=RouteState.FAILED, reason=text, proof=health.proof)
    return replace(health, facts=(), companion_of=modem)
