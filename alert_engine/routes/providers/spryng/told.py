"""What Spryng's API v2 has to tell: states of messages, inbound messages, the balance."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from alert_engine.routes.base import Credit, InboundReport, InboundSms, ReportStatus
from alert_engine.routes.providers.addresses import can_be_answered, international
from alert_engine.routes.providers.callbacks import unreadable
from alert_engine.routes.providers.provider import Received
from alert_engine.routes.providers.reading import at, items_at, json_in, json_of, moment_of, text_at

if TYPE_CHECKING:
    from alert_engine.intake.http_request import HttpRequest
    from alert_engine.routes.providers.exchange import ProviderResponse
    from alert_engine.routes.providers.provider import Moment

STATUSES = {
    "inprogress": ReportStatus.PENDING,
    "delivered": ReportStatus.DELIVERED,
    "failed": ReportStatus.FAILED,
}
_INBOUND = "received"
_OPTED_OUT = "optedout"


def is_json(request: HttpRequest) -> bool:
    """It is a webhook of the API v2; a form never begins so."""
    return request.body.lstrip()[:1] == b"{"


def receive(request: HttpRequest, moment: Moment) -> Received:
    """Messages with their states. Raises CallbackRefusedError.

    That somebody opted out comes as an event of its own, which names no message: the next one that is sent
    to the address fails and says so.
    """
    data = json_in(request.body)
    events = items_at(data, "Messages")
    if not events:
        if text_at(data, "Address") and text_at(data, "AccountReference"):
            return Received()
        raise unreadable()
    known = [each for each in events if text_at(each, "MessageId")]
    return Received(
        reports=tuple(_report(each, moment) for each in known if _word(each, "Status") in STATUSES),
        messages=tuple(
            _message(each, moment)
            for each in known
            if _word(each, "Status") == _INBOUND and text_at(each, "Msisdn")
        ),
    )


def polled(response: ProviderResponse, moment: Moment) -> Received:
    """The state of one message."""
    data = at(json_of(response), "data")
    status = _word(data, "status")
    if not 200 <= response.status < 300 or status not in STATUSES or not text_at(data, "messageId"):
        return Received()
    report = InboundReport(
        reference=text_at(data, "messageId"),
        address=_address(text_at(data, "msisdn")),
        status=STATUSES[status],
        reported_at=moment_of(text_at(data, "lastUpdateTimestamp")) or moment.now,
        code=text_at(data, "reason") or text_at(data, "status"),
        opted_out=STATUSES[status] is ReportStatus.FAILED and _word(data, "reason") == _OPTED_OUT,
    )
    return Received(reports=(report,))


def credit_of(response: ProviderResponse) -> Credit | None:
    """What is available; the documentation shows it as a text, with the status 201, and not in ``data``."""
    if not 200 <= response.status < 300:
        return None
    data = json_of(response)
    try:
        amount = Decimal(text_at(data, "available") or text_at(data, "data", "available"))
    except InvalidOperation:
        return None
    return Credit(amount=amount) if amount.is_finite() else None


def _report(event: Any, moment: Moment) -> InboundReport:
    """Why one failed is not documented for webhooks; it may be told as it is in answers."""
    status = STATUSES[_word(event, "Status")]
    return InboundReport(
        reference=text_at(event, "MessageId"),
        address=_address(text_at(event, "Msisdn")),
        status=status,
        reported_at=moment_of(text_at(event, "OccurredAtTime")) or moment.now,
        code=text_at(event, "Reason") or text_at(event, "Status"),
        opted_out=status is ReportStatus.FAILED and _word(event, "Reason") == _OPTED_OUT,
    )


def _message(event: Any, moment: Moment) -> InboundSms:
    sender, text = international(text_at(event, "Msisdn")), text_at(event, "Body")
    parts = at(event, "MessageParts")
    return InboundSms(
        sender=sender,
        sender_can_be_answered=can_be_answered(sender),
        text=text,
        received_at=moment.now,
        service_centre_time=moment_of(text_at(event, "OccurredAtTime")),
        is_text=bool(text.strip()),
        segments=parts if type(parts) is int and 0 < parts < 256 else 1,
        reference=text_at(event, "MessageId"),
    )


def _word(data: Any, name: str) -> str:
    """Spryng writes "In Progress" and "senderIdInvalid": letters only, in lower case."""
    return "".join(each for each in text_at(data, name).lower() if each.isalpha())


def _address(number: str) -> str:
    address = international(number)
    return address if can_be_answered(address) else ""
