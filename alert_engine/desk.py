"""Whatever is asked of the engine: checked, committed, answered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .model import AlarmResult, Channel, Priority, QueuedMessage, SendRequest, SendResult
from .operations import asks, correspondence, delivery, sending
from .request_checks import DATA_CHANNELS, MEDIA_CHANNELS, check
from .routes.base import OutboundMessage
from .texts import direct

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .ledger import Ledger
    from .model import AlarmAsk, Ask, ReplyRequest, Result
    from .outbox.entry import OutboxEntry
    from .outbox.outbox import Outbox

# Whom routes are asked about before it is known for whom a message is.
_ANYBODY = {
    Channel.SMS: "+10000000000",
    Channel.WHATSAPP: "+10000000000",
    Channel.EMAIL: "anybody@example.org",
}


class Desk:
    """Takes requests. All methods raise InvalidRequestError and JournalError, with nothing committed."""

    def __init__(self, ledger: Ledger, outbox: Outbox) -> None:
        self._ledger = ledger
        self._outbox = outbox

    async def apply(self, requests: Sequence[Ask]) -> tuple[Result, ...]:
        """All of it in one commit, or nothing; one result for each, in order."""
        if not requests:
            return ()
        now = self._ledger.clock.now()
        for request in requests:
            check(request, now)
        carried = {id(each): self._carried(each) for each in requests if isinstance(each, SendRequest)}
        operation = partial(asks.do_all, asks=requests, carried=lambda each: carried[id(each)])
        answers = await self._ledger.commit(asks.moment_of(requests), operation)
        return tuple(
            answer if isinstance(answer, AlarmResult) else self._sent(answer, now) for answer in answers
        )

    async def about_alarms(self, requests: Sequence[AlarmAsk]) -> tuple[AlarmResult, ...]:
        """The same, where none is a send."""
        if not requests:
            return ()
        now = self._ledger.clock.now()
        for request in requests:
            check(request, now)
        operation = partial(asks.do_all_about_alarms, asks=requests)
        return await self._ledger.commit(asks.moment_of(requests), operation)

    async def about_alarm(self, request: AlarmAsk) -> AlarmResult:
        """The same, with one."""
        (result,) = await self.about_alarms((request,))
        return result

    async def send(self, request: SendRequest) -> SendResult:
        """A text for persons or numbers. Raises UnknownRecipientError too."""
        now = self._ledger.clock.now()
        check(request, now)
        operation = partial(sending.send, request=request, carried=self._carried(request))
        sent = await self._ledger.commit(asks.moment_of((request,)), operation)
        return self._sent(sent, now)

    async def reply(self, request: ReplyRequest) -> SendResult:
        """An answer to an inbound message."""
        read = partial(correspondence.addressed, settings=self._ledger.settings, request=request)
        return await self.send(await self._ledger.read(read))

    def _carried(self, request: SendRequest) -> frozenset[Channel] | None:
        """By which channels some route carries what is more than a text; None: it is a text."""
        if request.media is None and request.data is None:
            return None
        wanted = MEDIA_CHANNELS if request.data is None else DATA_CHANNELS
        samples = (
            OutboundMessage(
                uid="",
                channel=channel,
                address=_ANYBODY[channel],
                text=direct(request.title, request.text),
                priority=Priority.NORMAL,
                media=request.media,
                data=request.data,
            )
            for channel in wanted
        )
        return frozenset(each.channel for each in samples if self._outbox.carries(each))

    def _sent(self, sent: asks.Sent, now: datetime) -> SendResult:
        verdict, entries = sent
        return SendResult(verdict=verdict, messages=tuple(self._queued(entry, now) for entry in entries))

    def _queued(self, entry: OutboxEntry, now: datetime) -> QueuedMessage:
        message = entry.message
        segments = message.segments or self._outbox.plan(delivery.outbound(entry, now))
        return QueuedMessage(uid=message.uid, recipient=message.recipient, segments=segments)
