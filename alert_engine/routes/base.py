"""What the engine asks of a way out, and what a way out tells the engine.

A route sends one message once and says what came of it. It never retries, never queues and never decides:
the outbox does. What arrives by a route goes to its `RouteSink`, which returns only when it is committed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from alert_engine.errors import RouteServiceError
from alert_engine.model import Channel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime, timedelta
    from decimal import Decimal

    from alert_engine.model import Priority


class ErrorClass(StrEnum):
    """What the outbox does about a rejected attempt."""

    TEMPORARY = "temporary"  # retry this route with back-off, then the next route
    RECIPIENT = "recipient"  # no SMS route will do: next address or person
    MESSAGE = "message"  # re-encode or cut, once
    ACCOUNT = "account"  # stop this route until a person acts; next route now
    MEMORY = "memory"  # the route cleans up; retry at once
    DEVICE = "device"  # the route recovers itself; next route now


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The next system took responsibility. That is not yet a delivery."""

    reference: str  # what a delivery report will name; for a modem the TP-MRs, for a provider its id
    segments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """It was not taken, so the other side says."""

    error_class: ErrorClass
    reason: str  # for people; never a number, a text or a token
    code: str = ""  # the other side's own code, for example "CMS 331" or "HTTP 429"
    retry_after: timedelta | None = None
    # Sending again cannot double it. Else it had left, and a delivery report may yet show that it was taken.
    certain: bool = True
    opted_out: bool = False  # whoever has the address told the other side to stop: this route will never do
    # It is about this route: another one may well do better with this address.
    this_route_only: bool = False
    bad_credentials: bool = False  # with ACCOUNT: beyond doubt it is who we say that we are, and not credit


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """It may have been taken. The in-doubt protocol decides; nobody resends blindly."""

    reason: str


Outcome = Accepted | Rejected | Unknown


class SegmentState(StrEnum):
    """How far one segment of a message is, in the journal. The order is the order of life.

    A route tells SUBMITTED and ACCEPTED; the others are the outbox's.
    """

    QUEUED = "queued"  # nothing was given to the route
    SUBMITTED = "submitted"  # committed before the last byte leaves: from here on a crash means in doubt
    REFUSED = "refused"  # so it was told after it had left, and not for certain: its report may come yet
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentProgress:
    """Told by the route while it sends; awaited, so the journal is always ahead of the wire."""

    segment: int  # index from 0
    state: SegmentState
    reference: str = ""  # with ACCEPTED: what its delivery report will name


@dataclass(frozen=True, slots=True, kw_only=True)
class LateAcceptance:
    """A segment whose attempt had ended, unknown or refused, was taken after all."""

    address: str = field(repr=False)  # as in the message
    segment: int  # index from 0
    reference: str  # what its delivery report will name
    left_at: datetime | None = None  # tells apart two that went to one address; None: the last one


class MediaKind(StrEnum):
    """What a link leads to."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Something to look at or listen to. The other side fetches it; nobody here does."""

    kind: MediaKind
    url: str = field(repr=False)
    file_name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """One text for one address: what a route is given. The engine picked the route already."""

    uid: str  # stable over attempts: an idempotency key where a provider takes one
    channel: Channel
    address: str = field(repr=False)  # E.164 with "+"
    text: str = field(repr=False)
    priority: Priority
    report_requested: bool = True
    plain: bool = False  # force GSM 7 bit without extension, one segment if it fits: for alarm panels
    flash: bool = False
    validity: timedelta | None = None  # how long the network may keep trying
    concat_reference: int = 0  # the same for every attempt, so a resent segment joins its siblings
    segments_to_send: tuple[int, ...] | None = None  # None: all; else only those in doubt
    media: Media | None = None  # with `text` as its caption; only where a channel can show it
    # When this address last wrote by this channel: WhatsApp takes free text for a day after that.
    heard_at: datetime | None = None
    # Octets instead of a text, for one segment; only where a channel and its provider carry them.
    data: bytes | None = field(default=None, repr=False)
    # When its first attempt by this route began; the same for each, for providers that know repeats by it.
    first_tried_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundSms:
    """A received message, as the engine wants it. A route with storage deletes it after the sink returned."""

    sender: str = field(repr=False)  # E.164 with "+", or what the network gave
    sender_can_be_answered: bool  # False for letters, short codes and withheld senders
    text: str = field(repr=False)
    received_at: datetime
    service_centre_time: datetime | None
    is_text: bool  # only plain text is ever a command: not flash, not data, not WAP push
    segments: int = 1
    missing_segments: int = 0
    channel: Channel = Channel.SMS  # by which an answer goes back
    reference: str = ""  # the provider's own id: equal each time that it tells of this message


class ReportStatus(StrEnum):
    """A delivery report, in our words."""

    DELIVERED = "delivered"
    PENDING = "pending"  # not yet, still trying
    FAILED = "failed"  # the network gave up
    READ = "read"  # WhatsApp only


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundReport:
    """A delivery report for one segment or one message."""

    reference: str  # matches Accepted.reference or one SegmentProgress.reference of this route
    address: str = field(repr=False)  # whom it was for; "" if the provider does not say
    status: ReportStatus
    reported_at: datetime
    accepted_at: datetime | None = None  # when the network took our message (TP-SCTS), if it says so
    code: str = ""  # the other side's own code
    opted_out: bool = False  # with FAILED: whoever has the address told the other side to stop
    # Of our message, where all of it is meant and the other side says so: its answer may have been lost, and
    # the reference with it.
    uid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPress:
    """Whoever answered a call pressed a key."""

    uid: str  # of the message that the call is
    key: str = field(repr=False)  # one of 0 to 9, *, #


class KeyAnswer(StrEnum):
    """What the engine makes of a key, and what the route does then."""

    DONE = "done"  # confirm it, then hang up
    HANG_UP = "hang_up"  # nothing was done
    IGNORED = "ignored"  # it means nothing: go on


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Somebody called the gateway, and was refused."""

    caller: str = field(repr=False)  # as the network gave it; empty when withheld
    at: datetime


class RouteState(StrEnum):
    """What supervision knows of a route."""

    OK = "ok"
    DEGRADED = "degraded"  # sends, with a known weakness
    FAILED = "failed"
    UNKNOWN = "unknown"  # not looked at yet


class ProofLevel(IntEnum):
    """How far a way out is proven; each level proves more than the one below."""

    PORT = 0  # the modem's port is there
    ANSWERS = 1  # the modem answers, and its SIM is ready
    REGISTERED = 2  # the network takes messages; of a provider: its API answers
    ALLOWED = 3  # nothing that is known forbids to send: service centre, memory, credit
    LOOPBACK = 4  # a message went all the way not long ago
    HUMAN = 5  # and a person answered a test


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteHealth:
    """A route's own view of itself, pushed to the sink whenever it changes."""

    state: RouteState
    reason: str = ""  # for people: what is wrong and what to do; empty when ok
    proof: ProofLevel | None = (
        None  # how far its own look came, up to ALLOWED; None: not even there, or untold
    )
    facts: tuple[tuple[str, str | int | None], ...] = ()  # ("operator", "A1"), ("signal_dbm", -71) …
    companion_of: str = ""  # the route whose modem it shares: what is wrong is told once, as that route's
    # A look found that the other side does not accept the credentials; where nobody can look, a message did.
    is_refused: bool = False


class RouteSink(Protocol):
    """Where a route hands in what arrives. Each call returns after the commit, or raises `JournalError`."""

    async def inbound(self, route: str, message: InboundSms) -> None:
        """Commit a received message; a repeat of one already committed is dropped."""

    async def report(self, route: str, report: InboundReport) -> None:
        """Commit a delivery report; one that fits nothing yet is kept for an hour."""

    async def accepted_late(self, route: str, acceptance: LateAcceptance) -> None:
        """Commit that a segment was taken; one that fits nothing is ignored."""

    async def health(self, route: str, health: RouteHealth) -> None:
        """Note a change of health."""

    async def awaited(self, route: str) -> tuple[str, ...]:
        """References that this route gave and no final report has named yet, the newest first."""

    async def key_pressed(self, route: str, press: KeyPress) -> KeyAnswer:
        """Do what a key means, and commit it."""

    async def rung(self, route: str, ring: Ring) -> None:
        """Tell whoever wants to know. Nothing is committed."""


class Route(Protocol):
    """One supervised way out."""

    @property
    def name(self) -> str:
        """The name in configuration, topics and reports: ``[a-z0-9_-]{1,64}``."""

    @property
    def channels(self) -> frozenset[Channel]:
        """The kinds of message it carries."""

    @property
    def health(self) -> RouteHealth:
        """The newest health; never does I/O."""

    async def start(self, sink: RouteSink) -> None:
        """Begin to live: connect in the background and keep connected. Does not wait for the other side."""

    async def stop(self) -> None:
        """Finish the segment in hand, at most 15 s, and let go of everything."""

    def plan_segments(self, message: OutboundMessage) -> int:
        """How many segments it will take; raises ValueError if the route cannot carry it."""

    async def send(
        self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
    ) -> Outcome:
        """Send once. Never raises for what the other side does; cancelling it leaves the line clean."""


@runtime_checkable
class LimitedReporter(Protocol):
    """A route that does not tell of all its channels what became of a message. Optional: others do."""

    @property
    def reports(self) -> frozenset[Channel]:
        """The channels of which it tells; what it takes of the others counts as told."""


@runtime_checkable
class Interruptible(Protocol):
    """A route whose message can be ended while it is under way: a call that rings. Optional."""

    def interrupt(self, uid: str) -> None:
        """Nobody needs this message any more: end it, and let `send` return soon. Others are let be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What is left to pay with."""

    amount: Decimal
    currency: str = ""  # as the other side writes it; empty if it does not say


@runtime_checkable
class CreditTeller(Protocol):
    """A route that can say what is left to pay with. Optional: most cannot."""

    async def credit(self) -> Credit | None:
        """Ask the other side; None if there is nothing to ask, or its answer names no amount.

        Raises:
            CreditUnknownError: it could not be asked now.
        """


class CreditUnknownError(RouteServiceError):
    """The other side could not be asked for the credit; the text says why."""
