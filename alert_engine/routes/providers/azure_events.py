"""Events of Azure Event Grid about SMS, in its own form and as CloudEvents 1.0.

Names of fields come in either case, so they are read in lower case. An event may come more than once: a call
names each by an id, and over several calls the journal knows messages and reports again.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from alert_engine.intake.http_request import HttpAnswer
from alert_engine.routes.base import InboundReport, InboundSms, ReportStatus

from .addresses import can_be_answered, international
from .callbacks import plain_answer, unreadable
from .provider import Received
from .reading import at, json_in, moment_of, text_at

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.intake.http_request import HttpRequest

MAX_ORIGIN = 255  # characters of a host name that asks whether it may send
MAX_SEGMENTS = 256  # of a message (TS 23.040 clause 9.2.3.24.1), and one more

_REPORT = "microsoft.communication.smsdeliveryreportreceived"
_MESSAGE = "microsoft.communication.smsreceived"
_VALIDATION = "microsoft.eventgrid.subscriptionvalidationevent"

_STATUSES = {
    "delivered": ReportStatus.DELIVERED,
    "failed": ReportStatus.FAILED,
    "pending": ReportStatus.PENDING,  # of preview versions, as the next
    "unknown": ReportStatus.PENDING,
}
_CODE = re.compile(r"\s*([0-9]{4})\b")  # at the start of `deliveryStatusDetails`
OPTED_OUT = "4007"  # the recipient told the sender to stop


def received(request: HttpRequest, now: datetime) -> Received:
    """What the events of a call tell; what else Event Grid sends tells nothing.

    Raises:
        CallbackRefusedError: there are no events in it.
    """
    if _is_handshake(request):
        return Received()
    events = _events(request)
    if not events:
        raise unreadable()
    told = _once(events)
    return Received(
        reports=tuple(r for each in told if _kind(each) == _REPORT for r in reports(at(each, "data"), now)),
        messages=tuple(m for each in told if _kind(each) == _MESSAGE for m in _messages(each, now)),
    )


def answer(request: HttpRequest) -> HttpAnswer:
    """200; to a question whether this address wants events, with the proof that it does."""
    if _is_handshake(request):
        origin = request.header("WebHook-Request-Origin") or ""
        is_sane = origin.isascii() and origin.isprintable() and len(origin) <= MAX_ORIGIN
        headers = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"} if is_sane else {}
        return HttpAnswer(status=HTTPStatus.OK, headers=headers)
    for event in _events(request):
        if _kind(event) == _VALIDATION:
            code = text_at(event, "data", "validationcode")
            return plain_answer(json.dumps({"validationResponse": code}), "application/json")
    return plain_answer()


def reports(data: Any, now: datetime) -> tuple[InboundReport, ...]:
    """The report in the data of an event, or in the answer to a question."""
    found = _lowered(data)
    reference = text_at(found, "messageid")
    status = _STATUSES.get(text_at(found, "deliverystatus").lower())
    if status is None or not reference:
        return ()
    match = _CODE.match(text_at(found, "deliverystatusdetails"))
    code = match.group(1) if match else ""
    report = InboundReport(
        reference=reference,
        address=international(text_at(found, "to")),
        status=status,
        reported_at=moment_of(text_at(found, "receivedtimestamp")) or now,
        code=code,
        opted_out=status is ReportStatus.FAILED and code == OPTED_OUT,
    )
    return (report,)


def _messages(event: Any, now: datetime) -> tuple[InboundSms, ...]:
    data = at(event, "data")
    sender, text = international(text_at(data, "from")), at(data, "message")
    if not sender or not isinstance(text, str):
        return ()
    message = InboundSms(
        sender=sender,
        sender_can_be_answered=can_be_answered(sender),
        text=text,
        received_at=now,
        service_centre_time=moment_of(text_at(data, "receivedtimestamp")),
        is_text=bool(text.strip()),
        segments=_count(at(data, "segmentcount")),
        reference=text_at(event, "id") or text_at(data, "messageid"),
    )
    return (message,)


def _count(told: Any) -> int:
    """A count of segments; 1 where none is told."""
    return told if type(told) is int and 0 < told < MAX_SEGMENTS else 1


def _is_handshake(request: HttpRequest) -> bool:
    """CloudEvents 1.0, HTTP webhook, clause 4: may I send to you?"""
    return request.method == "OPTIONS"


def _events(request: HttpRequest) -> list[Any]:
    """One event or a list of them, field names in lower case."""
    data = _lowered(json_in(request.body))
    events = data if isinstance(data, list) else [data]
    return [each for each in events if _kind(each)]


def _once(events: list[Any]) -> list[Any]:
    """Without those whose id was there before."""
    named: dict[str | int, Any] = {}
    for index, event in enumerate(events):
        named.setdefault(text_at(event, "id") or index, event)
    return list(named.values())


def _kind(event: Any) -> str:
    """The type of an event, in lower case; Event Grid and CloudEvents name the field differently."""
    return (text_at(event, "eventtype") or text_at(event, "type")).lower()


def _lowered(data: Any) -> Any:
    """With names of fields in lower case. The depth was bounded when it was read."""
    if isinstance(data, dict):
        return {str(name).lower(): _lowered(value) for name, value in data.items()}
    return [_lowered(each) for each in data] if isinstance(data, list) else data
