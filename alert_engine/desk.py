"""Whatever is asked of the engine: checked, committed, answered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .model import AlarmResult, QueuedMessage, SendResult
from .operations import asks, delivery, sending
from .request_checks import check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .ledger import Ledger
    from .model import AlarmAsk, Ask, Result, SendRequest
    from .outbox.entry import OutboxEntry
    from .outbox.outbox import Outbox


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
        operation = partial(asks.do_all, asks=requests)
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
        sent = await self._ledger.commit(asks.moment_of((request,)), partial(sending.send, request=request))
        return self._sent(sent, now)

    def _sent(self, sent: asks.Sent, now: datetime) -> SendResult:
        verdict, entries = sent
        return SendResult(verdict=verdict, messages=tuple(self._queued(entry, now) for entry in entries))

    def _queued(self, entry: OutboxEntry, now: datetime) -> QueuedMessage:
        message = entry.message
        segments = message.segments or self._outbox.plan(delivery.outbound(entry, now))
        return QueuedMessage(uid=message.uid, recipient=message.recipient, segments=segments)
