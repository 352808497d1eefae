"""What Infobip tells: reports of all channels, inbound messages, keys that were pressed in a call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from alert_engine.model import Channel
from alert_engine.routes.base import InboundReport, InboundSms, KeyPress, ReportStatus
from alert_engine.routes.providers.addresses import can_be_answered, international
from alert_engine.routes.providers.provider import Received
from alert_engine.routes.providers.reading import at, items_at, moment_of, text_at

from . import voice, whatsapp
from .statuses import OPTED_OUT, number_in, status_in

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MAX_KEYS = 16  # of one call; whoever presses more is a voice mailbox or plays
_KEYS = frozenset("0123456789*#")
_TIMES = (("doneAt",), ("voiceCall", "endTime"), ("sentAt",))  # of a report, the best first
_WORDS = {"TEXT", "BUTTON"}  # WhatsApp messages that are text: typed, or a button of a template


def received(results: Iterable[Any], now: datetime) -> Received:
    """Everything in a list of ``results``; what is none of it is left out."""
    found = [_one(each, now) for each in results]
    return Received(
        reports=tuple(report for each in found for report in each.reports),
        messages=tuple(message for each in found for message in each.messages),
        keys=tuple(key for each in found for key in each.keys),
    )


def news(told: Received) -> Received:
    """Without what is pending: asked again and again, it would say so each time."""
    return replace(told, reports=tuple(each for each in told.reports if each.status != ReportStatus.PENDING))


def results_in(data: Any) -> tuple[Any, ...]:
    """The items of an answer or of a call."""
    return items_at(data, "results")


def _one(result: Any, now: datetime) -> Received:
    if isinstance(at(result, "message"), dict):
        return Received(messages=(_whatsapp(result, now),))
    if at(result, "status") is not None:
        return Received(reports=_reports(result, now), keys=_keys(result))
    if text_at(result, "seenAt"):
        return Received(reports=_seen(result, now))
    if text_at(result, "from") and isinstance(at(result, "text"), str):
        return Received(messages=(_sms(result, now),))
    return Received()


def _reports(result: Any, now: datetime) -> tuple[InboundReport, ...]:
    status, reference = status_in(result), text_at(result, "messageId")
    meaning = status.report()
    if meaning is None or not reference:
        return ()
    code = status.code
    error = number_in(result, "error", "id")
    if error:
        code = f"{code}/{error}"
    if text_at(result, "voiceCall", "answeredBy") == "MACHINE":
        meaning, code = ReportStatus.FAILED, "MACHINE"  # nobody heard it
    has_failed = meaning is ReportStatus.FAILED
    report = InboundReport(
        reference=reference,
        address=international(text_at(result, "to") or text_at(result, "destination")),
        status=meaning,
        reported_at=_time(result, now),
        code=code,
        opted_out=has_failed and (status.opted_out or error in OPTED_OUT),
        uid=voice.uid_of(whatsapp.uid_of(reference)),  # of an SMS it is the reference
    )
    return (report,)


def _seen(result: Any, now: datetime) -> tuple[InboundReport, ...]:
    """Whose number is in ``from`` and whose in ``to`` is not documented, so neither is used."""
    reference = text_at(result, "messageId")
    if not reference:
        return ()
    read_at = moment_of(text_at(result, "seenAt")) or now
    return (InboundReport(reference=reference, address="", status=ReportStatus.READ, reported_at=read_at),)


def _keys(result: Any) -> tuple[KeyPress, ...]:
    reference = text_at(result, "messageId")
    if not voice.is_call(reference):
        return ()
    pressed = [key for key in text_at(result, "voiceCall", "dtmfCodes") if key in _KEYS]
    return tuple(KeyPress(uid=voice.uid_of(reference), key=key) for key in pressed[:MAX_KEYS])


def _sms(result: Any, now: datetime) -> InboundSms:
    sender = international(text_at(result, "from"))
    return InboundSms(
        sender=sender,
        sender_can_be_answered=can_be_answered(sender),
        text=text_at(result, "text"),
        received_at=now,
        service_centre_time=moment_of(text_at(result, "receivedAt")),
        is_text=True,
        segments=number_in(result, "smsCount") or 1,
        reference=text_at(result, "messageId"),
    )


def _whatsapp(result: Any, now: datetime) -> InboundSms:
    sender = international(text_at(result, "from"))
    return InboundSms(
        sender=sender,
        sender_can_be_answered=can_be_answered(sender),
        text=text_at(result, "message", "text") or text_at(result, "message", "caption"),
        received_at=now,
        service_centre_time=moment_of(text_at(result, "receivedAt")),
        is_text=text_at(result, "message", "type") in _WORDS,
        channel=Channel.WHATSAPP,
        reference=text_at(result, "messageId"),
    )


def _time(result: Any, now: datetime) -> datetime:
    told = (moment_of(text_at(result, *path)) for path in _TIMES)
    return next((each for each in told if each is not None), now)
