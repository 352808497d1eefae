"""What the Common platform calls us for: reports, one for each part of a message, and inbound messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from alert_engine.routes.base import InboundReport, InboundSms, ReportStatus
from alert_engine.routes.providers.addresses import can_be_answered, international
from alert_engine.routes.providers.callbacks import octets_of, unreadable
from alert_engine.routes.providers.provider import Received
from alert_engine.routes.providers.reading import at, json_in, moment_of, text_at

from .common_codes import REFUSALS, STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alert_engine.intake.http_request import HttpRequest
    from alert_engine.routes.providers.provider import Moment

_PART = re.compile(r"(.+)\$([0-9]{1,3})")
_FORM = "application/x-www-form-urlencoded"
_MOST_PARTS = 255  # of one text (TS 23.040 clause 9.2.3.24.1)
_MOST_FIELDS = 100  # of a call that has them in its address or as a form
_BINARY = "BINARY"


def reference_of(message_id: str, part: int) -> str:
    """What a report of a part, counted from 0, is known by."""
    return f"{message_id}${part}"


def receive(request: HttpRequest, moment: Moment) -> Received:
    """What a call tells, whose sender has been proven. Raises CallbackRefusedError."""
    data = _fields(request)
    if isinstance(at(data, "content"), dict):
        return _message(data, moment)
    code = text_at(data, "resultCode")
    references = _references(text_at(data, "id"), text_at(data, "segments"))
    if not references or (code not in STATES and code not in REFUSALS):
        raise unreadable()
    is_whole = text_at(data, "segments") in {"", "1"}
    return Received(
        reports=tuple(
            InboundReport(
                reference=reference,
                address="",
                status=STATES.get(code, ReportStatus.FAILED),
                reported_at=moment_of(text_at(data, "timestamp")) or moment.now,
                code=code,
                uid=text_at(data, "refId") if is_whole else "",
            )
            for reference in references
        )
    )


def _fields(request: HttpRequest) -> Any:
    """A gate calls with JSON, or with the same names in its address or in a form."""
    if request.method != "GET" and request.media_type != _FORM:
        return json_in(request.body)
    given = octets_of(request.query) if request.method == "GET" else request.body
    try:
        return dict(parse_qsl(given.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return None


def _references(given: str, segments: str) -> Sequence[str]:
    """The parts that a report is about.

    Whether LINK counts parts from 0 or from 1 is not documented: the remainder of a division by their number
    names each part once in either case. A report without a part is about all of them.
    """
    if not given:
        return ()
    total = int(segments) if segments.isascii() and segments.isdigit() and len(segments) <= 3 else 1
    total = min(max(total, 1), _MOST_PARTS)
    found = _PART.fullmatch(given)
    if found is None:
        return [reference_of(given, part) for part in range(total)]
    part = int(found[2])
    return [reference_of(found[1], part % total if part <= total else part)]


def _message(data: Any, moment: Moment) -> Received:
    source, content = text_at(data, "source"), at(data, "content")
    if not source:
        raise unreadable()
    sender = international(source)
    is_text = text_at(content, "encoding").upper() != _BINARY
    message = InboundSms(
        sender=sender,
        sender_can_be_answered=can_be_answered(sender),
        text=text_at(content, "userData") if is_text else "",
        received_at=moment.now,
        service_centre_time=moment_of(text_at(data, "timestamp")),
        is_text=is_text,
        reference=text_at(data, "messageId"),
    )
    return Received(messages=(message,))
