"""An account at websms: its settings, and which part of the API a message needs.

Source: developer.linkmobility.eu (REST API, Simple HTTP, receiving messages, WhatsApp). The API cannot be
asked what became of a message, nor for the credit. It does not know a message again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, ErrorClass, Unknown
from alert_engine.routes.providers import whatsapp_cloud
from alert_engine.routes.providers.callbacks import plain_answer
from alert_engine.routes.providers.exchange import ProviderRequest, basic_authorization
from alert_engine.routes.providers.meaning import refused_look
from alert_engine.routes.providers.provider import Pace, ProviderLimits
from alert_engine.routes.providers.reading import (
    at,
    json_of,
    refused_by_status,
    rejected,
    retry_after,
    text_at,
)

from . import messages, notifications, settings
from .codes import CODES, INVALID_RECIPIENT, PARAMETER_MISSING, SENT, TAKEN, meaning_of

if TYPE_CHECKING:
    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.routes.base import OutboundMessage, Outcome, Rejected
    from alert_engine.routes.providers.exchange import ProviderResponse
    from alert_engine.routes.providers.provider import Moment, Received

_JSON = "application/json"
_FORM = f"application/x-www-form-urlencoded; charset={messages.SIMPLE_ENCODING}"
_ANSWER = json.dumps({"statusCode": int(SENT), "statusMessage": "OK"}, separators=(",", ":"))
# Without a recipient these are what a look at an account that is well is refused for.
_WELL = TAKEN | {INVALID_RECIPIENT, PARAMETER_MISSING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Websms:
    """An account at websms.

    Raises:
        ConfigError: a setting makes no sense.
    """

    token: str = field(default="", repr=False)  # access token of the account; or user and password
    user: str = ""  # in the place of a token
    password: str = field(default="", repr=False)  # of user
    base_url: str = "https://api.linkmobility.eu/rest"  # https://api.websms.com/rest is the old name
    sms: bool = True  # the account carries SMS
    sender: str = ""  # number with +, short code, or name of at most 11 characters; empty: the account's
    max_sms: int = 0  # a text that needs more SMS is refused; 0: no limit
    calls: bool = False  # the account may make calls that speak (messageType voice)
    whatsapp_channel: str = ""  # UUID of the WhatsApp channel; empty: no WhatsApp
    simple_http: str = ""  # get or post: texts in Latin-1 go by the Simple HTTP interface; empty: none
    priority: int = 0  # 1 to 9, as far as the account allows, of all but normal messages; 0: none
    content_category: str = ""  # informational or advertisement; empty: as set in the account
    test: bool = False  # websms only simulates: NOTHING is sent

    def __post_init__(self) -> None:
        """Refuse what the API would refuse."""
        settings.check(self)

    @property
    def limits(self) -> ProviderLimits:
        """Reports of WhatsApp come under an id that its answer does not name."""
        has = {
            Channel.SMS: self.sms,
            Channel.CALL: self.calls,
            Channel.WHATSAPP: bool(self.whatsapp_channel),
        }
        channels = frozenset(channel for channel, is_there in has.items() if is_there)
        reports = channels - {Channel.WHATSAPP}
        return ProviderLimits(channels=channels, reports=reports, pace=Pace(per_second=10.0))

    # --- sending ---------------------------------------------------------------------------------------

    def plan_segments(self, message: OutboundMessage) -> int:
        """Of an SMS; calls and WhatsApp are one. Raises ValueError for what the account cannot carry."""
        if message.channel not in self.limits.channels:
            raise ValueError(f"this account does not carry {message.channel}")
        return messages.plan_segments(message)

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:
        """``text``, ``binary``, ``simple`` or the WhatsApp channel."""
        try:
            self.plan_segments(message)
        except ValueError as error:
            return rejected(ErrorClass.MESSAGE, str(error))
        if message.channel is Channel.WHATSAPP:
            if not whatsapp_cloud.is_open(message, moment.now):
                reason = "WhatsApp takes free text only within 24 hours after somebody wrote"
                return rejected(ErrorClass.MESSAGE, f"{reason}, and websms documents no templates")
            return self._post(*messages.whatsapp(self, message))
        if message.data is not None:
            return self._post(messages.BINARY, messages.binary(self, message, moment, message.data))
        fields = messages.sms_or_call(self, message, moment)
        return self._simple(fields) or self._post(messages.TEXT, fields)

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """By ``statusCode``: the HTTP status is 200 for refusals as well."""
        data = json_of(response)
        code = text_at(data, "statusCode")
        if meaning := meaning_of(code):
            return meaning.refusal(code, retry_after(response, moment.now))
        if response.status != 200:
            return refused_by_status(response, moment.now)
        reference = text_at(data, "transferId")
        if code not in TAKEN or not reference:
            return Unknown(reason="websms answered with success, in words that its description does not name")
        count = at(data, "smsCount")
        counted = count if isinstance(count, int) and not isinstance(count, bool) else 0
        return Accepted(reference=reference, segments=counted if counted > 0 else self.plan_segments(message))

    # --- the account -----------------------------------------------------------------------------------

    def check_request(self, moment: Moment) -> ProviderRequest:  # noqa: ARG002 - no time is sent
        """A simulated message for nobody: the credentials come first, and nothing can be sent."""
        return self._post(messages.TEXT, messages.look())

    def checked(self, response: ProviderResponse) -> Rejected | None:
        """The good answer is that the recipient is missing.

        Which code says so is not documented, so no other complaint about the message counts either.
        """
        code = text_at(json_of(response), "statusCode")
        if code in _WELL or (response.status == 200 and code and code not in CODES):
            return None
        refused = refused_look(response, CODES, code)
        return None if refused.error_class in {ErrorClass.MESSAGE, ErrorClass.RECIPIENT} else refused

    # --- what websms has to tell -----------------------------------------------------------------------

    def receive(self, request: HttpRequest, moment: Moment) -> Received:
        """A report or an inbound message; the path is the secret. Raises CallbackRefusedError."""
        return notifications.receive(request, moment)

    def answer(self, request: HttpRequest, received: Received) -> HttpAnswer:  # noqa: ARG002 - always the same
        """A status alone is not enough for websms."""
        return plain_answer(_ANSWER, _JSON)

    # --- requests --------------------------------------------------------------------------------------

    def _post(self, path: str, fields: dict[str, Any]) -> ProviderRequest:
        return ProviderRequest(
            method="POST",
            url=self._url(path),
            headers={**self._headers(), "Content-Type": _JSON},
            body=json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"),
        )

    def _simple(self, fields: dict[str, Any]) -> ProviderRequest | None:
        """By Simple HTTP, if it is wanted and has all characters of the text."""
        query = messages.simple_query(fields) if self.simple_http else None
        if query is None:
            return None
        url = self._url(messages.SIMPLE)
        if self.simple_http == "get":
            return ProviderRequest(method="GET", url=f"{url}?{query}", headers=self._headers())
        headers = {**self._headers(), "Content-Type": _FORM}
        return ProviderRequest(method="POST", url=url, headers=headers, body=query.encode("ascii"))

    def _url(self, path: str) -> str:
        return self.base_url.rstrip("/") + path

    def _headers(self) -> dict[str, str]:
        basic = basic_authorization(self.user, self.password)
        return {"Authorization": f"Bearer {self.token}" if self.token else basic, "Accept": _JSON}
