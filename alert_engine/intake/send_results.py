"""Tells on ``out/send/<request_id>`` what becomes of each message of a send."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError
from alert_engine.model import MessageChanged, MessageState

from .command_payloads import SEND_PREFIX
from .topics import can_be_level

if TYPE_CHECKING:
    from collections.abc import Callable

    from alert_engine.clock import Clock
    from alert_engine.engine import AlertEngine
    from alert_engine.model import EngineEvent, Message

    from .announcements import Announcer, Publication

_LOGGER = logging.getLogger(__name__)

MAX_FOLLOWED = 10_000  # messages: weeks of a busy gateway, and a megabyte
_UNTOLD = {MessageState.IN_FLIGHT}  # it lasts a moment, and nobody can do anything about it


class SendResults:
    """Follows the messages of sends that came by MQTT, also those of an earlier life.

    Args:
        engine: whose messages.
        announcer: writes the publications.
        publish: takes them.
        clock: stamps what is not an event.
        limit: messages that are followed at once; of older ones nothing more is told.
    """

    def __init__(
        self,
        engine: AlertEngine,
        announcer: Announcer,
        publish: Callable[[Publication], None],
        *,
        clock: Clock,
        limit: int = MAX_FOLLOWED,
    ) -> None:
        self._engine = engine
        self._announcer = announcer
        self._publish = publish
        self._clock = clock
        self._limit = limit
        self._followed: OrderedDict[str, str] = OrderedDict()  # message uid to request id
        self._unsubscribe: Callable[[], None] | None = None

    async def start(self) -> None:
        """Follow what an earlier life sent."""
        self._unsubscribe = self._engine.subscribe(self._on_event)
        try:
            sent = await self._engine.sent()
        except JournalError as err:
            _LOGGER.warning("Results of earlier sends are not told, the journal cannot be read: %s", err)
            return
        for request_id, messages in sent.items():
            name = request_id.removeprefix(SEND_PREFIX)
            if name != request_id and can_be_level(name):
                for message in messages:
                    self._follow(message, name)

    def stop(self) -> None:
        """Tell no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    async def tell(self, request_id: str) -> None:
        """Tell how the messages of this send stand, then what becomes of them. Raises JournalError."""
        sent = await self._engine.sent(f"{SEND_PREFIX}{request_id}")
        now = self._clock.now()
        for messages in sent.values():
            for message in messages:
                self._follow(message, request_id)
                waiting = replace(message, state=MessageState.QUEUED)
                told = waiting if message.state in _UNTOLD else message
                self._publish(self._announcer.send_result(request_id, told, now))

    def refuse(self, request_id: str, reason: str) -> None:
        """Tell that nothing was sent."""
        self._publish(self._announcer.send_refused(request_id, reason, self._clock.now()))

    def _follow(self, message: Message, request_id: str) -> None:
        if message.state.is_final:
            return
        self._followed[message.uid] = request_id
        if len(self._followed) > self._limit:
            self._followed.popitem(last=False)

    def _on_event(self, event: EngineEvent) -> None:
        if not isinstance(event, MessageChanged) or event.message.state in _UNTOLD:
            return
        message = event.message
        request_id = self._followed.get(message.uid)
        if request_id is None:
            return
        if message.state.is_final:
            del self._followed[message.uid]
        self._publish(self._announcer.send_result(request_id, message, event.at))
