"""A recipe and an account as a provider."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from alert_engine.routes.base import Credit, ErrorClass
from alert_engine.routes.providers.callbacks import (
    check_basic,
    check_secret_path,
    check_size,
    plain_answer,
    unreadable,
)
from alert_engine.routes.providers.meaning import elsewhere, refused_look
from alert_engine.routes.providers.provider import CallbackRefusedError, Received
from alert_engine.routes.providers.reading import json_in, rejected
from gsm_driver import Alphabet, count_segments, transliterated

from .answers import View, view_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.routes.base import OutboundMessage, Outcome, Rejected
    from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse
    from alert_engine.routes.providers.provider import Moment, ProviderLimits

    from .recipe import AccessCheck, CallbackReading, CreditAsk, Recipe
    from .templates import Value

_TEXT_ONLY = "this provider carries text only"
_MAX_FIELDS = 100  # of a call
_MOST_POLLS = 20  # messages that are asked after in one round, the newest first: each is a request
_MAX_AMOUNT = 32  # characters of an amount of money
# Whoever looks at an account waits for nothing: a Retry-After does not matter then.
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericHttp:
    """An account at a provider that a recipe describes. `make_generic_http` makes it from plain data."""

    recipe: Recipe
    limits: ProviderLimits
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)  # the account's values

    def plan_segments(self, message: OutboundMessage) -> int:
        """As a network counts them. Raises ValueError for what is no text."""
        if not _is_text(message):
            raise ValueError(_TEXT_ONLY)
        return _segments(message)

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:
        """As the recipe says."""
        if not _is_text(message):
            return rejected(ErrorClass.MESSAGE, _TEXT_ONLY)
        number = self.recipe.number.written(message.address)
        if number is None:
            country = self.recipe.number.country
            return elsewhere(f"the recipe reaches numbers with +{country} only").refusal("")
        try:
            return self.recipe.send.fill({**self.settings, **self._values(message, moment, number)})
        except UnicodeEncodeError:
            charset = self.recipe.send.charset
            return rejected(ErrorClass.MESSAGE, f"the text has characters that {charset} lacks")

    def _values(self, message: OutboundMessage, moment: Moment, number: str) -> dict[str, Value]:
        seconds = int(message.validity.total_seconds()) if message.validity else 0
        alphabet = count_segments(_text(message)).alphabet
        return {
            "number": number,
            "text": _text(message),
            "alphabet": self.recipe.alphabet.gsm
            if alphabet is Alphabet.GSM7
            else self.recipe.alphabet.unicode,
            "uid": message.uid,
            "nonce": moment.nonce,
            "callback_url": moment.callback_url,
            "validity_seconds": seconds or "",
            "validity_minutes": max(1, seconds // 60) if seconds else "",
            "flash": message.flash,
        }

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """By the first rule that applies; what no rule knows is Unknown."""
        planned = _segments(message)
        return self.recipe.answer.outcome(response, moment.now, planned=planned, spare=moment.nonce)

    def poll_requests(self, references: Sequence[str], moment: Moment) -> Sequence[ProviderRequest]:
        """One for each message; none where the recipe has no way to ask."""
        status = self.recipe.status
        if status is None:
            return ()
        requests: list[ProviderRequest] = []
        for reference in references:
            values = {**self.settings, "reference": reference, "nonce": moment.nonce}
            with suppress(UnicodeEncodeError):  # no request can name it: it is no id
                requests.append(status.request.fill(values))
        return requests[:_MOST_POLLS]

    def polled(self, response: ProviderResponse, moment: Moment) -> Received:
        """What the answer tells."""
        status = self.recipe.status
        if status is None or response.is_cut or response.status != HTTPStatus.OK:
            return Received()
        view = view_of(response.body, response.status)
        return Received(reports=status.reports.read(view, moment.now) or ())

    @property
    def is_called(self) -> bool:
        """The recipe says what calls mean."""
        return self.recipe.callback is not None

    def receive(self, request: HttpRequest, moment: Moment) -> Received:
        """A call, whose path must end with the secret of this route. Raises CallbackRefusedError."""
        callback = self.recipe.callback
        if callback is None:
            raise CallbackRefusedError(HTTPStatus.NOT_FOUND, "the recipe of this route has no callback")
        check_secret_path(request, moment)
        check_size(request)
        if callback.basic:
            check_basic(request, *(part.fill(self.settings) for part in callback.basic))
        view = _call(request, callback)
        reports = callback.reports.read(view, moment.now) if callback.reports else ()
        messages = callback.inbound.read(view, moment.now) if callback.inbound else ()
        if reports is None or messages is None:
            raise unreadable()
        return Received(reports=reports, messages=messages)

    def answer(self, request: HttpRequest, received: Received) -> HttpAnswer:  # noqa: ARG002 - the same for all
        """200 with the words that the recipe names."""
        return plain_answer(self.recipe.callback.answer if self.recipe.callback else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedHttp(GenericHttp):
    """One whose account can be looked at."""

    access: AccessCheck

    def check_request(self, moment: Moment) -> ProviderRequest:  # noqa: ARG002 - no time is sent
        """As the recipe says."""
        return self.access.request.fill(self.settings)

    def checked(self, response: ProviderResponse) -> Rejected | None:
        """What is wrong; None: the sign of success is there."""
        view = view_of(b"" if response.is_cut else response.body, response.status)
        if self.access.passed.holds(view):
            return None
        return self.recipe.answer.refusal(view, response, _ANY_TIME) or refused_look(response, {}, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepaidHttp(CheckedHttp):
    """One that tells its credit besides."""

    money: CreditAsk

    def credit_request(self, moment: Moment) -> ProviderRequest:  # noqa: ARG002 - no time is sent
        """As the recipe says."""
        return self.money.request.fill(self.settings)

    def credit(self, response: ProviderResponse) -> Credit | None:
        """What is left; None: the answer names no amount."""
        if response.is_cut or response.status != HTTPStatus.OK:
            return None
        view = view_of(response.body, response.status)
        told = self.money.amount.find(view)
        if len(told) > _MAX_AMOUNT:
            return None
        try:
            amount = Decimal(told)
        except InvalidOperation:
            return None
        currency = self.money.currency.find(view)[:8] if self.money.currency else ""
        return Credit(amount=amount, currency=currency) if amount.is_finite() else None


def _is_text(message: OutboundMessage) -> bool:
    return message.data is None and message.media is None


def _segments(message: OutboundMessage) -> int:
    return count_segments(_text(message)).segments


def _text(message: OutboundMessage) -> str:
    return transliterated(message.text, plain=True) if message.plain else message.text


def _call(request: HttpRequest, callback: CallbackReading) -> View:
    """Fields of query and form together, or JSON. Raises CallbackRefusedError."""
    text = request.body.decode(callback.charset, "replace")
    if request.media_type == "application/json" or text.lstrip()[:1] in {"{", "["}:
        data = json_in(request.body)
        if data is None:
            raise unreadable()
        return View(data, text)
    try:
        pairs = [
            pair
            for part in (request.query, text if request.body else "")
            for pair in parse_qsl(
                part, keep_blank_values=True, encoding=callback.charset, max_num_fields=_MAX_FIELDS
            )
        ]
    except ValueError:
        raise unreadable() from None
    return View(dict(pairs), text)
