"""What was: attempts, conversations, the notes of an alarm, figures of a route. For people who look back."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.routes.base import ReportStatus, SegmentState

    from .alarms import Alarm
    from .messages import Message
    from .words import Authorisation, Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFate:
    """What became of one segment in one attempt."""

    segment: int  # from 0
    state: SegmentState
    changed_at: datetime  # of `state`: when it left, or when the network took it
    report: ReportStatus | None  # the newest
    reported_at: datetime | None  # when the other side says that this became so


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAttempt:
    """One attempt to send a message."""

    number: int  # from 1
    route: str
    began_at: datetime
    ended_at: datetime | None  # None: it is under way
    outcome: str  # a word of `decisions.outcome.OutcomeReason`; empty while it is under way
    error_class: str  # a word of `routes.base.ErrorClass`; empty unless the route refused
    code: str  # the other side's own
    reason: str  # for people
    segments: tuple[SegmentFate, ...]


class InboundMeaning(StrEnum):
    """What an inbound message was taken for."""

    UNTOLD = ""  # it came before this was written down
    COMMAND = "command"  # obeyed
    REFUSED = "refused"  # a command that was not obeyed
    CHALLENGED = "challenged"  # a command: a code was texted back, and is awaited
    MISUSED = "misused"  # the word of a command, and what followed did not fit
    STOP = "stop"
    START = "start"
    TEXT = "text"  # words for people
    DATA = "data"  # no plain text, or not all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """One inbound message, as it is kept."""

    id: str
    route: str
    channel: Channel
    person: str | None  # whose number it is
    sender: str = field(repr=False)
    text: str = field(repr=False)  # a PIN or one-time code is hidden in it
    received_at: datetime
    service_centre_time: datetime | None
    authorisation: Authorisation
    keyword: str | None  # the command, if its sender may give it
    meaning: InboundMeaning
    refusal: str  # a word of `decisions.authorisation.Refusal`; empty unless REFUSED
    segments: int
    missing_segments: int
    answered_by: tuple[str, ...]  # uids of messages, in order


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationItem:
    """A message to somebody, or from them: exactly one of the two."""

    id: str  # of whichever it is
    at: datetime
    inbound: InboundMessage | None = None
    message: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmNote:
    """Something that happened to an alarm."""

    at: datetime
    event: str  # "raised", "acknowledged", "cleared" … (`decisions.alarm_events.Reason`)
    by: str | None  # person id, or who else; None: nobody in particular


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmStory:
    """One episode, open or closed."""

    alarm: Alarm
    notes: tuple[AlarmNote, ...]  # in order; of many, the newest
    messages: tuple[Message, ...]  # that told of it, digests too, in order


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteError:
    """The newest attempt of a route that did not end well."""

    at: datetime
    error_class: str  # a word of `routes.base.ErrorClass`; empty: nobody knows what became of it
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTraffic:
    """What went through a route."""

    route: str
    since: datetime
    left: int  # segments or calls
    accepted: int  # attempts
    failed: int  # attempts
    received: int  # inbound messages
    last_delivery: datetime | None  # of anything, at any time
    last_error: RouteError | None  # of those since then
    waiting: int = 0  # messages now: those that it has in hand or in doubt, and those that it may carry


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalPoint:
    """The signal from this moment on, until the next point."""

    at: datetime
    dbm: int | None  # None: there was no modem, or it did not say
