"""What was: messages with their attempts, conversations, alarms with their notes, figures of routes."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from .errors import InvalidRequestError, RequestReason
from .operations import looking_back
from .signal_history import SignalHistory

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from .ledger import Ledger
    from .model import (
        AlarmState,
        AlarmStory,
        ConversationItem,
        InboundMessage,
        Message,
        MessageState,
        RouteTraffic,
        SendAttempt,
        SignalPoint,
    )

MOST = 500  # in one page
_DAY = timedelta(days=1)


class History:
    """Part of the engine's public face: ``engine.history``. Nothing is changed here.

    Pages run from the newest to the oldest. `limit` is 1 to `MOST`; `before` is the id of the last one of the
    page before.

    All methods raise JournalError when the journal cannot be read, and InvalidRequestError for a `limit` out
    of bounds and a `before` that is not there any more.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._signals = SignalHistory(ledger.clock)
        ledger.subscribe(self._signals.hear)

    # --- messages -------------------------------------------------------------------------------------

    async def message(self, uid: str) -> Message | None:
        """One message of the outbox, whatever became of it."""
        found = await self._ledger.read(partial(looking_back.messages_of, uids=(uid,)))
        return found[0] if found else None

    async def attempts(self, uid: str) -> tuple[SendAttempt, ...]:
        """Each attempt to send a message, in order; none if there was none, or no such message.

        With `Message.created_at` and `read_at` that is the whole way: queued, sent, delivered, opened.
        """
        return await self._ledger.read(lambda tx: tx.history.attempts(uid))

    async def messages(
        self,
        *,
        alarm_id: str | None = None,
        recipient: str | None = None,
        address: str | None = None,
        states: Collection[MessageState] | None = None,
        since: datetime | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> tuple[Message, ...]:
        """Messages of the outbox: of an alarm, for a person, to an address, in states, written since then."""
        _check(limit)
        read = partial(
            looking_back.messages,
            alarm_id=alarm_id,
            recipient=recipient,
            address=address,
            states=states,
            since=since,
            before=before,
            limit=limit,
        )
        return await self._ledger.read(read)

    async def inbox(
        self,
        *,
        person: str | None = None,
        address: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> tuple[InboundMessage, ...]:
        """Inbound messages: of a person, of an address, or all."""
        _check(limit)
        return await self._ledger.read(
            lambda tx: tx.history.inbox(person=person, address=address, before=before, limit=limit)
        )

    async def senders(self, limit: int = 100) -> tuple[InboundMessage, ...]:
        """The newest inbound message of each person, and of each address of nobody, the newest first."""
        _check(limit)
        return await self._ledger.read(lambda tx: tx.history.senders(limit))

    async def inbound(self, inbound_id: str) -> InboundMessage | None:
        """One inbound message."""
        return await self._ledger.read(lambda tx: tx.history.inbound(inbound_id))

    async def conversation(
        self,
        *,
        person: str | None = None,
        address: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> tuple[ConversationItem, ...]:
        """What was written to and by a person, or an address: exactly one of the two is named."""
        _check(limit)
        if (person is None) == (address is None):
            text = "name a person or an address: whose conversation is it?"
            raise InvalidRequestError(text, RequestReason.CONVERSATION_UNNAMED)
        read = partial(looking_back.conversation, person=person, address=address, before=before, limit=limit)
        return await self._ledger.read(read)

    # --- alarms ---------------------------------------------------------------------------------------

    async def alarms(
        self,
        *,
        states: Collection[AlarmState] | None = None,
        since: datetime | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> tuple[AlarmStory, ...]:
        """Episodes, closed ones too, with what happened to them and who was told; `since` is of the raise."""
        _check(limit)
        read = partial(looking_back.alarms, states=states, since=since, before=before, limit=limit)
        return await self._ledger.read(read)

    async def alarm(self, alarm_id: str) -> AlarmStory | None:
        """One episode."""
        return await self._ledger.read(partial(looking_back.alarm, alarm_id=alarm_id))

    # --- routes ---------------------------------------------------------------------------------------

    async def route_figures(self, route: str) -> RouteTraffic:
        """What went through a route in the last 24 h, and what waits; all 0 for one that there never was."""
        since = self._ledger.clock.now() - _DAY
        channels = next((view.channels for view in self._ledger.board.views() if view.name == route), ())
        read = partial(looking_back.traffic, route=route, channels=channels, since=since)
        return await self._ledger.read(read)

    def signal(self, route: str) -> tuple[SignalPoint, ...]:
        """The signal of a modem in the last 24 h, the oldest first, a point for each 5 min.

        It is kept in memory: none of before the start.
        """
        return self._signals.of(route)


def _check(limit: int) -> None:
    if not 1 <= limit <= MOST:
        text = f"limit: it must be 1 to {MOST}"
        raise InvalidRequestError(text, RequestReason.LIMIT_RANGE, {"most": str(MOST)})
