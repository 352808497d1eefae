"""An account at Spryng's API v1, which is older and still in use. It does not know a message again.

Source: docs.spryngsms.com. How it reports what became of a message is not documented where we looked, so
nothing is reported. Inbound messages come by the MO webhook.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from alert_engine.errors import ConfigError, is_missing, not_one_of
from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, Credit, ErrorClass, Rejected, Unknown
from alert_engine.routes.providers.addresses import checked_sender, digits
from alert_engine.routes.providers.callbacks import check_secret_path, check_size, plain_answer
from alert_engine.routes.providers.exchange import ProviderRequest
from alert_engine.routes.providers.meaning import refused_look
from alert_engine.routes.providers.provider import Pace, ProviderLimits
from alert_engine.routes.providers.reading import at, json_of, refused_by_status, rejected, text_at
from gsm_driver import AlphabetChoice, count_segments, transliterated

from . import mo

if TYPE_CHECKING:
    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.routes.base import OutboundMessage, Outcome
    from alert_engine.routes.providers.exchange import ProviderResponse
    from alert_engine.routes.providers.provider import Moment, Received

_BASE = "https://rest.spryngsms.com/v1"
_JSON = "application/json"
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_ROUTE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # of a message
_ENCODINGS = ("auto", "plain", "unicode")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpryngV1:
    """An account at Spryng's API v1.

    Raises:
        ConfigError: a setting makes no sense.
    """

    api_key: str = field(repr=False)  # portal: an API token
    sender: str  # number with +, short code, or name of at most 11 characters
    route: str = "business"  # of Spryng: business, or the id of another one
    encoding: str = "auto"  # auto, plain or unicode
    mo_keyword: str = ""  # the first word that makes a shared short code ours: it is taken off inbound texts
    mo_time_zone: str = ""  # of TIMESTAMP in the MO webhook: Europe/Amsterdam; empty: it is not known

    def __post_init__(self) -> None:
        """Refuse what the API would refuse."""
        if not _VISIBLE.fullmatch(self.api_key):
            raise ConfigError("api_key: is missing or has blanks: see the portal", path=("api_key",))
        if not _ROUTE.fullmatch(self.route):
            raise ConfigError("route: must be business, or the id of a route", path=("route",))
        if self.encoding not in _ENCODINGS:
            raise not_one_of("encoding", _ENCODINGS)
        mo.check_settings(self.mo_keyword, self.mo_time_zone)
        if not self.sender:
            raise is_missing("sender")
        checked_sender(self.sender)

    @property
    def limits(self) -> ProviderLimits:
        """SMS, of which it does not tell."""
        return ProviderLimits(channels=frozenset({Channel.SMS}), pace=Pace(per_second=5.0))

    # --- sending ---------------------------------------------------------------------------------------

    def plan_segments(self, message: OutboundMessage) -> int:
        """As a network counts them. Raises ValueError for what is no SMS with text."""
        if message.channel is not Channel.SMS or message.data is not None:
            raise ValueError("Spryng carries SMS with text")
        is_unicode = self._encoding(message) == "unicode"
        alphabet = AlphabetChoice.UCS2 if is_unicode else AlphabetChoice.AUTO
        return count_segments(self._text(message), alphabet=alphabet).segments

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:  # noqa: ARG002 - no time is sent
        """``POST /messages`` for one recipient."""
        try:
            self.plan_segments(message)
        except ValueError as error:
            return rejected(ErrorClass.MESSAGE, str(error))
        fields = {
            "encoding": self._encoding(message),
            "body": self._text(message),
            "route": self.route,
            "originator": digits(self.sender),
            "recipients": [digits(message.address)],
            "reference": message.uid,
        }
        return ProviderRequest(
            method="POST",
            url=f"{_BASE}/messages",
            headers={**self._headers(), "Content-Type": _JSON},
            body=json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"),
        )

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """200 or 201, and an id."""
        if not 200 <= response.status < 300:
            return refused_by_status(response, moment.now)
        reference = text_at(json_of(response), "id")
        if not _ID.fullmatch(reference):
            return Unknown(reason="Spryng answered with success, in words that cannot be read")
        return Accepted(reference=reference, segments=self.plan_segments(message))

    # --- the account -----------------------------------------------------------------------------------

    def check_request(self, moment: Moment) -> ProviderRequest:
        """The balance."""
        return self.credit_request(moment)

    def checked(self, response: ProviderResponse) -> Rejected | None:
        """The credentials do."""
        return None if 200 <= response.status < 300 else refused_look(response, {}, "")

    def credit_request(self, moment: Moment) -> ProviderRequest:  # noqa: ARG002 - no time is sent
        """``/balance``."""
        return ProviderRequest(method="GET", url=f"{_BASE}/balance", headers=self._headers())

    def credit(self, response: ProviderResponse) -> Credit | None:
        """What is left. Spryng does not name the currency."""
        found = at(json_of(response), "amount") if 200 <= response.status < 300 else None
        try:
            amount = Decimal(str(found))
        except InvalidOperation:
            return None
        return Credit(amount=amount) if amount.is_finite() else None

    # --- what Spryng has to tell -----------------------------------------------------------------------

    def receive(self, request: HttpRequest, moment: Moment) -> Received:
        """An inbound message by the MO webhook; the path is the secret. Raises CallbackRefusedError."""
        check_secret_path(request, moment)
        check_size(request)
        return mo.receive(request, moment, keyword=self.mo_keyword, time_zone=self.mo_time_zone)

    def answer(self, request: HttpRequest, received: Received) -> HttpAnswer:  # noqa: ARG002 - always the same
        """``TRUE``: until then Spryng repeats its call once a minute."""
        return plain_answer(mo.TAKEN)

    # --- parts -----------------------------------------------------------------------------------------

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}", "Accept": _JSON}

    def _encoding(self, message: OutboundMessage) -> str:
        return "plain" if message.plain else self.encoding

    def _text(self, message: OutboundMessage) -> str:
        """What Spryng does with characters that ``plain`` lacks is not documented: it gets look-alikes."""
        if self._encoding(message) == "plain":
            return transliterated(message.text, plain=message.plain)
        return message.text
