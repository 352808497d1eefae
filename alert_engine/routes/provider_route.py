"""A provider as a route: the I/O around its codec, the same for all of them.

Time-outs, the pace, access tokens, the look at the account, reports by asking and by being called. It never
retries a message: the outbox does.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError, JournalRefusalError, RouteReason
from alert_engine.intake.http_request import HttpAnswer

from .access_tokens import AccessTokens, TokenRefusedError
from .account_looks import AccountLooks
from .base import (
    Accepted,
    CreditUnknownError,
    ErrorClass,
    Rejected,
    SegmentProgress,
    SegmentState,
    Unknown,
)
from .pacing import Pacing
from .provider_exchange import NoAnswerError, NotSentError
from .providers.provider import (
    AnswersKeys,
    AnswersPolls,
    CallbackRefusedError,
    ChecksAccess,
    HasInbox,
    Moment,
    NamesSegments,
    TakesCallbacks,
    TellsCredit,
    alone,
)
from .refusal_notes import RefusalNotes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from alert_engine.clock import Clock
    from alert_engine.ids import IdSource
    from alert_engine.intake.http_request import HttpRequest
    from alert_engine.model import Channel

    from .base import Credit, KeyAnswer, OutboundMessage, Outcome, RouteHealth, RouteSink
    from .provider_exchange import Exchange
    from .providers.exchange import ProviderRequest, ProviderResponse
    from .providers.provider import Provider, Received

_LOGGER = logging.getLogger(__name__)

POLL_INTERVAL = timedelta(seconds=30)  # as long as reports are awaited, or there is an inbox
_TOO_MANY = f"HTTP {HTTPStatus.TOO_MANY_REQUESTS.value}"
_BUSY = {"Retry-After": "30"}  # seconds, with 503: for a callback that cannot be committed now


class ProviderRoute:
    """One account at one provider.

    Args:
        name: of the route: ``[a-z0-9_-]{1,64}``.
        provider: the codec with the account's settings.
        exchange: HTTP.
        clock: all time.
        ids: chance for nonces.
        callback_url: where the provider can call this route, as seen from outside; "" if it cannot.
    """

    def __init__(
        self,
        name: str,
        provider: Provider,
        exchange: Exchange,
        *,
        clock: Clock,
        ids: IdSource,
        callback_url: str = "",
    ) -> None:
        self._name = name
        self._provider = provider
        self._exchange = exchange
        self._clock = clock
        self._ids = ids
        self._callback_url = callback_url
        self._pacing = Pacing(per_second=provider.limits.pace.per_second)
        look = self.check if isinstance(provider, ChecksAccess) else None
        self._looks = AccountLooks(name, clock=clock, look=look)
        self._sink: RouteSink | None = None
        self._tokens = AccessTokens(provider, exchange)
        self._refusals = RefusalNotes()
        self._asking: asyncio.Task[None] | None = None
        self._untold: deque[Received] = deque()  # what was handed out, perhaps once, and is not committed

    @property
    def name(self) -> str:
        """The name in configuration, topics and reports."""
        return self._name

    @property
    def channels(self) -> frozenset[Channel]:
        """What the account carries."""
        return self._provider.limits.channels

    @property
    def reports(self) -> frozenset[Channel]:
        """Of which it tells what became of a message, by calling us or because it is asked."""
        limits = self._provider.limits
        if self._callback_url:
            return limits.reports
        if not isinstance(self._provider, AnswersPolls):
            return frozenset()
        return limits.reports - limits.only_called

    @property
    def health(self) -> RouteHealth:
        """What the newest look and the newest sends found."""
        return self._looks.health

    async def start(self, sink: RouteSink) -> None:
        """Look at the account, and then again and again; fetch what the provider has to tell."""
        self._sink = sink
        self._looks.start(sink)
        if isinstance(self._provider, AnswersPolls | HasInbox):
            self._asking = asyncio.create_task(self._ask_again_and_again())

    async def stop(self) -> None:
        """Ask no more. A message in hand is the worker's."""
        if self._asking is not None:
            self._asking.cancel()
            with suppress(asyncio.CancelledError):
                await self._asking
        self._asking = None
        await self._looks.stop()

    def retry(self) -> None:
        """A person says: I have done something about it. What has failed is looked at now."""
        self._looks.ask()

    # --- sending ---------------------------------------------------------------------------------------

    def plan_segments(self, message: OutboundMessage) -> int:
        """As the provider will charge it. Raises ValueError if it cannot carry it."""
        return self._provider.plan_segments(message)

    async def send(
        self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
    ) -> Outcome:
        """Send once; no connection is a refusal, no answer is not."""
        try:
            await self._clock.sleep_until(self._pacing.turn(self._clock.monotonic()))
            moment = await self._moment()
            request = self._provider.send_request(message, moment)
            if isinstance(request, Rejected):
                return request
            for segment in range(self.plan_segments(message)):
                await progress(SegmentProgress(segment=segment, state=SegmentState.SUBMITTED))
            response = await self._ask(request)
            if self._tokens.drop_if_refused(response, moment):
                response = await self._once_more(message, response)
        except TokenRefusedError as error:
            outcome: Outcome = error.refused
        except NotSentError as error:
            outcome = Rejected(error_class=ErrorClass.DEVICE, reason=str(error))
        except NoAnswerError as error:
            outcome = Unknown(reason=str(error))
        else:
            outcome = self._provider.outcome(message, response, self._plain_moment())
            await self._name_segments(message, outcome, progress)
        await self._note(outcome)
        return outcome

    async def _name_segments(
        self,
        message: OutboundMessage,
        outcome: Outcome,
        progress: Callable[[SegmentProgress], Awaitable[None]],
    ) -> None:
        """Tell what the report of each segment will name, where each has one of its own."""
        if not isinstance(outcome, Accepted) or not isinstance(self._provider, NamesSegments):
            return
        for segment in range(self.plan_segments(message)):
            reference = self._provider.segment_reference(outcome, segment)
            # Without it the message stays accepted, which is true; only its reports are lost.
            with suppress(JournalError):
                await progress(
                    SegmentProgress(segment=segment, state=SegmentState.ACCEPTED, reference=reference)
                )

    async def _once_more(self, message: OutboundMessage, refused: ProviderResponse) -> ProviderResponse:
        """401 to an access token: it took nothing, and another token may do."""
        moment = await self._moment()
        request = self._provider.send_request(message, moment)
        if isinstance(request, Rejected):
            return refused
        response = await self._ask(request)
        self._tokens.drop_if_refused(response, moment)
        return response

    async def _note(self, outcome: Outcome) -> None:
        if isinstance(outcome, Rejected) and outcome.error_class is ErrorClass.TEMPORARY:
            asked_for = outcome.retry_after
            if asked_for is None and outcome.code == _TOO_MANY:
                asked_for = self._provider.limits.pace.pause
            if asked_for is not None:
                self._pacing.pause(self._clock.monotonic(), asked_for.total_seconds())
        await self._looks.sent(outcome)

    # --- the account -----------------------------------------------------------------------------------

    async def check(self) -> Rejected | None:
        """Are credentials and way well? None: yes, or there is no way to look without sending."""
        if not isinstance(self._provider, ChecksAccess):
            return None
        try:
            response = await self._ask_as_account(self._provider.check_request)
        except TokenRefusedError as error:
            return error.refused
        except (NotSentError, NoAnswerError) as error:
            return Rejected(error_class=ErrorClass.DEVICE, reason=str(error))
        return self._provider.checked(response)

    async def credit(self) -> Credit | None:
        """What is left to pay with; None where the provider does not say. Raises CreditUnknownError."""
        if not isinstance(self._provider, TellsCredit):
            return None
        try:
            response = await self._ask_as_account(self._provider.credit_request)
        except TokenRefusedError as error:
            said = error.refused.reason
            raise CreditUnknownError(said, RouteReason.PROVIDER_REFUSED, {"said": said}) from None
        except (NotSentError, NoAnswerError) as error:
            raise CreditUnknownError(str(error), error.reason) from None
        return self._provider.credit(response)

    # --- what the provider has to tell -----------------------------------------------------------------

    async def _ask_again_and_again(self) -> None:
        while True:
            await self._clock.sleep_until(self._clock.monotonic() + POLL_INTERVAL.total_seconds())
            try:
                await self._fetch()
            except (NotSentError, NoAnswerError, TokenRefusedError) as error:
                _LOGGER.debug("route %s: asking failed: %s", self._name, error)
            except JournalError as error:
                _LOGGER.warning("route %s: what the provider told waits: %s", self._name, error)

    async def _fetch(self) -> None:
        """Nothing new is asked for before what was handed out last time is committed."""
        provider = self._provider
        await self._tell_untold()
        if isinstance(provider, HasInbox):
            moment = await self._moment()
            await self._commit(provider.fetched(await self._ask(provider.inbox_request(moment)), moment))
        if isinstance(provider, AnswersPolls) and self._sink is not None:
            async for received in self.ask_about(await self._sink.awaited(self._name)):
                await self._commit(received)

    async def ask_about(self, references: Sequence[str]) -> AsyncIterator[Received]:
        """Ask what became of these; what is told is not handed in. Nothing where the provider is not asked.

        Raises:
            NotSentError, NoAnswerError, TokenRefusedError: it could not be asked now.
        """
        if not isinstance(self._provider, AnswersPolls):
            return
        moment = await self._moment()
        for request in self._provider.poll_requests(references, moment):
            await self._clock.sleep_until(self._pacing.turn(self._clock.monotonic()))
            yield self._provider.polled(await self._ask(request), moment)

    async def _commit(self, received: Received) -> None:
        """Commit what was fetched; what the journal does not take now is kept, and handed in again."""
        self._untold.extend(alone(received))
        await self._tell_untold()

    async def _tell_untold(self) -> None:
        while self._untold:
            try:
                await self._hand_in(self._untold[0])
            except JournalRefusalError as error:  # it never will be: the others must not wait behind it
                _LOGGER.error("route %s: something the provider told is lost: %s", self._name, error)  # noqa: TRY400 - the text says it all
            self._untold.popleft()

    async def handle_callback(self, request: HttpRequest) -> HttpAnswer:
        """Take a call of the provider; a good answer means that it is committed."""
        if not isinstance(self._provider, TakesCallbacks):
            return HttpAnswer(status=HTTPStatus.NOT_FOUND)
        try:
            received = self._provider.receive(request, self._plain_moment())
            heard = await self._hand_in(received)
        except CallbackRefusedError as error:
            if line := self._refusals.line(str(error), self._clock.monotonic()):
                _LOGGER.warning("route %s: a callback was refused: %s", self._name, line)
            return HttpAnswer(status=error.status)
        except JournalError:
            return HttpAnswer(status=HTTPStatus.SERVICE_UNAVAILABLE, headers=_BUSY)
        if heard is not None and isinstance(self._provider, AnswersKeys):
            return self._provider.key_answer(request, heard)
        return self._provider.answer(request, received)

    async def _hand_in(self, received: Received) -> KeyAnswer | None:
        """Commit all of it; what the last key came to, if one was pressed."""
        if self._sink is None:
            raise JournalError("the route is not running")
        for message in received.messages:
            await self._sink.inbound(self._name, message)
        for report in received.reports:
            await self._sink.report(self._name, report)
        heard: KeyAnswer | None = None
        for press in received.keys:
            heard = await self._sink.key_pressed(self._name, press)
        return heard

    # --- requests --------------------------------------------------------------------------------------

    async def _ask(self, request: ProviderRequest) -> ProviderResponse:
        return await self._exchange.ask(request)

    async def _ask_as_account(self, make: Callable[[Moment], ProviderRequest]) -> ProviderResponse:
        """Ask what can be asked twice: an access token may have ended before its time."""
        moment = await self._moment()
        response = await self._ask(make(moment))
        if self._tokens.drop_if_refused(response, moment):
            moment = await self._moment()
            response = await self._ask(make(moment))
            self._tokens.drop_if_refused(response, moment)
        return response

    def _plain_moment(self) -> Moment:
        return Moment(now=self._clock.now(), nonce=self._ids.uid(), callback_url=self._callback_url)

    async def _moment(self) -> Moment:
        return await self._tokens.put_into(self._plain_moment())
