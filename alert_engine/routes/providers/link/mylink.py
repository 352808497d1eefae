"""An account at MyLINK: SMS v1 and WhatsApp v2, with one token for both (OAuth 2.0 client credentials).

Source: the OpenAPI descriptions of both APIs. They cannot be asked what became of a message, nor for the
credit. They do not know a message again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from alert_engine.errors import ConfigError, not_one_of
from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, ErrorClass, Rejected, Unknown
from alert_engine.routes.providers import whatsapp_cloud
from alert_engine.routes.providers.addresses import checked_sender
from alert_engine.routes.providers.callbacks import plain_answer
from alert_engine.routes.providers.exchange import ProviderRequest
from alert_engine.routes.providers.meaning import refused_look
from alert_engine.routes.providers.provider import Pace, ProviderLimits, Token
from alert_engine.routes.providers.reading import at, json_of, refused_by_status, rejected, text_at

from . import mylink_events, mylink_messages

if TYPE_CHECKING:
    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.routes.base import OutboundMessage, Outcome
    from alert_engine.routes.providers.exchange import ProviderResponse
    from alert_engine.routes.providers.provider import Moment, Received

_TOKEN_URL = "https://sso.linkmobility.com/auth/realms/CPaaS/protocol/openid-connect/token"  # noqa: S105 - an address
_BASE = "https://api.linkmobility.com"
_JSON = "application/json"
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_NUMBER = re.compile(r"\+?[1-9][0-9]{6,14}")
_TEMPLATE = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_ENCODINGS = ("AutoDetect", "GSM", "UCS2")
_OBFUSCATIONS = ("", "Content", "ContentAndRecipient")


@dataclass(frozen=True, slots=True, kw_only=True)
class MyLink:
    """An account at MyLINK. What it carries follows from the senders that are set.

    Raises:
        ConfigError: a setting makes no sense.
    """

    client_id: str  # portal, page "Messaging APIs"
    client_secret: str = field(repr=False)  # the same page
    sender: str = ""  # of SMS: number with +, short code, or name of at most 11 characters; empty: no SMS
    encoding: str = "AutoDetect"  # of SMS: AutoDetect, GSM or UCS2
    obfuscate: str = ""  # LINK forgets what it sent: Content or ContentAndRecipient; empty: it keeps it
    gate_id: str = ""  # reports go by this callback of the portal; empty: to the address of the gateway
    whatsapp_sender: str = ""  # the number registered for WhatsApp, as the portal writes it; empty: none
    whatsapp_template: str = ""  # for messages outside the 24 hours; it has one variable in its body
    whatsapp_template_language: str = "en"  # as registered: de, en_GB …

    def __post_init__(self) -> None:
        """Refuse what the API would refuse."""
        for name, value in (("client_id", self.client_id), ("client_secret", self.client_secret)):
            if not _VISIBLE.fullmatch(value):
                text = f"{name}: is missing or has blanks: see the page Messaging APIs of the portal"
                raise ConfigError(text, path=(name,))
        if not (self.sender or self.whatsapp_sender):
            raise ConfigError("sender: it or whatsapp_sender must be set", path=("sender",))
        self._check_sms()
        self._check_whatsapp()

    @property
    def limits(self) -> ProviderLimits:
        """All of it is told of."""
        carried = {Channel.SMS: self.sender, Channel.WHATSAPP: self.whatsapp_sender}
        channels = frozenset(channel for channel, sender in carried.items() if sender)
        return ProviderLimits(channels=channels, reports=channels, pace=Pace(per_second=10.0))

    # --- the token -------------------------------------------------------------------------------------

    def token_request(self, moment: Moment) -> ProviderRequest:  # noqa: ARG002 - no time is sent
        """The grant ``client_credentials`` (RFC 6749 section 4.4)."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        return ProviderRequest(
            method="POST",
            url=_TOKEN_URL,
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": _JSON},
            body=urlencode(form).encode("ascii"),
        )

    def token(self, response: ProviderResponse, moment: Moment) -> Token | Rejected:
        """The token. Nothing was sent yet: whatever stands in the way, sending again doubles nothing."""
        data = json_of(response)
        value, lasts = text_at(data, "access_token"), at(data, "expires_in")
        if response.status == 200 and _VISIBLE.fullmatch(value) and type(lasts) is int and 0 < lasts < 10**8:
            return Token(value=value, expires_at=moment.now + timedelta(seconds=lasts))
        refused = refused_by_status(response, moment.now, is_idempotent=True)
        if isinstance(refused, Unknown):
            return rejected(ErrorClass.DEVICE, "LINK answered with a token that cannot be read")
        if refused.error_class is ErrorClass.MESSAGE:
            reason = "LINK does not accept client_id and client_secret"
            return rejected(ErrorClass.ACCOUNT, reason, text_at(data, "error") or refused.code)
        return refused

    # --- sending ---------------------------------------------------------------------------------------

    def plan_segments(self, message: OutboundMessage) -> int:
        """Of an SMS, 1 of WhatsApp. Raises ValueError for what the account cannot carry."""
        if message.channel not in self.limits.channels:
            raise ValueError(f"this account has no sender for {message.channel}")
        return mylink_messages.plan_segments(self, message)

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:
        """A list of one message."""
        try:
            self.plan_segments(message)
            return self._request(message, moment)
        except ValueError as error:
            return rejected(ErrorClass.MESSAGE, str(error))

    def _request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:
        if message.channel is Channel.SMS:
            return self._post("/sms/v1/messages", mylink_messages.sms(self, message, moment), moment)
        if not whatsapp_cloud.is_open(message, moment.now) and not self.whatsapp_template:
            reason = "WhatsApp takes free text only within 24 hours after somebody wrote"
            return rejected(ErrorClass.MESSAGE, f"{reason}, and no template is set")
        return self._post("/whatsapp/v2/messages", mylink_messages.whatsapp(self, message, moment), moment)

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """202 and an id for the one message."""
        if not 200 <= response.status < 300:
            return refused_by_status(response, moment.now)
        reference = text_at(json_of(response), "messages", 0, "messageId")
        if not reference:
            return Unknown(reason="LINK answered with success, in words that cannot be read")
        return Accepted(reference=reference, segments=self.plan_segments(message))

    # --- the account -----------------------------------------------------------------------------------

    def check_request(self, moment: Moment) -> ProviderRequest:
        """The scheduled SMS, of which there are none; without SMS, the templates of WhatsApp."""
        path = "/sms/v1/schedules" if self.sender else "/whatsapp/v2/templates"
        return ProviderRequest(method="GET", url=_BASE + path, headers=_headers(moment))

    def checked(self, response: ProviderResponse) -> Rejected | None:
        """The credentials do. A complaint about the question itself is no trouble of the account."""
        if 200 <= response.status < 300:
            return None
        refused = refused_look(response, {}, "")
        return None if refused.error_class is ErrorClass.MESSAGE else refused

    # --- what LINK has to tell -------------------------------------------------------------------------

    def receive(self, request: HttpRequest, moment: Moment) -> Received:
        """Reports and inbound messages; the path is the secret. Raises CallbackRefusedError."""
        return mylink_events.receive(request, moment)

    def answer(self, request: HttpRequest, received: Received) -> HttpAnswer:  # noqa: ARG002 - always the same
        """200."""
        return plain_answer()

    # --- parts -----------------------------------------------------------------------------------------

    def _post(self, path: str, message: dict[str, Any], moment: Moment) -> ProviderRequest:
        return ProviderRequest(
            method="POST",
            url=_BASE + path,
            headers={**_headers(moment), "Content-Type": _JSON},
            body=json.dumps([message], ensure_ascii=False, separators=(",", ":")).encode(errors="replace"),
        )

    def _check_sms(self) -> None:
        checked_sender(self.sender)
        if "_" in self.sender:  # of all that a network carries ``sms.sender`` lacks this alone
            raise ConfigError("sender: MyLINK takes no underscore in it", path=("sender",))
        for name, value, known in (
            ("encoding", self.encoding, _ENCODINGS),
            ("obfuscate", self.obfuscate, _OBFUSCATIONS),
        ):
            if value not in known:
                raise not_one_of(name, known)

    def _check_whatsapp(self) -> None:
        if self.whatsapp_sender and not _NUMBER.fullmatch(self.whatsapp_sender):
            text = "whatsapp_sender: must be a number with country code, as the portal writes it"
            raise ConfigError(text, path=("whatsapp_sender",))
        if self.whatsapp_template and not _TEMPLATE.fullmatch(self.whatsapp_template):
            text = "whatsapp_template: has lower-case letters, digits and _ only"
            raise ConfigError(text, path=("whatsapp_template",))
        if not _LANGUAGE.fullmatch(self.whatsapp_template_language):
            text = "whatsapp_template_language: must be such as de or en_GB"
            raise ConfigError(text, path=("whatsapp_template_language",))


def _headers(moment: Moment) -> dict[str, str]:
    return {"Authorization": f"Bearer {moment.access_token}", "Accept": _JSON}
