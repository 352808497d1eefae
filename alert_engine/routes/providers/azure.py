"""Azure Communication Services: SMS by REST, signed with the access key of the resource.

Sources: the REST specifications 2021-03-07 and 2026-01-23 of the maker and its Python client 1.1.0.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_OID, UUID, uuid5

from alert_engine.errors import ConfigError
from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, ErrorClass
from gsm_driver import count_segments, transliterated

from . import azure_events
from .addresses import SenderKind, checked_sender, sender_kind
from .callbacks import check_secret_path, check_size
from .exchange import ProviderRequest
from .meaning import fix, later, nowhere, refused_look, unfit
from .provider import Pace, ProviderLimits, Received
from .reading import at, json_of, refused_by_status, rejected, retry_after, text_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.routes.base import OutboundMessage, Outcome, Rejected

    from .exchange import ProviderResponse
    from .meaning import Meaning
    from .provider import Moment

MAX_TEXT = 2048  # characters
_SEND_VERSION = "2021-03-07"  # what the maker's own client asks for
_NEW_VERSION = "2026-01-23"  # the first with delivery reports on demand and their time-out
_MOST_POLLS = 20  # messages that are asked after in one round, the newest first: each is a request
_NO_MESSAGE = "alert-gateway"  # the id of no message: whoever asks after it is told so, if the key is right
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.communication\.azure\.(com|us|cn)")
_SHORT_CODE = re.compile(r"[0-9]{5,6}")

# Messages a second for each kind of sender, from the limits a minute: 200 of a toll-free number, 6000 of a
# short code, 600 of a name.
_PACES = {
    SenderKind.INTERNATIONAL: 200 / 60,
    SenderKind.SHORT_CODE: 6000 / 60,
    SenderKind.ALPHANUMERIC: 600 / 60,
}

_REFUSED_KEY = fix("Azure refuses the access key: renew it in the settings, or set this machine's clock")
_NOT_ALLOWED = fix("Azure does not let this resource send: look at the resource and its number")
_NO_RESOURCE = fix("Azure does not know this resource: copy the connection string again")
_SENDER = fix("Azure does not take the sender: it must belong to this resource")
_NUMBER = nowhere("Azure does not take this number")
_REFUSED = unfit("Azure refuses the request")
_TROUBLE = later("Azure has trouble of its own")

# Of the whole request; the others mean what they mean everywhere.
_STATUSES: dict[int, Meaning] = {
    HTTPStatus.UNAUTHORIZED: _REFUSED_KEY,
    HTTPStatus.FORBIDDEN: _NOT_ALLOWED,
    HTTPStatus.NOT_FOUND: _NO_RESOURCE,
}
# Of the one recipient, in an answer of 202.
_ITEM_STATUSES: dict[int, Meaning] = {
    HTTPStatus.BAD_REQUEST: _NUMBER,
    HTTPStatus.UNAUTHORIZED: _REFUSED_KEY,
    HTTPStatus.FORBIDDEN: _NOT_ALLOWED,
    HTTPStatus.NOT_FOUND: _NUMBER,
    HTTPStatus.UNPROCESSABLE_ENTITY: _REFUSED,
    HTTPStatus.TOO_MANY_REQUESTS: later("Azure asks for a pause"),
    HTTPStatus.INTERNAL_SERVER_ERROR: _TROUBLE,
    HTTPStatus.SERVICE_UNAVAILABLE: _TROUBLE,
}
# The start of the name of a field that is complained of, in lower case.
_FIELDS: dict[str, Meaning] = {"smsrecipients": _NUMBER, "to": _NUMBER, "from": _SENDER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Azure:
    """A resource of Azure Communication Services.

    Raises:
        ConfigError: a setting makes no sense.
    """

    connection_string: str = field(repr=False)  # portal, page "Keys": endpoint=https://…/;accesskey=…
    sender: str  # a number of the resource with +, its short code, or a name that it may use
    tag: str = ""  # comes back with each report, for other readers of the same events
    report_timeout: int | None = None  # seconds, 60 to 43200, after which a report says "no news"

    def __post_init__(self) -> None:
        """Refuse what the API would refuse."""
        _resource_of(self.connection_string)
        kind = checked_sender(self.sender)
        if kind is SenderKind.ACCOUNT:
            raise ConfigError("sender: is missing: Azure has no default", path=("sender",))
        if kind is SenderKind.SHORT_CODE and not _SHORT_CODE.fullmatch(self.sender):
            raise ConfigError("sender: a short code has 5 or 6 digits at Azure", path=("sender",))
        if self.report_timeout is not None and not 60 <= self.report_timeout <= 43_200:
            raise ConfigError("report_timeout: must be 60 to 43200 seconds", path=("report_timeout",))

    @property
    def limits(self) -> ProviderLimits:
        """SMS with reports, as quickly as this kind of sender may."""
        return ProviderLimits(
            channels=frozenset({Channel.SMS}),
            reports=frozenset({Channel.SMS}),
            pace=Pace(per_second=_PACES[sender_kind(self.sender)]),
            is_idempotent=True,
        )

    def plan_segments(self, message: OutboundMessage) -> int:
        """As a network counts them. Raises ValueError for data, and for texts that the API does not take."""
        text = _text(message)
        if message.data is not None or not text.strip() or len(text) > MAX_TEXT:
            raise ValueError(f"Azure carries texts of at most {MAX_TEXT} characters, and no empty ones")
        return count_segments(text).segments

    # --- sending ---------------------------------------------------------------------------------------

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:
        """One recipient, known again by its repeatability id and the time of its first attempt."""
        try:
            self.plan_segments(message)
        except ValueError as error:
            return rejected(ErrorClass.MESSAGE, str(error))
        options: dict[str, Any] = {"enableDeliveryReport": message.report_requested}
        if self.tag:
            options["tag"] = self.tag
        if self.report_timeout is not None:
            options["deliveryReportTimeoutInSeconds"] = self.report_timeout
        recipient = {
            "to": message.address,
            "repeatabilityRequestId": repeatability_id(message.uid),
            "repeatabilityFirstSent": _http_date(message.first_tried_at or moment.now),
        }
        body = {
            "from": self.sender,
            "smsRecipients": [recipient],
            "message": _text(message),
            "smsSendOptions": options,
        }
        octets = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        version = _SEND_VERSION if self.report_timeout is None else _NEW_VERSION
        return self._request("POST", f"/sms?api-version={version}", octets, moment.now)

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """By the entry of the one recipient; the status of the whole says little."""
        if response.status != HTTPStatus.ACCEPTED:
            return _refused(response, moment.now)
        item = at(json_of(response), "value", 0)
        status = at(item, "httpStatusCode")
        if at(item, "successful") is True and status == HTTPStatus.ACCEPTED:
            reference = text_at(item, "messageId") or repeatability_id(message.uid)
            return Accepted(reference=reference, segments=self.plan_segments(message))
        if at(item, "successful") is True or not isinstance(status, int) or status not in _ITEM_STATUSES:
            return refused_by_status(response, moment.now)
        refused = _ITEM_STATUSES[status].refusal(f"HTTP {status}", retry_after(response, moment.now))
        if text_at(item, "repeatabilityResult").lower() == "rejected":
            # It was not looked up what became of an earlier attempt: that one may have got through.
            return replace(refused, certain=False)
        return refused

    # --- the resource ----------------------------------------------------------------------------------

    def check_request(self, moment: Moment) -> ProviderRequest:
        """Ask after a message that never was: only a right key is told that there is none."""
        return self._report_of(_NO_MESSAGE, moment)

    def checked(self, response: ProviderResponse) -> Rejected | None:
        """404 in words of the API is well; 404 of anything else is not."""
        is_well = {HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}
        if response.status in is_well and isinstance(json_of(response), dict):
            return None
        if response.status in _STATUSES:
            return _STATUSES[response.status].refusal(f"HTTP {response.status}")
        return refused_look(response, {}, "")

    # --- what became of messages -----------------------------------------------------------------------

    def poll_requests(self, references: Sequence[str], moment: Moment) -> Sequence[ProviderRequest]:
        """One question for each of the newest messages. Asked again, it is answered again."""
        return [self._report_of(each, moment) for each in references[:_MOST_POLLS]]

    def polled(self, response: ProviderResponse, moment: Moment) -> Received:
        """404 as long as there is no report."""
        if response.status != HTTPStatus.OK:
            return Received()
        return Received(reports=azure_events.reports(json_of(response), moment.now))

    def receive(self, request: HttpRequest, moment: Moment) -> Received:
        """Events of Event Grid in either of its forms; they are not signed, so the path is the secret."""
        check_size(request)
        check_secret_path(request, moment)
        return azure_events.received(request, moment.now)

    def answer(self, request: HttpRequest, received: Received) -> HttpAnswer:  # noqa: ARG002 - seen by the request
        """200, and what proves that this address wants events."""
        return azure_events.answer(request)

    # --- requests --------------------------------------------------------------------------------------

    def _report_of(self, reference: str, moment: Moment) -> ProviderRequest:
        path = f"/deliveryReports/{quote(reference, safe='')}?api-version={_NEW_VERSION}"
        return self._request("GET", path, b"", moment.now)

    def _request(self, method: str, path: str, body: bytes, now: datetime) -> ProviderRequest:
        resource = _resource_of(self.connection_string)
        headers = signed(resource, method, path, body, now)
        if body:
            headers["Content-Type"] = "application/json"
        return ProviderRequest(
            method=method, url=f"https://{resource.host}{path}", headers=headers, body=body
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What a connection string names."""

    host: str
    key: bytes = field(repr=False)


def signed(resource: Resource, method: str, path: str, body: bytes, now: datetime) -> dict[str, str]:
    """Headers that sign a request: HMAC-SHA256 over method, path with query, date, host and the body's hash.

    Args:
        resource: host, without a port, and key.
        method: in capitals.
        path: with the query, octet by octet as they go out.
        body: octet by octet as it goes out.
        now: Azure refuses what is some minutes off.
    """
    date = _http_date(now)
    content = base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")
    text = f"{method}\n{path}\n{date};{resource.host};{content}"
    signature = base64.b64encode(hmac.digest(resource.key, text.encode(), "sha256")).decode("ascii")
    return {
        "x-ms-date": date,
        "x-ms-content-sha256": content,
        "Authorization": (
            f"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"
        ),
    }


def repeatability_id(uid: str) -> str:
    """The UUID by which Azure knows a message again: the uid itself, or one made from it."""
    try:
        return str(UUID(hex=uid))
    except ValueError:
        return str(uuid5(NAMESPACE_OID, uid))


def _resource_of(connection_string: str) -> Resource:
    """Host and key of ``endpoint=https://…/;accesskey=…``. Raises ConfigError."""
    parts = dict(_part(each) for each in connection_string.split(";") if each.strip())
    try:
        endpoint = urlsplit(parts.get("endpoint", ""))
        key = base64.b64decode(parts.get("accesskey", ""), validate=True)
    except (ValueError, binascii.Error):
        raise _wrong("must be copied whole from the page Keys") from None
    host = endpoint.netloc.lower()
    if endpoint.scheme.lower() != "https" or not _HOST.fullmatch(host) or endpoint.path not in {"", "/"}:
        raise _wrong("its endpoint must be https://<resource>.communication.azure.com/")
    if not key:
        raise _wrong("has no accesskey: copy it whole from the page Keys")
    return Resource(host=host, key=key)


def _part(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip()


def _wrong(what: str) -> ConfigError:
    return ConfigError(f"connection_string: {what}", path=("connection_string",))


def _text(message: OutboundMessage) -> str:
    return transliterated(message.text, plain=True) if message.plain else message.text


def _http_date(moment: datetime) -> str:
    """As RFC 1123 writes it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _refused(response: ProviderResponse, now: datetime) -> Outcome:
    """A status that is not 202. A repeatability id makes a second try harmless."""
    data = json_of(response)
    code = text_at(data, "error", "code") or f"HTTP {response.status}"
    if response.status == HTTPStatus.BAD_REQUEST:
        return _complaint(at(data, "errors")).refusal(code)
    if response.status in _STATUSES:
        return _STATUSES[response.status].refusal(code)
    return refused_by_status(response, now, is_idempotent=True)


def _complaint(errors: Any) -> Meaning:
    """By the first field that is complained of, for example ``SmsRecipients[0].To``."""
    fields: Mapping[str, Any] = errors if isinstance(errors, dict) else {}
    for name in fields:
        for start, meaning in _FIELDS.items():
            if name.lower().startswith(start):
                return meaning
    return _REFUSED
