"""What a route asks of a provider's codec. No I/O, no clock, no chance: all of that is handed in.

A codec is a frozen dataclass of its account's settings. It must have `Provider`; each further protocol here
is something that its API offers besides. ``provider_route.ProviderRoute`` does the I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.model import Channel
    from alert_engine.routes.base import (
        Accepted,
        Credit,
        InboundReport,
        InboundSms,
        KeyAnswer,
        KeyPress,
        OutboundMessage,
        Outcome,
        Rejected,
    )

    from .exchange import ProviderRequest, ProviderResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What a request is made with besides the message: time and chance."""

    now: datetime  # aware UTC
    nonce: str  # 32 hex digits, another one for each request
    # Where the provider shall call back for this route, as it is seen from outside; "" if it cannot.
    callback_url: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)  # of `NeedsToken`; "" for all others


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How quickly a provider takes requests."""

    per_second: float = 10.0
    # How long nothing is sent after "too many requests" without a word of how long.
    pause: timedelta = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderLimits:
    """What an account can carry."""

    channels: frozenset[Channel]
    reports: frozenset[Channel] = frozenset()  # channels of which it tells what became of a message
    only_called: frozenset[Channel] = frozenset()  # of these only by calling us, whatever else it is asked
    pace: Pace = field(default_factory=Pace)
    # It knows a repeated uid again: sending twice cannot double a message.
    is_idempotent: bool = False


class Provider(Protocol):
    """The least that an API offers: it takes one message for one address."""

    @property
    def limits(self) -> ProviderLimits:
        """What it carries."""

    def plan_segments(self, message: OutboundMessage) -> int:
        """How many segments it will be charged as, 1 where there are none; ValueError: it cannot carry it."""

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:
        """How to send it; or why it must not even be tried, as with a sender that the API would refuse."""

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """What the answer means. Never raises, whatever the answer is; what cannot be read is Unknown."""


@runtime_checkable
class ChecksAccess(Protocol):
    """Credentials and reachability can be looked at without sending."""

    def check_request(self, moment: Moment) -> ProviderRequest:
        """The cheapest request that needs the credentials."""

    def checked(self, response: ProviderResponse) -> Rejected | None:
        """What is wrong; None: messages would be taken."""


@runtime_checkable
class TellsCredit(Protocol):
    """It can say what is left to pay with."""

    def credit_request(self, moment: Moment) -> ProviderRequest:
        """How to ask."""

    def credit(self, response: ProviderResponse) -> Credit | None:
        """What is left; None: the answer names no amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What came from the provider: by a callback, or because it was asked."""

    reports: tuple[InboundReport, ...] = ()
    messages: tuple[InboundSms, ...] = ()
    keys: tuple[KeyPress, ...] = ()  # pressed in a call


def alone(received: Received) -> Iterator[Received]:
    """Each thing that was told by itself, in the order in which they are committed."""
    yield from (Received(messages=(message,)) for message in received.messages)
    yield from (Received(reports=(report,)) for report in received.reports)
    yield from (Received(keys=(key,)) for key in received.keys)


@runtime_checkable
class AnswersPolls(Protocol):
    """It can be asked what became of messages."""

    def poll_requests(self, references: Sequence[str], moment: Moment) -> Sequence[ProviderRequest]:
        """How to ask after these; none of them for which there is nothing to ask."""

    def polled(self, response: ProviderResponse, moment: Moment) -> Received:
        """What the answer tells. Never raises; what cannot be read tells nothing."""


@runtime_checkable
class NamesSegments(Protocol):
    """Its reports are about single segments: a message is delivered when all of them are."""

    def segment_reference(self, accepted: Accepted, segment: int) -> str:
        """What the reports of this segment, counted from 0, name."""


@runtime_checkable
class HasInbox(Protocol):
    """Inbound messages wait until they are fetched."""

    def inbox_request(self, moment: Moment) -> ProviderRequest:
        """How to fetch what is new."""

    def fetched(self, response: ProviderResponse, moment: Moment) -> Received:
        """What was there. Never raises; what cannot be read tells nothing."""


@runtime_checkable
class TakesCallbacks(Protocol):
    """It calls us."""

    def receive(self, request: HttpRequest, moment: Moment) -> Received:
        """What a call tells, its signature or secret checked against `moment.callback_url` first.

        Raises:
            CallbackRefusedError: it is not the provider's, or makes no sense.
        """

    def answer(self, request: HttpRequest, received: Received) -> HttpAnswer:
        """What the provider wants to hear after the commit."""


@runtime_checkable
class KnowsWhetherCalled(Protocol):
    """It takes callbacks, but only some of its accounts have any."""

    @property
    def is_called(self) -> bool:
        """This one has."""


def is_called(account: object) -> bool:
    """The provider calls for this account, where it is told an address."""
    if not isinstance(account, TakesCallbacks):
        return False
    return account.is_called if isinstance(account, KnowsWhetherCalled) else True


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token (RFC 6749)."""

    value: str = field(repr=False)
    expires_at: datetime


@runtime_checkable
class NeedsToken(Protocol):
    """Requests carry an access token that must be fetched first (RFC 6749 section 4.4)."""

    def token_request(self, moment: Moment) -> ProviderRequest:
        """How to fetch one."""

    def token(self, response: ProviderResponse, moment: Moment) -> Token | Rejected:
        """The token, or why there is none."""


@runtime_checkable
class AnswersKeys(Protocol):
    """It takes callbacks, and whoever presses a key in its calls waits for a word."""

    def key_answer(self, request: HttpRequest, answer: KeyAnswer) -> HttpAnswer:
        """What is said after the commit, in the place of `TakesCallbacks.answer`."""


class CallbackRefusedError(Exception):
    """A call that is not taken; the text says why and repeats nothing of it.

    Args:
        status: HTTP status of the answer.
        text: for whoever set up the provider.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
