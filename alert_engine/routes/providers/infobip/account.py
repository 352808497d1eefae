"""An account at Infobip, as a provider."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from alert_engine.model import Channel
from alert_engine.routes.base import Credit, ErrorClass, Rejected
from alert_engine.routes.providers import whatsapp_cloud
from alert_engine.routes.providers.callbacks import plain_answer, unreadable
from alert_engine.routes.providers.exchange import ProviderRequest
from alert_engine.routes.providers.meaning import refused_look
from alert_engine.routes.providers.provider import ProviderLimits, Received
from alert_engine.routes.providers.reading import at, json_in, json_of, rejected, text_at

from . import answers, proofs, settings, sms, told, voice, whatsapp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.routes.base import OutboundMessage, Outcome
    from alert_engine.routes.providers.exchange import ProviderResponse
    from alert_engine.routes.providers.provider import Moment

_BALANCE = "/account/1/balance"
_LOGS = "/sms/3/logs"
_VOICE_REPORTS = "/voice/1/reports"
_INBOX = "/sms/1/inbox/reports"
_IDS_AT_ONCE = 50  # in one question: all together they may have 2048 characters
_CALLS_AT_ONCE = 10  # each is a request of its own; the newest first
_MOST_LOGS = 1000  # in one answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Infobip:
    """An account at Infobip.

    Raises:
        ConfigError: a setting makes no sense.
    """

    api_key: str = field(repr=False)  # portal, page "API keys"
    base_url: str = "https://api.infobip.com"  # better the account's own: https://xxxxx.api.infobip.com
    sms: bool = True  # the account carries SMS
    sender: str = ""  # of SMS: a name of at most 11 characters, a number, a short code; empty: the account's
    transliteration: str = ""  # replaces letters that cost more: ALL, NON_UNICODE, TURKISH …; empty: none
    language: str = ""  # letters of a language at little cost: TR, ES, PT, AUTODETECT; empty: none
    single_shift: bool = False  # of the language: its extension table
    locking_shift: bool = False  # of the language: its whole alphabet
    data_coding: int = 4  # of messages that are data: 4 is 8-bit data (TS 23.038); the API names 0 and 8
    application_id: str = ""  # separates this gateway's messages from others of the account
    whatsapp_sender: str = ""  # the number registered for WhatsApp, with + and country code; empty: none
    whatsapp_template: str = ""  # for messages outside the 24 hours; it has one placeholder in its body
    whatsapp_template_language: str = "en"  # as registered: de, en_GB …
    voice_sender: str = ""  # the number that calls, with + and country code; empty: no calls
    voice_language: str = "en"  # of what is spoken: de, en, it …
    voice_name: str = ""  # as the account lists them: Joanna …; empty: as Infobip chooses
    call_keys: bool = True  # a call asks for a key after the text
    call_prompt: str = ""  # which key does what; empty: in the language of the voice
    detect_machines: bool = False  # hang up on voice mailboxes; costs extra
    callback_user: str = ""  # HTTP Basic of the calls from Infobip; empty: the secret path alone
    callback_password: str = field(default="", repr=False)  # of callback_user
    hmac_header: str = ""  # header with the signature of a call; its name is not documented; empty: none
    hmac_key: str = field(default="", repr=False)  # secretKey of the security profile of the subscription
    hmac_algorithm: str = "HMAC_SHA_256"  # of the same profile

    def __post_init__(self) -> None:
        """Refuse what the API would refuse."""
        settings.check(self)

    @property
    def limits(self) -> ProviderLimits:
        """SMS, WhatsApp and calls, as far as the account has them; all of it is told of.

        That a message is known again is documented of SMS alone, and WhatsApp cannot be asked after.
        """
        has = {
            Channel.SMS: self.sms,
            Channel.WHATSAPP: bool(self.whatsapp_sender),
            Channel.CALL: bool(self.voice_sender),
        }
        channels = frozenset(channel for channel, is_there in has.items() if is_there)
        return ProviderLimits(
            channels=channels,
            reports=channels,
            only_called=channels & {Channel.WHATSAPP},
            is_idempotent=channels <= {Channel.SMS},
        )

    def plan_segments(self, message: OutboundMessage) -> int:
        """Segments of an SMS as a network counts them; 1 of anything else.

        Raises:
            ValueError: the account cannot carry it.
        """
        if message.channel not in self.limits.channels:
            raise ValueError(f"this account does not carry {message.channel}")
        if message.channel is Channel.WHATSAPP:
            whatsapp_cloud.check(message)
        elif message.channel is Channel.CALL:
            voice.check(self, message)
        else:
            return sms.plan_segments(self, message)
        return 1

    # --- sending ---------------------------------------------------------------------------------------

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:
        """One message for one number, with an own ``messageId`` that stays the same when it is sent again."""
        try:
            self.plan_segments(message)
            return self._request(message, moment)
        except ValueError as error:
            return rejected(ErrorClass.MESSAGE, str(error))

    def _request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:
        if message.channel is Channel.WHATSAPP:
            made = whatsapp.request(self, message, moment)
            return made if isinstance(made, Rejected) else self._post(*made)
        if message.channel is Channel.CALL:
            return self._post(voice.PATH, voice.body(self, message, moment))
        return self._post(sms.PATH, sms.body(self, message, moment))

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """By the status of the one message; 23 means that an earlier attempt got through."""
        ids = {Channel.WHATSAPP: whatsapp.message_id, Channel.CALL: voice.message_id}
        reference = ids[message.channel](message) if message.channel in ids else message.uid
        known_again = message.channel is Channel.SMS
        return answers.outcome(
            reference, self.plan_segments(message), response, moment.now, is_idempotent=known_again
        )

    # --- the account -----------------------------------------------------------------------------------

    def check_request(self, moment: Moment) -> ProviderRequest:  # noqa: ARG002 - no time is sent
        """The balance."""
        return self._get(_BALANCE)

    def checked(self, response: ProviderResponse) -> Rejected | None:
        """Whatever the balance is: an account that pays later may have none."""
        if response.status == HTTPStatus.OK and isinstance(json_of(response), dict):
            return None
        return refused_look(response, {}, "")

    def credit_request(self, moment: Moment) -> ProviderRequest:  # noqa: ARG002 - no time is sent
        """The balance."""
        return self._get(_BALANCE)

    def credit(self, response: ProviderResponse) -> Credit | None:
        """What is left."""
        data = json_of(response)
        amount = at(data, "balance")
        if (
            response.status != HTTPStatus.OK
            or isinstance(amount, bool)
            or not isinstance(amount, int | float)
        ):
            return None
        if not math.isfinite(amount):
            return None
        return Credit(amount=Decimal(str(amount)), currency=text_at(data, "currency"))

    # --- what became of messages -----------------------------------------------------------------------

    def poll_requests(self, references: Sequence[str], moment: Moment) -> Sequence[ProviderRequest]:
        """SMS by their log, which can be read again; calls by their reports, each handed out once.

        WhatsApp has nothing to ask. What calls are told of by callback is never handed out besides.
        """
        calls = [each for each in references if voice.is_call(each)]
        texts = [each for each in references if not voice.is_call(each) and not whatsapp.is_one(each)]
        asked = [
            self._get(_LOGS, messageId=texts[start : start + _IDS_AT_ONCE], limit=_MOST_LOGS)
            for start in range(0, len(texts), _IDS_AT_ONCE)
        ]
        if not moment.callback_url:
            asked += [self._get(_VOICE_REPORTS, messageId=each) for each in calls[:_CALLS_AT_ONCE]]
        return asked

    def polled(self, response: ProviderResponse, moment: Moment) -> Received:
        """What is final by now."""
        return told.news(self.fetched(response, moment))

    def inbox_request(self, moment: Moment) -> ProviderRequest:  # noqa: ARG002 - no time is sent
        """SMS that nobody was called for. Each is handed out once."""
        if self.application_id:
            return self._get(_INBOX, applicationId=self.application_id)
        return self._get(_INBOX)

    def fetched(self, response: ProviderResponse, moment: Moment) -> Received:
        """What was there."""
        if response.status != HTTPStatus.OK:
            return Received()
        return told.received(told.results_in(json_of(response)), moment.now)

    # --- calls from Infobip ----------------------------------------------------------------------------

    def receive(self, request: HttpRequest, moment: Moment) -> Received:
        """Reports and messages of all channels, in one form."""
        proofs.check(self, request, moment)
        data = json_in(request.body)
        if not isinstance(at(data, "results"), list):
            raise unreadable()
        return told.received(told.results_in(data), moment.now)

    def answer(self, request: HttpRequest, received: Received) -> HttpAnswer:  # noqa: ARG002 - always the same
        """200."""
        return plain_answer()

    # --- requests --------------------------------------------------------------------------------------

    def _get(self, path: str, **query: str | int | Sequence[str]) -> ProviderRequest:
        asked = f"?{urlencode(query, doseq=True)}" if query else ""
        return ProviderRequest(method="GET", url=f"{self._url(path)}{asked}", headers=self._headers())

    def _post(self, path: str, body: dict[str, Any]) -> ProviderRequest:
        return ProviderRequest(
            method="POST",
            url=self._url(path),
            headers={**self._headers(), "Content-Type": "application/json"},
            body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"),
        )

    def _url(self, path: str) -> str:
        return self.base_url.rstrip("/") + path

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"App {self.api_key}", "Accept": "application/json"}
