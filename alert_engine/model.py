"""The nouns of the engine: source, alarm, policy, recipient, message, and what may be asked and told of them.

One word per thing; the table is in ``docs/architecture.md``. Everything here is a frozen value.
Numbers and texts are kept out of every repr. All times are aware UTC `datetime`; all durations `timedelta`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from alert_engine.routes.base import RouteHealth


class Severity(StrEnum):
    """How bad it is. `rank` grows with the severity."""

    INFO = "info"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info to 3 for critical."""
        return ("info", "normal", "high", "critical").index(self.value)


class AlarmState(StrEnum):
    """The states of an alarm (ISA-18.2 words in ``docs/architecture.md``)."""

    PENDING = "pending"  # hold-on delay runs: nothing sent yet
    RAISED = "raised"  # nobody has taken it
    ACKED = "acked"  # somebody has taken it, the cause is still there
    CLEARED = "cleared"  # latching policies only: the cause is gone, nobody has taken it
    CLOSED = "closed"  # over

    @property
    def is_open(self) -> bool:
        """The episode is not over."""
        return self is not AlarmState.CLOSED


class Channel(StrEnum):
    """The kind of message."""

    SMS = "sms"
    CALL = "call"
    WHATSAPP = "whatsapp"
    PUSH = "push"
    EMAIL = "email"


class Priority(IntEnum):
    """The order in which the outbox serves; lower goes first."""

    CRITICAL = 0
    REPLY = 1
    HIGH = 2
    NORMAL = 3


class MessageKind(StrEnum):
    """Why a message was written."""

    RAISE = "raise"
    UPDATE = "update"
    CLEAR = "clear"
    REPLY = "reply"
    DIRECT = "direct"
    TEST = "test"


class MessageState(StrEnum):
    """The states of a message. Only forward, except that a retry returns it to QUEUED."""

    QUEUED = "queued"
    IN_FLIGHT = "in_flight"  # committed before the route is touched
    IN_DOUBT = "in_doubt"  # it may have been taken; waiting for a report until `due_at`
    ACCEPTED = "accepted"  # the network or provider took it
    DELIVERED = "delivered"  # final: a delivery report says so
    FAILED = "failed"  # final: rejected for good, or given up
    EXPIRED = "expired"  # final: too old to be useful, never sent late
    CANCELLED = "cancelled"  # final: no longer needed (acknowledged, cleared, withdrawn)

    @property
    def is_final(self) -> bool:
        """Nothing more will happen to it."""
        return self in {
            MessageState.DELIVERED,
            MessageState.FAILED,
            MessageState.EXPIRED,
            MessageState.CANCELLED,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One way to reach a person."""

    channel: Channel
    value: str = field(repr=False)  # E.164 with "+" for phones


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A human being who is told, and may answer."""

    id: str  # stable: ``[a-z0-9_-]{1,64}``, or a subentry id
    name: str
    addresses: tuple[Address, ...]  # in order of preference
    can_acknowledge: bool = True
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a policy: who is told, when, and how often again."""

    after: timedelta  # from the raise
    notify: tuple[str, ...]  # recipient ids; empty means everybody
    channels: tuple[Channel, ...] = (Channel.SMS,)
    repeat: int = 0  # how many times again while nobody acknowledged; -1: without end
    every: timedelta | None = None  # between repeats; required when repeat is not 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a severity means: the steps. A snapshot is kept in each alarm at its raise."""

    name: str
    steps: tuple[Step, ...]
    latch: bool = False  # clear before acknowledge leaves the alarm open as CLEARED
    hold: timedelta | None = None  # how long a raise must last before anybody is told; None: at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One episode of a key."""

    id: str
    source: str
    key: str
    code: str  # four digits, unique among open alarms
    severity: Severity
    state: AlarmState
    title: str = field(repr=False)
    text: str = field(repr=False)
    count: int  # raises in this episode
    policy: Policy
    step: int  # how many steps and repeats have come due since `steps_from`
    next_due: datetime | None  # when the next one does, or the hold ends; None: nothing more to do
    raised_at: datetime
    acked_at: datetime | None = None
    acked_by: str | None = None
    cleared_at: datetime | None = None
    closed_at: datetime | None = None
    last_source_time: datetime | None = None  # older events are journalled, not applied
    steps_from: datetime | None = None  # where the steps count from: the raise, or when it became loud again
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)


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


# --- what may be asked ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaise:
    """A source says: it is on."""

    source: str
    key: str
    severity: Severity = Severity.NORMAL
    title: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    message_id: str | None = None  # the source's own id: a repeat within 24 h is answered, not applied
    source_time: datetime | None = None
    policy: str | None = None  # name; default: the one of the severity
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmClear:
    """A source says: it is over."""

    source: str
    key: str
    message_id: str | None = None
    source_time: datetime | None = None
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmAcknowledge:
    """Somebody takes it. Exactly one of `alarm_id`, `code`, `all_open` names what."""

    by: str  # person id, or who else ("mqtt:plc", "home_assistant:<user>")
    alarm_id: str | None = None
    code: str | None = None
    all_open: bool = False
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """A text for persons or numbers, without an alarm."""

    to: tuple[str, ...] = field(repr=False)  # person ids or E.164 numbers
    text: str = field(repr=False)
    title: str = field(default="", repr=False)  # put before the text
    severity: Severity = Severity.NORMAL
    channel: Channel | None = None  # None: each person's first address
    not_before: datetime | None = None
    expires_at: datetime | None = None
    plain: bool = False
    flash: bool = False
    request_id: str | None = None  # idempotency key, 24 h


# --- what is told -----------------------------------------------------------------------------------------


class Verdict(StrEnum):
    """What became of something that was handed in. Every verdict but REJECTED is committed."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"  # seen before: answered the same, nothing changed
    STALE = "stale"  # older than what is known, or expired
    UNCHANGED = "unchanged"  # nothing to do: clear of a closed alarm, second acknowledge …
    UNKNOWN = "unknown"  # names nothing that exists
    REJECTED = "rejected"  # malformed; not kept


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmResult:
    """The answer to a raise, clear or acknowledge."""

    verdict: Verdict
    alarms: tuple[Alarm, ...]
    message_uids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMessage:
    """One committed message of a send."""

    uid: str
    recipient: str | None
    segments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """The answer to a send. It is committed; the route comes later."""

    verdict: Verdict
    messages: tuple[QueuedMessage, ...]


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


class Authorisation(StrEnum):
    """How sure we are who wrote."""

    NONE = "none"  # nobody we know, or a sender that can never command
    KNOWN = "known"  # the sender's number is a person's
    CODE = "code"  # known, and named an open alarm by its code


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
    arguments: tuple[str, ...] = field(repr=False)
    authorisation: Authorisation
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


EngineEvent = AlarmChanged | MessageChanged | InboundReceived | KeywordReceived | RouteChanged | RouteRemoved


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The state of everything in one line."""

    open: int
    unacknowledged: int
    highest: Severity | None
    oldest: datetime | None  # raised_at of the oldest open alarm
    queue: int  # messages not final and not yet accepted
    in_doubt: int
