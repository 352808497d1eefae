"""What a source may ask for over HTTP: the requests of the engine, and two that name an alarm by its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from alert_engine.model import AlarmAcknowledge, AlarmClear, AlarmRaise, AlarmResult, SendRequest, SendResult

from .payloads import KeyAcknowledge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A source says: I am alive. `period` and `grace` are None where the gateway knows them."""

    source: str
    key: str
    period: timedelta | None = None
    grace: timedelta | None = None
    source_time: datetime | None = None


Ask = AlarmRaise | AlarmClear | AlarmAcknowledge | KeyAcknowledge | SendRequest | Heartbeat
Result = AlarmResult | SendResult


class Applier(Protocol):
    """The engine, as the intake sees it."""

    async def apply(self, asks: Sequence[Ask]) -> Sequence[Result]:
        """Do all of it in one commit, or nothing; one result for each, in order.

        Raises:
            InvalidRequestError: one of them makes no sense; nothing was committed.
            JournalError: nothing was committed.
        """
