"""What may be asked of the engine, and its answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .words import Proof, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from alert_engine.routes.base import Media

    from .alarms import Alarm
    from .words import Channel, FollowUpOn, Verdict


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
    began_at: datetime | None = None  # of sources that tell no time of the message: when it became so
    policy: str | None = None  # name; default: the one of the severity
    hold: timedelta | None = None  # instead of the policy's; zero: tell people at once
    ttl: timedelta | None = None  # over by itself after so long without another raise; None: never
    parent: str | None = None  # key of an alarm of this source that explains it: nobody hears of it meanwhile
    is_test: bool = False  # the first step runs, once, and says that it is a test
    is_level: bool = False  # how it is, not what happened: while the alarm lasts, saying it again is no news
    url: str | None = field(default=None, repr=False)  # where the source shows more
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
class AlarmCommand:
    """Somebody does something with alarms. Exactly one of `alarm_id`, `code`, `all_open` names which."""

    by: str  # person id, or who else ("mqtt:plc", "home_assistant:<user>")
    alarm_id: str | None = None
    code: str | None = None
    all_open: bool = False
    message_id: str | None = None  # a repeat within 24 h is answered, not applied


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmAcknowledge(AlarmCommand):
    """Somebody takes it. `all_open` means those that nobody has taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmUnacknowledge(AlarmCommand):
    """Whoever took it gives it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmClose(AlarmCommand):
    """A person ends the episode, whatever the source says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmShelve(AlarmCommand):
    """Nobody is told until then, unless it becomes more severe. At most a week from now."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmUnshelve(AlarmCommand):
    """People are told again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAcknowledge:
    """A source takes its own alarm, which it knows by its key."""

    source: str
    key: str
    by: str
    message_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceStart:
    """Somebody works there: nobody is told of these alarms. They are counted and shown all the same."""

    by: str
    source: str
    keys: str = "*"  # which of its keys; "*" stands for anything, "?" for one character
    until: datetime | None = None  # None: until it is ended
    includes_critical: bool = False  # critical alarms refuse, unless this is said
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceEnd:
    """The work is done: what is still on is told."""

    by: str
    source: str
    keys: str = "*"  # as they were given at the start
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """A maintenance under way."""

    source: str
    keys: str
    by: str
    since: datetime
    until: datetime | None
    includes_critical: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A source says: I am alive. `period` and `grace` are None where the gateway knows them."""

    source: str
    key: str
    period: timedelta | None = None
    grace: timedelta | None = None
    source_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What is sent next, once something is known of each message of a send. It has no follow-ups itself."""

    on: FollowUpOn
    text: str = field(repr=False)
    to: tuple[str, ...] = field(default=(), repr=False)  # as in the send; none: whoever the message was for
    channel: Channel | None = None  # None: each person's first address


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
    # DELIVERED: where no delivery report says in time that it arrived, the person is told by the next way.
    proof: Proof = Proof.ACCEPTED
    request_id: str | None = None  # idempotency key, 24 h
    follow_ups: tuple[FollowUp, ...] = ()
    answers: str | None = None  # id of an inbound message: the route by which it came is preferred
    media: Media | None = None  # shown with the text by WhatsApp, a link in a mail
    data: bytes | None = field(default=None, repr=False)  # 1 to 140 octets by SMS, instead of all words


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRequest:
    """A person's answer to an inbound message, to exactly the address and channel that wrote."""

    inbound_id: str
    text: str = field(repr=False)
    title: str = field(default="", repr=False)  # put before the text
    severity: Severity = Severity.NORMAL
    expires_at: datetime | None = None
    plain: bool = False
    request_id: str | None = None  # idempotency key, 24 h


Command = AlarmAcknowledge | AlarmUnacknowledge | AlarmClose | AlarmShelve | AlarmUnshelve
AlarmAsk = AlarmRaise | AlarmClear | Command | KeyAcknowledge | MaintenanceStart | MaintenanceEnd | Heartbeat
Ask = AlarmAsk | SendRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmResult:
    """The answer to everything but a send."""

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


Result = AlarmResult | SendResult
