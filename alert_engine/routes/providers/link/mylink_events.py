"""What MyLINK calls us for: reports and inbound messages, one at a time or as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alert_engine.model import Channel
from alert_engine.routes.base import InboundReport, InboundSms, ReportStatus
from alert_engine.routes.providers.addresses import can_be_answered, international
from alert_engine.routes.providers.callbacks import check_secret_path, check_size, unreadable
from alert_engine.routes.providers.provider import Received
from alert_engine.routes.providers.reading import at, json_in, moment_of, text_at

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.intake.http_request import HttpRequest
    from alert_engine.routes.providers.provider import Moment

TYPES = {
    "accepted": ReportStatus.PENDING,
    "queued": ReportStatus.PENDING,
    "sent": ReportStatus.PENDING,
    "retried": ReportStatus.PENDING,
    "delivered": ReportStatus.DELIVERED,
    "read": ReportStatus.READ,
    "rejected": ReportStatus.FAILED,
    "failed": ReportStatus.FAILED,
}
# What came of it is unknown: the network was too slow (4009), or tells of no delivery (4010).
UNTOLD = frozenset({"4009", "4010"})


def receive(request: HttpRequest, moment: Moment) -> Received:
    """What a call tells. Raises CallbackRefusedError."""
    check_secret_path(request, moment)
    check_size(request)
    data = json_in(request.body)
    events = data if isinstance(data, list) else [data]
    replies = [each for each in events if isinstance(at(each, "reply"), dict)]
    states = [each for each in events if text_at(each, "status", "messageId")]
    if not replies and not states:
        raise unreadable()
    return Received(
        reports=tuple(_report(each, moment) for each in states if text_at(each, "status", "type") in TYPES),
        messages=tuple(_message(each, moment) for each in replies if text_at(each, "reply", "sender")),
    )


def _report(event: Any, moment: Moment) -> InboundReport:
    code = text_at(event, "status", "code")
    # It may have been made unreadable, where the settings want that.
    address = international(text_at(event, "recipient"))
    return InboundReport(
        reference=text_at(event, "status", "messageId"),
        address=address if can_be_answered(address) else "",
        status=ReportStatus.PENDING if code in UNTOLD else TYPES[text_at(event, "status", "type")],
        reported_at=_time(event) or moment.now,
        code=code,
        uid=text_at(event, "status", "referenceId"),
    )


def _message(event: Any, moment: Moment) -> InboundSms:
    sender, text = international(text_at(event, "reply", "sender")), text_at(event, "reply", "text")
    return InboundSms(
        sender=sender,
        sender_can_be_answered=can_be_answered(sender),
        text=text,
        received_at=moment.now,
        service_centre_time=moment_of(text_at(event, "provider", "timestamp")) or _time(event),
        is_text=bool(text),
        channel=Channel.WHATSAPP if text_at(event, "channel").lower() == "whatsapp" else Channel.SMS,
        reference=text_at(event, "eventId"),
    )


def _time(event: Any) -> datetime | None:
    """The two APIs write its name differently."""
    return moment_of(text_at(event, "timeStamp") or text_at(event, "timestamp"))
