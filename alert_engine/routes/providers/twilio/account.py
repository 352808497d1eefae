"""An account at Twilio: its settings, and which part of the API a message needs.

Source: the OpenAPI description of the API of 2010-04-01 (Messages, Calls, Balance).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from alert_engine.errors import ConfigError, not_in_range
from alert_engine.model import Channel
from alert_engine.routes.base import ErrorClass
from alert_engine.routes.providers.addresses import SenderKind, checked_sender, sender_kind
from alert_engine.routes.providers.callbacks import plain_answer
from alert_engine.routes.providers.exchange import ProviderRequest, basic_authorization
from alert_engine.routes.providers.meaning import elsewhere
from alert_engine.routes.providers.provider import CallbackRefusedError, Pace, ProviderLimits
from alert_engine.routes.providers.reading import rejected

from .answers import check_result, credit_of, outcome_of, report_of
from .calls import call_form
from .messages import UnfitError, message_form, segments_of
from .signature import FORM, Secrets, checked_fields
from .speech import Speaker, nothing
from .webhooks import received_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.routes.base import Credit, KeyAnswer, OutboundMessage, Outcome, Rejected
    from alert_engine.routes.providers.exchange import ProviderResponse
    from alert_engine.routes.providers.provider import Moment, Received

_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_HOST_PART = re.compile(r"[a-z0-9-]{2,32}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,4}(-[A-Za-z0-9]{2,8}){0,3}")
_MOST_POLLS = 50  # messages that are asked after in one round, the newest first
_XML = "text/xml; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Twilio:
    """An account at Twilio. What it carries follows from the senders that are set.

    Raises:
        ConfigError: a setting makes no sense.
    """

    account_sid: str  # "AC" and 32 hex digits: the first page of the console
    auth_token: str = field(repr=False)  # signs the callbacks, also where an API key is set
    api_key: str = ""  # "SK…": sends in the place of the token, and can be withdrawn alone
    api_secret: str = field(default="", repr=False)  # of the API key
    webhook_key: str = field(default="", repr=False)  # shared key, if callbacks are signed with one
    region: str = ""  # of the account: us1, ie1, au1; empty: us1
    edge: str = ""  # where requests enter Twilio's network: dublin, frankfurt …
    sender: str = ""  # of SMS: a number with +, a short code, or a name of at most 11 characters
    messaging_service: str = ""  # "MG…": picks the sender of SMS, in the place of one
    smart_encoding: bool = False  # Twilio writes look-alikes for characters that make SMS longer
    whatsapp_sender: str = ""  # number with + that is registered with WhatsApp; empty: no WhatsApp
    whatsapp_template: str = ""  # "HX…": sent when the recipient has not written for a day
    whatsapp_variable: str = "1"  # the variable of the template that takes the text
    caller: str = ""  # number with + that calls: of the account, or verified; empty: no calls
    call_language: str = "en-US"  # of the voice
    call_voice: str = ""  # as Twilio lists them, for example Polly.Vicki; empty: the one of the account
    call_loop: int = 3  # how often the text is said: 1 to 10
    call_prompt: str = ""  # which key does what; empty: in the language of the voice
    ring_for: int = 25  # seconds: 5 to 600; most voice mailboxes answer after 30
    detect_machines: bool = False  # a call that a voice mailbox answered counts as failed; costs extra

    def __post_init__(self) -> None:
        """Refuse what the API would refuse."""
        self._check_credentials()
        self._check_senders()
        self._check_calls()

    @property
    def limits(self) -> ProviderLimits:
        """What the senders carry; all of it is told of."""
        carried = {
            Channel.SMS: self.sender or self.messaging_service,
            Channel.WHATSAPP: self.whatsapp_sender,
            Channel.CALL: self.caller,
        }
        channels = frozenset(channel for channel, sender in carried.items() if sender)
        return ProviderLimits(channels=channels, reports=channels, pace=Pace(per_second=10.0))

    # --- sending ---------------------------------------------------------------------------------------

    def plan_segments(self, message: OutboundMessage) -> int:
        """Of an SMS; the others are one. Raises ValueError for what is too long or has no sender."""
        if message.channel not in self.limits.channels:
            raise ValueError(f"this account has no sender for {message.channel}")
        return segments_of(message)

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:
        """``Messages.json`` or ``Calls.json``."""
        try:
            self.plan_segments(message)
            if message.channel is Channel.CALL:
                return self._post("Calls", call_form(self, self._speaker, message, moment))
            form = message_form(self, message, moment)
        except UnfitError as error:
            return rejected(ErrorClass.MESSAGE, str(error))
        except ValueError as error:
            return elsewhere(str(error)).refusal("")
        if form is None:
            reason = "the recipient has not written for a day, and no WhatsApp template is set"
            return rejected(ErrorClass.MESSAGE, reason)
        return self._post("Messages", form)

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """201 and the SID, or a code."""
        return outcome_of(response, self.plan_segments(message), moment.now)

    # --- the account -----------------------------------------------------------------------------------

    def check_request(self, moment: Moment) -> ProviderRequest:  # noqa: ARG002 - no time is sent
        """The account itself, which API keys may not read: with one, the newest message."""
        return self._get("/Messages.json?PageSize=1" if self.api_key else ".json")

    def checked(self, response: ProviderResponse) -> Rejected | None:
        """The credentials do, and the account is active."""
        return check_result(response)

    def credit_request(self, moment: Moment) -> ProviderRequest:  # noqa: ARG002 - no time is sent
        """``Balance.json``."""
        return self._get("/Balance.json")

    def credit(self, response: ProviderResponse) -> Credit | None:
        """The balance and its currency."""
        return credit_of(response)

    # --- what Twilio has to tell -----------------------------------------------------------------------

    def poll_requests(self, references: Sequence[str], moment: Moment) -> Sequence[ProviderRequest]:  # noqa: ARG002 - no time is sent
        """One for each message or call: the API has no list by SID."""
        known = [each for each in references if _SID.fullmatch(each)][:_MOST_POLLS]
        return [self._get(f"/{'Calls' if sid.startswith('CA') else 'Messages'}/{sid}.json") for sid in known]

    def polled(self, response: ProviderResponse, moment: Moment) -> Received:
        """The state of one message or call."""
        return report_of(response, moment)

    def receive(self, request: HttpRequest, moment: Moment) -> Received:
        """A state, an inbound message or a key, signed by Twilio. Raises CallbackRefusedError."""
        secrets = Secrets(auth_token=self.auth_token, shared_key=self.webhook_key)
        fields = checked_fields(request, moment.callback_url, secrets)
        if fields.get("AccountSid", self.account_sid) != self.account_sid:
            raise CallbackRefusedError(HTTPStatus.FORBIDDEN, "it is about another account")
        return received_of(fields, request.query, moment, must_name_who=self.detect_machines)

    def answer(self, request: HttpRequest, received: Received) -> HttpAnswer:  # noqa: ARG002 - always the same
        """An empty document: Twilio shall do nothing about it."""
        return plain_answer(nothing(), _XML)

    def key_answer(self, request: HttpRequest, answer: KeyAnswer) -> HttpAnswer:  # noqa: ARG002 - always the same
        """What whoever pressed the key hears."""
        return plain_answer(self._speaker.reply(answer, prompt=self.call_prompt), _XML)

    # --- parts -----------------------------------------------------------------------------------------

    @property
    def _speaker(self) -> Speaker:
        return Speaker(language=self.call_language, voice=self.call_voice)

    @property
    def _base(self) -> str:
        """``api.{edge}.{region}.twilio.com``; an edge alone belongs to us1."""
        region = self.region or ("us1" if self.edge else "")
        host = ".".join(part for part in ("api", self.edge, region, "twilio.com") if part)
        return f"https://{host}/2010-04-01/Accounts/{self.account_sid}"

    @property
    def _authorization(self) -> str:
        user, password = self.api_key or self.account_sid, self.api_secret or self.auth_token
        return basic_authorization(user, password)

    def _get(self, path: str) -> ProviderRequest:
        headers = {"Authorization": self._authorization, "Accept": "application/json"}
        return ProviderRequest(method="GET", url=self._base + path, headers=headers)

    def _post(self, resource: str, form: Mapping[str, str]) -> ProviderRequest:
        headers = {
            "Authorization": self._authorization,
            "Accept": "application/json",
            "Content-Type": FORM,
        }
        return ProviderRequest(
            method="POST",
            url=f"{self._base}/{resource}.json",
            headers=headers,
            body=urlencode(form).encode("ascii"),
        )

    def _check_credentials(self) -> None:
        _check_sid("account_sid", self.account_sid, "AC")
        if not self.auth_token:
            raise ConfigError(
                "auth_token: is missing: see the first page of the console", path=("auth_token",)
            )
        if self.api_key:
            _check_sid("api_key", self.api_key, "SK")
        if bool(self.api_key) != bool(self.api_secret):
            raise ConfigError("api_secret: api_key and api_secret belong together", path=("api_secret",))
        for name, value in (("region", self.region), ("edge", self.edge)):
            if value and not _HOST_PART.fullmatch(value):
                raise ConfigError(f"{name}: must be a short name such as ie1 or dublin", path=(name,))

    def _check_senders(self) -> None:
        if not (self.sender or self.messaging_service or self.whatsapp_sender or self.caller):
            text = "sender: one of sender, messaging_service, whatsapp_sender and caller must be set"
            raise ConfigError(text, path=("sender",))
        if self.sender and self.messaging_service:
            raise ConfigError("sender: set it or messaging_service, not both", path=("sender",))
        checked_sender(self.sender)
        for name, value in (("whatsapp_sender", self.whatsapp_sender), ("caller", self.caller)):
            _check_number(name, value)
        if self.messaging_service:
            _check_sid("messaging_service", self.messaging_service, "MG")
        if self.whatsapp_template:
            _check_sid("whatsapp_template", self.whatsapp_template, "HX")
        if not self.whatsapp_variable:
            raise ConfigError("whatsapp_variable: is empty", path=("whatsapp_variable",))

    def _check_calls(self) -> None:
        if not _LANGUAGE.fullmatch(self.call_language):
            raise ConfigError("call_language: must be such as en-US or de-DE", path=("call_language",))
        for name, value, least, most in (
            ("call_loop", self.call_loop, 1, 10),
            ("ring_for", self.ring_for, 5, 600),
        ):
            if not least <= value <= most:
                raise not_in_range(name, least, most)


def _check_sid(name: str, sid: str, prefix: str) -> None:
    if not (_SID.fullmatch(sid) and sid.startswith(prefix)):
        raise ConfigError(f"{name}: must be {prefix} and 32 hex digits", path=(name,))


def _check_number(name: str, number: str) -> None:
    try:
        kind = sender_kind(number)
    except ValueError:
        kind = SenderKind.ALPHANUMERIC
    if kind not in {SenderKind.ACCOUNT, SenderKind.INTERNATIONAL}:
        raise ConfigError(f"{name}: must be a number with + and country code", path=(name,))
