"""TeleSign: SMS and calls that speak.

Sources: the OpenAPI descriptions of SMS API and Voice API, developer.telesign.com, and the signature of
requests as TeleSign's own libraries make it. A key that is pressed in a call is told when the call is over.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from alert_engine.errors import ConfigError
from alert_engine.model import Channel
from alert_engine.routes.base import (
    Accepted,
    ErrorClass,
    InboundReport,
    InboundSms,
    KeyPress,
    ReportStatus,
    Unknown,
)
from gsm_driver import count_segments, transliterated

from .addresses import can_be_answered, checked_sender, digits, international
from .callbacks import check_signature, check_size, plain_answer, unreadable
from .exchange import ProviderRequest, basic_authorization
from .meaning import refused_look
from .provider import Pace, ProviderLimits, Received
from .reading import (
    items_at,
    json_in,
    json_of,
    moment_of,
    refused_by_status,
    rejected,
    retry_after,
    text_at,
)
from .telesign_codes import ERRORS, FAILED, TAKEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.routes.base import OutboundMessage, Outcome, Rejected

    from .exchange import ProviderResponse
    from .provider import Moment

MAX_TEXT = 1600  # characters of the parameter message
_FORM = "application/x-www-form-urlencoded"
_METHOD = "HMAC-SHA256"
_SCHEME = "TSA "  # of a signature, with the customer's name before it
_ID = re.compile(r"[0-9A-Fa-f]{32}")  # of a message or a call, as TeleSign writes it
_REFERENCE = re.compile(r"(voice/)?[0-9A-Fa-f]{32}")  # as we do
_VOICE = re.compile(r"[fm]-[a-z]{2,3}-[A-Z]{2}")
_OF_VOICE = "voice/"  # before the reference of a call: it is asked after elsewhere
_OF_A_CALL = re.compile(r"1[0-9]{2}")  # states of calls
_INBOUND = "1500"
_CUSTOMER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEYS = "0123456789"
_SELECT = "13"  # keys of alarms by call; who hangs up presses none
_REPEAT = "0"  # says the text again
_MOST_POLLS = 50  # messages that are asked after in one round, the newest first
_NOBODY = "0" * 32  # the reference of no message
# A look after it is answered so by an account that is well: not found, expired, no reference at all.
_NOT_FOUND = frozenset({"10017", "10036", "11011"})


@dataclass(frozen=True, slots=True)
class _Words:
    """What a call says besides the alarm."""

    keys: str
    reply: str  # said at once, when nobody knows yet what the key comes to


_WORDS = {
    "en": _Words(
        "Press 1 to acknowledge, 3 for an hour of silence, 0 to hear this again.", "Your key is passed on."
    ),
    "de": _Words(
        "Drücken Sie 1 zum Quittieren, 3 für eine Stunde Ruhe, 0 zum Wiederholen.",
        "Ihre Taste wird weitergegeben.",
    ),
    "it": _Words(
        "Premere 1 per confermare, 3 per un'ora di silenzio, 0 per riascoltare.",
        "La sua scelta viene trasmessa.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Telesign:
    """An account at TeleSign.

    Raises:
        ConfigError: a setting makes no sense.
    """

    customer_id: str  # portal, page "Settings"
    api_key: str = field(repr=False)  # the same page: Base64; signs requests and callbacks
    enterprise: bool = False  # the account is one at rest-ww.telesign.com
    basic_auth: bool = False  # sends the API key itself in the place of a signature
    message_type: str = "ARN"  # OTP, ARN (alerts, reminders, notifications) or MKT
    sender_id: str = ""  # number or name of at most 11 characters that TeleSign enabled; empty: it chooses
    calls: bool = False  # the account may call
    caller_id: str = ""  # number with + that was bought from TeleSign; empty: it chooses
    voice: str = "f-en-US"  # of calls: f-de-DE, f-it-IT …
    call_keys: bool = True  # a call asks for a key after the text
    call_prompt: str = ""  # which key does what; empty: in the language of the voice

    def __post_init__(self) -> None:
        """Refuse what the API would refuse."""
        if not _CUSTOMER.fullmatch(self.customer_id):
            raise ConfigError("customer_id: is missing or wrong: see the portal", path=("customer_id",))
        if not _key_of(self.api_key):
            raise ConfigError("api_key: must be the Base64 text that the portal shows", path=("api_key",))
        if self.message_type not in {"OTP", "ARN", "MKT"}:
            raise ConfigError("message_type: must be OTP, ARN or MKT", path=("message_type",))
        checked_sender(self.sender_id, "sender_id")
        if not _VOICE.fullmatch(self.voice):
            raise ConfigError("voice: must be such as f-en-US or f-de-DE", path=("voice",))
        if self.caller_id and not can_be_answered(self.caller_id):
            raise ConfigError("caller_id: must be a number with + and country code", path=("caller_id",))

    @property
    def limits(self) -> ProviderLimits:
        """SMS, and calls where they are enabled; all of it is told of."""
        channels = frozenset({Channel.SMS, Channel.CALL} if self.calls else {Channel.SMS})
        return ProviderLimits(channels=channels, reports=channels, pace=Pace(per_second=10.0))

    # --- sending ---------------------------------------------------------------------------------------

    def plan_segments(self, message: OutboundMessage) -> int:
        """Of an SMS, 1 of a call. Raises ValueError for what is too long or not enabled."""
        if message.channel not in self.limits.channels:
            raise ValueError(f"this account does not carry {message.channel}")
        text = self._text(message)
        if message.data is not None or not message.text.strip():
            raise ValueError("TeleSign carries texts only, and no empty ones")
        if len(text) > MAX_TEXT:
            raise ValueError(f"TeleSign takes texts of {MAX_TEXT} characters at most")
        return count_segments(text).segments if message.channel is Channel.SMS else 1

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:
        """``/v1/messaging`` or ``/v1/voice``."""
        try:
            self.plan_segments(message)
        except ValueError as error:
            return rejected(ErrorClass.MESSAGE, str(error))
        form = {
            "phone_number": digits(message.address),
            "message": self._text(message),
            "message_type": self.message_type,
            "external_id": message.uid,
        }
        is_call = message.channel is Channel.CALL
        form |= self._of_call() if is_call else {"sender_id": digits(self.sender_id)}
        if message.report_requested:
            form["callback_url"] = moment.callback_url
        resource = "/v1/voice" if is_call else "/v1/messaging"
        body = urlencode({name: value for name, value in form.items() if value})
        return self._signed("POST", resource, moment, body=body)

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """By the code in ``errors`` or ``status``; the HTTP status only where it is none we know."""
        data = json_of(response)
        code = _code_of(data)
        if meaning := ERRORS.get(code) or FAILED.get(code):
            return meaning.refusal(code, retry_after(response, moment.now))
        if not 200 <= response.status < 300:
            return _refused(response, code, moment)
        reference = text_at(data, "reference_id")
        if code not in TAKEN or not _ID.fullmatch(reference):
            return Unknown(reason="TeleSign answered with success, in words that cannot be read")
        is_call = message.channel is Channel.CALL
        return Accepted(
            reference=_OF_VOICE + reference if is_call else reference,
            segments=self.plan_segments(message),
        )

    # --- the account -----------------------------------------------------------------------------------

    def check_request(self, moment: Moment) -> ProviderRequest:
        """A look after a message that there is not: the credentials come first."""
        return self._signed("GET", f"/v1/messaging/{_NOBODY}", moment)

    def checked(self, response: ProviderResponse) -> Rejected | None:
        """The good answer is that there is no such message."""
        code = _code_of(json_of(response))
        if response.status == 200 or (response.status in {400, 404} and code in _NOT_FOUND):
            return None
        return refused_look(response, ERRORS, code)

    # --- what TeleSign has to tell ---------------------------------------------------------------------

    def poll_requests(self, references: Sequence[str], moment: Moment) -> Sequence[ProviderRequest]:
        """One for each message or call; each signature needs a nonce of its own."""
        known = [each for each in references if _REFERENCE.fullmatch(each)][:_MOST_POLLS]
        paths = (each if each.startswith(_OF_VOICE) else f"messaging/{each}" for each in known)
        return [self._signed("GET", f"/v1/{path}", moment, turn=turn) for turn, path in enumerate(paths)]

    def polled(self, response: ProviderResponse, moment: Moment) -> Received:
        """The state of one message or call, and the key that was pressed in it."""
        data = json_of(response)
        if not 200 <= response.status < 300 or not _ID.fullmatch(text_at(data, "reference_id")):
            return Received()
        return _state_of(data, moment)

    def receive(self, request: HttpRequest, moment: Moment) -> Received:
        """A state or an inbound message, signed with the API key. Raises CallbackRefusedError."""
        check_size(request)
        # A proxy may keep Authorization for itself. The other may be the signature alone, without a name.
        given, wanted = request.header("X-TS-Authorization"), self._signature(request.body)
        if not given or given.startswith(_SCHEME):
            check_signature(given or request.header("Authorization"), wanted)
        else:
            check_signature(given, wanted.rpartition(":")[2])
        data = json_in(request.body)
        if text_at(data, "status", "code") == _INBOUND or text_at(data, "sub_resource") == "mo_sms":
            return _message_of(data, moment)
        if not _ID.fullmatch(text_at(data, "reference_id")):
            raise unreadable()
        return _state_of(data, moment)

    def answer(self, request: HttpRequest, received: Received) -> HttpAnswer:  # noqa: ARG002 - always the same
        """200 ends the repetitions."""
        return plain_answer()

    # --- parts -----------------------------------------------------------------------------------------

    def _text(self, message: OutboundMessage) -> str:
        if message.channel is Channel.CALL:
            return (
                f"{message.text} {self.call_prompt or self._words.keys}" if self.call_keys else message.text
            )
        return transliterated(message.text, plain=True) if message.plain else message.text

    @property
    def _words(self) -> _Words:
        """In the language of the voice, else in English."""
        return _WORDS.get(self.voice[2:4], _WORDS["en"])

    def _of_call(self) -> dict[str, str]:
        form = {"voice": self.voice, "caller_id": digits(self.caller_id)}
        if self.call_keys:
            form |= {"select_digits": _SELECT, "repeat_digit": _REPEAT}
            form |= {f"tts_message_{key}": self._words.reply for key in _SELECT}
        return form

    def _signed(
        self, method: str, resource: str, moment: Moment, *, body: str = "", turn: int = 0
    ) -> ProviderRequest:
        """A request with its credentials; `turn` counts those that share a moment."""
        content_type = _FORM if method == "POST" else ""
        date = format_datetime(moment.now, usegmt=True)
        nonce = str(UUID(int=UUID(hex=moment.nonce).int ^ turn))
        lines = [method, content_type, date, f"x-ts-auth-method:{_METHOD}", f"x-ts-nonce:{nonce}"]
        signed = "\n".join([*lines, *([body] if body else []), resource])
        headers = {
            "Authorization": self._basic() if self.basic_auth else self._signature(signed.encode()),
            "Date": date,
            "x-ts-auth-method": "Basic" if self.basic_auth else _METHOD,
            "x-ts-nonce": nonce,
        }
        if content_type:
            headers["Content-Type"] = content_type
        host = "rest-ww.telesign.com" if self.enterprise else "rest-api.telesign.com"
        return ProviderRequest(
            method=method, url=f"https://{host}{resource}", headers=headers, body=body.encode("ascii")
        )

    def _basic(self) -> str:
        return basic_authorization(self.customer_id, self.api_key)

    def _signature(self, signed: bytes) -> str:
        signature = hmac.digest(_key_of(self.api_key), signed, "sha256")
        return f"{_SCHEME}{self.customer_id}:{base64.b64encode(signature).decode('ascii')}"


def _key_of(api_key: str) -> bytes:
    """The octets of the API key; none where it is no Base64."""
    try:
        return base64.b64decode(api_key, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _code_of(data: Any) -> str:
    """The most telling code: of the first error, else of the state."""
    errors = items_at(data, "errors")
    return (text_at(errors[0], "code") if errors else "") or text_at(data, "status", "code")


def _refused(response: ProviderResponse, code: str, moment: Moment) -> Rejected | Unknown:
    refused = refused_by_status(response, moment.now)
    if isinstance(refused, Unknown) or not code:
        return refused
    return rejected(refused.error_class, refused.reason, code, refused.retry_after)


def _state_of(data: Any, moment: Moment) -> Received:
    """A state in our words; nothing where it is none that we know. The uid comes back as ``external_id``."""
    code, reference = text_at(data, "status", "code"), text_at(data, "reference_id")
    pressed, uid = text_at(data, "voice", "user_input"), text_at(data, "external_id")
    keys = (KeyPress(uid=uid, key=pressed[-1]),) if uid and pressed and pressed[-1] in _KEYS else ()
    status = ReportStatus.FAILED if code in FAILED else TAKEN.get(code)
    if status is None:
        return Received(keys=keys)
    is_call = _OF_A_CALL.fullmatch(code) is not None or isinstance(data.get("voice"), dict)
    report = InboundReport(
        reference=_OF_VOICE + reference if is_call else reference,
        address="",
        status=status,
        reported_at=moment_of(text_at(data, "status", "updated_on")) or moment.now,
        code=code,
        opted_out=code in FAILED and FAILED[code].opted_out,
        uid=uid,
    )
    return Received(reports=(report,), keys=keys)


def _message_of(data: Any, moment: Moment) -> Received:
    number, text = (
        text_at(data, "user_response", "phone_number"),
        text_at(data, "user_response", "mo_message"),
    )
    if not number:
        raise unreadable()
    sender = international(number)
    message = InboundSms(
        sender=sender,
        sender_can_be_answered=can_be_answered(sender),
        text=text,
        received_at=moment.now,
        service_centre_time=moment_of(text_at(data, "status", "updated_on")),
        is_text=bool(text.strip()),
        reference=text_at(data, "reference_id"),
    )
    return Received(messages=(message,))
