"""What the engine tells, after the commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from alert_engine.routes.base import RouteHealth

    from .alarms import Alarm
    from .keywords import KeywordValue
    from .messages import Message
    from .words import Authorisation, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmChanged:
    """An alarm went through a transition."""

    alarm: Alarm
    event: str  # "raised", "repeated", "acknowledged", "cleared", "closed" … (`alarm_machine.Reason`)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged:
    """A message changed its state."""

    message: Message
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundReceived:
    """A message arrived and is committed."""

    id: str
    route: str
    person: str | None
    sender: str = field(repr=False)
    text: str = field(repr=False)
    authorisation: Authorisation
    keyword: str | None  # the command it was, if its sender may give it; None for anything else
    received_at: datetime
    service_centre_time: datetime | None
    segments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordReceived:
    """An authorised person used a keyword."""

    id: str  # of the inbound message
    keyword: str
    person: str
    arguments: tuple[str, ...] = field(repr=False)  # as they were written
    authorisation: Authorisation
    at: datetime
    values: Mapping[str, KeywordValue] = field(default_factory=dict, repr=False)  # by parameter name


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReceived:
    """Somebody called a modem, and was refused after the number was read. It is not kept in the journal."""

    route: str
    person: str | None
    number: str  # masked, "+43…678"; empty when withheld
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteChanged:
    """A route's health changed."""

    route: str
    health: RouteHealth
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRemoved:
    """A route is not there any more."""

    route: str
    at: datetime


EngineEvent = (
    AlarmChanged
    | MessageChanged
    | InboundReceived
    | KeywordReceived
    | CallReceived
    | RouteChanged
    | RouteRemoved
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The state of everything in one line."""

    open: int
    unacknowledged: int
    highest: Severity | None
    oldest: datetime | None  # raised_at of the oldest open alarm
    queue: int  # messages not final and not yet accepted
    in_doubt: int
