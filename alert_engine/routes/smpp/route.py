"""A message centre as a route for SMS: bound as long as it lives, nothing retried, nothing lost.

::

    route = SmppRoute("centre", SmppAccount(host="smpp.example.com", system_id=…, password=…), clock=…, ids=…)
    await engine.add_route(route)
"""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from alert_engine.errors import JournalError
from alert_engine.model import Channel
from alert_engine.routes.base import (
    Accepted,
    ErrorClass,
    LateAcceptance,
    Rejected,
    SegmentProgress,
    SegmentState,
    Unknown,
)
from alert_engine.routes.pacing import Pacing
from alert_engine.routes.provider_health import HealthNotes
from alert_engine.routes.server_access import Trust
from gsm_driver import PduEncodeError

from .codes import Status, code_of, meaning_of
from .deliveries import Deliveries
from .pdu import Pdu, read_message_id
from .session import BindRefusedError, NoAnswerError, NotSentError, SmppSession
from .submission import planned, submissions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from alert_engine.clock import Clock
    from alert_engine.ids import IdSource
    from alert_engine.routes.base import OutboundMessage, Outcome, RouteHealth, RouteSink

    from .account import SmppAccount

_LOGGER = logging.getLogger(__name__)

FIRST_WAIT: Final = 1.0  # seconds before the second try to connect; doubles
LONGEST_WAIT: Final = 60.0  # seconds
REFUSED_WAIT: Final = 600.0  # seconds: a person has to act, and some providers lock who tries too often
STEADY: Final = 60.0  # seconds: a session that lived so long was a good one
CHECK_INTERVAL = timedelta(minutes=5)  # before an account that was accused is trusted again
THROTTLED_PAUSE = timedelta(seconds=5)
STOP_TIMEOUT: Final = 15.0  # seconds for the segment in hand
_TOO_MUCH: Final = frozenset({Status.QUEUE_FULL, Status.THROTTLED})


class SmppRoute:
    """A `Route` over one account at a message centre.

    Args:
        name: in configuration, topics and reports.
        account: its settings.
        clock: all waiting.
        ids: chance, so that many gateways do not come back at one moment.
    """

    def __init__(self, name: str, account: SmppAccount, *, clock: Clock, ids: IdSource) -> None:
        self._name = name
        self._account = account
        self._clock = clock
        self._ids = ids
        self._trust = Trust(account.ca_file)
        self._notes = HealthNotes(can_be_checked=True)
        self._pacing = Pacing(per_second=account.per_second)
        self._window = asyncio.Semaphore(account.window)
        self._session: SmppSession | None = None
        self._deliveries: Deliveries | None = None
        self._sink: RouteSink | None = None
        self._refused: Rejected | None = None
        self._life: asyncio.Task[None] | None = None
        self._accused_at = -math.inf  # when an answer to a message last accused the account
        self._asked = asyncio.Event()  # to connect, now
        self._sending = 0
        self._idle = asyncio.Event()
        self._stopping = False

    @property
    def name(self) -> str:
        """The name in configuration, topics and reports."""
        return self._name

    @property
    def channels(self) -> frozenset[Channel]:
        """SMS."""
        return frozenset({Channel.SMS})

    @property
    def health(self) -> RouteHealth:
        """What the session and the newest sends showed."""
        return self._notes.health

    async def start(self, sink: RouteSink) -> None:
        """Begin to connect, and stay connected; does not wait for it."""
        self._stopping = False
        self._sink = sink
        self._deliveries = Deliveries(self._name, self._account, sink, self._clock)
        self._life = asyncio.create_task(self._live(self._deliveries), name=f"{self._name}: session")

    async def stop(self) -> None:
        """Finish the segment in hand, say good-bye, close."""
        self._stopping = True
        if self._sending:
            self._idle.clear()
            await self._clock.wait(self._idle, self._clock.monotonic() + STOP_TIMEOUT)
        if self._session is not None:
            await self._session.close()
        if self._life is not None:
            self._life.cancel()
            with suppress(asyncio.CancelledError):
                await self._life
        if self._deliveries is not None:
            await self._deliveries.stop()

    def retry(self) -> None:
        """A person says: I have done something about it. What has failed is tried now."""
        self._accused_at = -math.inf
        self._asked.set()

    # --- staying connected -----------------------------------------------------------------------------

    async def _live(self, deliveries: Deliveries) -> None:
        misses = 0
        while True:
            began = self._clock.monotonic()
            refused = await self._one_session(deliveries)
            if self._stopping:
                return
            await self._note(refused)
            lasted = self._clock.monotonic() - began
            misses = 1 if lasted >= STEADY else misses + 1
            self._asked.clear()
            await self._clock.wait(self._asked, self._clock.monotonic() + self._wait(refused, misses))

    async def _one_session(self, deliveries: Deliveries) -> Rejected:
        """Connect, and live until the link ends; returns why."""
        try:
            session = await self._session_with(deliveries.take)

            async def bound() -> None:
                self._session = session
                await self._note(None)

            why = await session.run(bound, self._forgive)
        except (BindRefusedError, NotSentError, _NoCertificatesError) as error:
            return _failure(error)
        except Exception:
            _LOGGER.exception("route %s: the session met a mistake of ours", self._name)
            return Rejected(error_class=ErrorClass.DEVICE, reason="the session failed: see the log")
        finally:
            self._session = None
        return Rejected(error_class=ErrorClass.DEVICE, reason=why)

    async def _session_with(self, deliver: Callable[[Pdu], Awaitable[int]]) -> SmppSession:
        try:
            tls = await self._trust.context() if self._account.tls else None
        except OSError:
            raise _NoCertificatesError("ca_file cannot be read, or has no certificates") from None
        return SmppSession(self._account, clock=self._clock, deliver=deliver, tls=tls)

    async def _forgive(self) -> None:
        """What a person had to mend may be mended: only another message shows it."""
        if self._clock.monotonic() - self._accused_at >= CHECK_INTERVAL.total_seconds():
            await self._tell(self._notes.looked(None))

    async def check(self) -> Rejected | None:
        """Are log-in and way well? None: yes. A route that was not started logs in and out again."""
        if self._session is not None:
            return None
        if self._life is not None:
            return self._no_session()
        try:
            session = await self._session_with(_not_now)
            await session.run(session.close)
        except (BindRefusedError, NotSentError, _NoCertificatesError) as error:
            return _failure(error)
        return None

    def _wait(self, refused: Rejected, misses: int) -> float:
        """Seconds until the next try; up to a half is left to chance."""
        if refused.error_class is ErrorClass.ACCOUNT:
            return REFUSED_WAIT
        longest = min(FIRST_WAIT * 2.0 ** min(misses - 1, 10), LONGEST_WAIT)
        return longest * (1.0 - self._ids.draw(500) / 1000)

    async def _note(self, refused: Rejected | None) -> None:
        self._refused = refused
        await self._tell(self._notes.looked(refused))

    async def _tell(self, changed: RouteHealth | None) -> None:
        if changed is None or self._sink is None:
            return
        try:
            await self._sink.health(self._name, changed)
        except JournalError as error:
            _LOGGER.warning("route %s: its health could not be noted: %s", self._name, error)

    # --- sending ---------------------------------------------------------------------------------------

    def plan_segments(self, message: OutboundMessage) -> int:
        """How many segments it will take; ValueError if no SMS can carry it."""
        return planned(message, self._account).count.segments

    async def send(
        self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
    ) -> Outcome:
        """Submit each segment once. What `progress` raises ends the sending and is raised on."""
        self._sending += 1
        try:
            outcome = await self._send(message, progress)
        except PduEncodeError as error:
            outcome = Rejected(error_class=ErrorClass.MESSAGE, reason=str(error))
        finally:
            self._sending -= 1
            if not self._sending:
                self._idle.set()
        if isinstance(outcome, Rejected):
            self._heed(outcome)
        if self._session is not None:  # else the session's end has told more
            await self._tell(self._notes.sent(outcome))
        return outcome

    def _heed(self, refused: Rejected) -> None:
        if refused.retry_after is not None:
            self._pacing.pause(self._clock.monotonic(), refused.retry_after.total_seconds())
        if refused.error_class is ErrorClass.ACCOUNT:
            self._accused_at = self._clock.monotonic()

    async def _send(
        self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
    ) -> Outcome:
        segments = self.plan_segments(message)
        bodies = submissions(message, self._account)
        cut_here = len(bodies) == segments
        wanted = message.segments_to_send if cut_here else None
        references: list[str] = []
        for index, body in enumerate(bodies):
            if wanted is not None and index not in wanted:
                continue
            own = (index,) if cut_here else tuple(range(segments))
            outcome = await self._submit(message, body, own, progress)
            if not isinstance(outcome, Accepted):
                return outcome
            references.append(outcome.reference)
        return Accepted(reference=",".join(references), segments=segments)

    async def _submit(
        self,
        message: OutboundMessage,
        body: bytes,
        segments: tuple[int, ...],
        progress: Callable[[SegmentProgress], Awaitable[None]],
    ) -> Outcome:
        """One submission: the segments it carries share its fate."""
        async with self._window:
            await self._clock.sleep_until(self._pacing.turn(self._clock.monotonic()))
            session, deliveries = self._session, self._deliveries
            if session is None or deliveries is None or self._stopping:
                return self._no_session()
            for segment in segments:
                await progress(SegmentProgress(segment=segment, state=SegmentState.SUBMITTED))
            answer = await self._ask(session, deliveries, body, message.address, segments)
        if not isinstance(answer, Pdu):
            return answer
        if answer.status != Status.OK:
            return _refusal(answer.status)
        reference = read_message_id(answer.body)
        for segment in segments:
            await progress(SegmentProgress(segment=segment, state=SegmentState.ACCEPTED, reference=reference))
        return Accepted(reference=reference, segments=len(segments))

    async def _ask(
        self,
        session: SmppSession,
        deliveries: Deliveries,
        body: bytes,
        address: str,
        segments: tuple[int, ...],
    ) -> Pdu | Rejected | Unknown:
        """The answer to a submission, or why there is none."""
        left_at = self._clock.now()

        async def late(answer: Pdu) -> None:
            await self._taken_late(address, segments, left_at, answer)

        reference = ""
        deliveries.submitting()
        try:
            answer = await session.submit(body, late)
            reference = read_message_id(answer.body) if answer.status == Status.OK else ""
        except NotSentError as error:
            return Rejected(error_class=ErrorClass.DEVICE, reason=str(error))
        except NoAnswerError as error:
            return Unknown(reason=str(error))
        finally:
            deliveries.submitted(reference, address)
        return answer

    def _no_session(self) -> Rejected:
        if self._stopping:
            return Rejected(error_class=ErrorClass.TEMPORARY, reason="the gateway is being stopped")
        if self._refused is None:
            return Rejected(error_class=ErrorClass.DEVICE, reason="the link to the provider is being opened")
        return self._refused

    async def _taken_late(
        self, address: str, segments: tuple[int, ...], left_at: datetime, answer: Pdu
    ) -> None:
        """An answer that nobody waits for any more."""
        reference = read_message_id(answer.body)
        if answer.status != Status.OK or self._sink is None or self._deliveries is None:
            return
        self._deliveries.remember(reference, address)
        for segment in segments:
            acceptance = LateAcceptance(
                address=address, segment=segment, reference=reference, left_at=left_at
            )
            try:
                await self._sink.accepted_late(self._name, acceptance)
            except JournalError as error:
                _LOGGER.warning("route %s: a late answer could not be noted: %s", self._name, error)


def _refusal(status: int) -> Rejected:
    """What a status other than OK means for a message."""
    meaning = meaning_of(status)
    return Rejected(
        error_class=meaning.error_class,
        reason=meaning.reason,
        code=code_of(status),
        retry_after=THROTTLED_PAUSE if status in _TOO_MUCH else None,
    )


class _NoCertificatesError(Exception):
    """The file of certificates cannot be read."""


def _failure(error: BindRefusedError | NotSentError | _NoCertificatesError) -> Rejected:
    """Why there is no session."""
    match error:
        case BindRefusedError(status=status):
            meaning = meaning_of(status)
            return Rejected(error_class=meaning.error_class, reason=meaning.reason, code=code_of(status))
        case _NoCertificatesError():
            return Rejected(error_class=ErrorClass.ACCOUNT, reason=str(error))
        case _:
            return Rejected(error_class=ErrorClass.DEVICE, reason=str(error))


async def _not_now(_: Pdu) -> int:
    """Whoever only looks takes no message."""
    return Status.TEMPORARY_ERROR
