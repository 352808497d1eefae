"""One text for one address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from .words import Channel, MessageKind, MessageState, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One text for one address: a row of the outbox."""

    uid: str
    kind: MessageKind
    channel: Channel
    address: str = field(repr=False)
    recipient: str | None  # person id; None for a direct message to a number
    alarm_id: str | None
    text: str = field(repr=False)
    priority: Priority
    state: MessageState
    segments: int  # 0 until a route planned it
    attempts: int
    in_doubt: bool  # it was in doubt once: a second copy may have arrived
    route: str | None
    created_at: datetime
    due_at: datetime  # not before; or the next look
    expires_at: datetime | None
    reason: str = ""  # the newest failure, for people
    read_at: datetime | None = None  # somebody opened it, where the channel tells
