"""What websms calls us for: reports and inbound messages of SMS, calls and WhatsApp."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alert_engine.model import Channel
from alert_engine.routes.base import InboundReport, InboundSms, ReportStatus
from alert_engine.routes.providers.addresses import can_be_answered, international
from alert_engine.routes.providers.callbacks import check_secret_path, check_size, unreadable
from alert_engine.routes.providers.provider import Received
from alert_engine.routes.providers.reading import at, items_at, json_in, moment_of, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alert_engine.intake.http_request import HttpRequest
    from alert_engine.routes.providers.provider import Moment

STATUSES = {
    "accepted": ReportStatus.PENDING,
    "delivered": ReportStatus.DELIVERED,
    "undelivered": ReportStatus.FAILED,
    "expired": ReportStatus.FAILED,
    "deleted": ReportStatus.FAILED,
    "rejected": ReportStatus.FAILED,
}
OF_WHATSAPP = {
    "sent": ReportStatus.PENDING,
    "delivered": ReportStatus.DELIVERED,
    "read": ReportStatus.READ,
    "failed": ReportStatus.FAILED,
}
_INTERNATIONAL = "international"
_CAPTIONED = ("image", "video", "document")
_LATEST = 253_402_300_799  # seconds since 1970 of the last second that a datetime can be


def receive(request: HttpRequest, moment: Moment) -> Received:
    """What a call tells. Raises CallbackRefusedError."""
    check_secret_path(request, moment)
    check_size(request)
    data = json_in(request.body)
    if text_at(data, "type") == "whatsapp":
        return _of_whatsapp(data, moment)
    match text_at(data, "messageType"):
        case "deliveryReport":
            return _report(data, moment)
        case "text":
            return _message(data, moment, text_at(data, "textMessageContent"), is_text=True)
        case "binary":
            return _message(data, moment, "", is_text=False)
        case _:
            raise unreadable()


def _report(data: Any, moment: Moment) -> Received:
    """One id stands for one recipient, as we send to one at a time."""
    reference, status = text_at(data, "transferId"), text_at(data, "deliveryReportMessageStatus")
    if not reference or status not in STATUSES:
        raise unreadable()
    when = moment_of(text_at(data, "deliveredOn")) or moment_of(text_at(data, "sentOn"))
    report = InboundReport(
        reference=reference,
        address="",
        status=STATUSES[status],
        reported_at=when or moment.now,
        code=" ".join(filter(None, (status, text_at(data, "deliveredAs")))),
        uid=text_at(data, "clientMessageId"),
    )
    return Received(reports=(report,))


def _message(data: Any, moment: Moment, text: str, *, is_text: bool) -> Received:
    sender = text_at(data, "senderAddress")
    if not sender:
        raise unreadable()
    # Digits of another kind than international would become another number with a plus before them.
    if text_at(data, "senderAddressType") in {_INTERNATIONAL, ""}:
        sender = international(sender)
    message = InboundSms(
        sender=sender,
        sender_can_be_answered=can_be_answered(sender),
        text=text,
        received_at=moment.now,
        service_centre_time=None,
        is_text=is_text and at(data, "messageFlashSms") is not True,
        reference=text_at(data, "notificationId"),
    )
    return Received(messages=(message,))


def _of_whatsapp(data: Any, moment: Moment) -> Received:
    """Meta's own notification, as websms hands it on."""
    values = tuple(_values(at(data, "whatsappNotification")))
    if not values:
        raise unreadable()
    return Received(
        reports=tuple(
            _whatsapp_report(each, moment)
            for value in values
            for each in items_at(value, "statuses")
            if text_at(each, "id") and text_at(each, "status") in OF_WHATSAPP
        ),
        messages=tuple(
            _whatsapp_message(each, moment)
            for value in values
            for each in items_at(value, "messages")
            if text_at(each, "from")
        ),
    )


def _values(notification: Any) -> Iterator[Any]:
    for entry in items_at(notification, "entry"):
        for change in items_at(entry, "changes"):
            if isinstance(at(change, "value"), dict):
                yield at(change, "value")


def _whatsapp_report(status: Any, moment: Moment) -> InboundReport:
    return InboundReport(
        reference=text_at(status, "id"),
        address="",
        status=OF_WHATSAPP[text_at(status, "status")],
        reported_at=_seconds(status) or moment.now,
        code=text_at(status, "errors", 0, "code"),
    )


def _whatsapp_message(message: Any, moment: Moment) -> InboundSms:
    kind, sender = text_at(message, "type"), international(text_at(message, "from"))
    text = text_at(message, "text", "body")
    if kind in _CAPTIONED:
        text = text_at(message, kind, "caption")
    return InboundSms(
        sender=sender,
        sender_can_be_answered=can_be_answered(sender),
        text=text,
        received_at=moment.now,
        service_centre_time=_seconds(message),
        is_text=kind == "text",
        channel=Channel.WHATSAPP,
        reference=text_at(message, "id"),
    )


def _seconds(data: Any) -> datetime | None:
    """Seconds since 1970, as a number or as digits."""
    given = text_at(data, "timestamp")
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        return None
    seconds = int(given)
    return datetime.fromtimestamp(seconds, tz=UTC) if seconds <= _LATEST else None
