"""The webhook for inbound messages that is older than the API v2: a form, or a query, in ISO-8859-1.

It has no signature and no id of the message. Anything but 200 makes Spryng repeat it, once a minute for 24 h.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from alert_engine.errors import ConfigError
from alert_engine.routes.base import InboundSms
from alert_engine.routes.providers.addresses import can_be_answered, international
from alert_engine.routes.providers.callbacks import unreadable
from alert_engine.routes.providers.provider import CallbackRefusedError, Received

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.intake.http_request import HttpRequest
    from alert_engine.routes.providers.provider import Moment

TAKEN = "TRUE"  # what Spryng's own samples answer
_CHARSET = "iso-8859-1"
_MOST_FIELDS = 50  # there are eight
_KEYWORD = re.compile(r"\S{2,15}")
_TIMESTAMP = "%Y%m%d%H%M%S"
# By these a repeat is known. OPERATOR and COUNTRY say nothing that they do not; REFERENCE is optional.
_IDENTITY = ("MSISDN", "SHORTCODE", "TIMESTAMP", "KEYWORD", "PARM")


def check_settings(keyword: str, time_zone: str) -> None:
    """Raises ConfigError for those that make no sense."""
    if keyword and not _KEYWORD.fullmatch(keyword):
        raise ConfigError("mo_keyword: must be one word of 2 to 15 characters", path=("mo_keyword",))
    try:
        ZoneInfo(time_zone or "UTC")
    except (KeyError, OSError, ValueError):
        text = "mo_time_zone: must be such as Europe/Amsterdam"
        raise ConfigError(text, path=("mo_time_zone",)) from None


def receive(request: HttpRequest, moment: Moment, *, keyword: str, time_zone: str) -> Received:
    """The message. Raises CallbackRefusedError."""
    if request.method not in {"GET", "POST"}:
        raise CallbackRefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "it must be a GET or a POST")
    fields = _fields(request)
    number = fields.get("MSISDN", "").strip()
    if not number or not ("KEYWORD" in fields or "PARM" in fields):
        raise unreadable()
    sender, text = international(number), _text(fields, keyword)
    message = InboundSms(
        sender=sender,
        sender_can_be_answered=can_be_answered(sender),
        text=text,
        received_at=moment.now,
        service_centre_time=_time(fields, time_zone),
        is_text=bool(text),
        reference=_reference(fields),
    )
    return Received(messages=(message,))


def _fields(request: HttpRequest) -> Mapping[str, str]:
    """Of the form; of the query where there is none, as one of Spryng's samples reads it."""
    form = request.body.strip() if request.method == "POST" else b""
    try:
        # Octets that no percent sign escapes are in a query as aiohttp decodes it.
        octets = form or request.query.encode("utf-8", "surrogateescape")
        pairs = parse_qsl(
            octets.decode(_CHARSET),
            keep_blank_values=True,
            encoding=_CHARSET,
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise unreadable() from None
    return dict(pairs)


def _text(fields: Mapping[str, str], keyword: str) -> str:
    """What somebody wrote: Spryng cuts it after the first word. The keyword that made it ours is no part."""
    first, rest = fields.get("KEYWORD", "").strip(), fields.get("PARM", "").strip()
    if keyword and first.casefold() == keyword.casefold():
        return rest
    return f"{first} {rest}".strip()


def _time(fields: Mapping[str, str], time_zone: str) -> datetime | None:
    """None while nobody knows in which zone Spryng writes it."""
    if not time_zone:
        return None
    try:
        local = datetime.strptime(fields.get("TIMESTAMP", ""), _TIMESTAMP).replace(tzinfo=ZoneInfo(time_zone))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _reference(fields: Mapping[str, str]) -> str:
    """Equal for each repeat. Without a time it would be equal for the same words of another day, so: none."""
    if not fields.get("TIMESTAMP"):
        return ""
    told = "\x00".join(fields.get(name, "") for name in _IDENTITY)
    return f"mo-{hashlib.sha256(told.encode()).hexdigest()}"
