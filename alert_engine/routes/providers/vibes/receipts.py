"""What Connect tells of messages, and those that it received."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from alert_engine.routes.base import InboundReport, InboundSms, ReportStatus
from alert_engine.routes.providers.addresses import can_be_answered, international
from alert_engine.routes.providers.callbacks import unreadable
from alert_engine.routes.providers.provider import Received
from alert_engine.routes.providers.reading import moment_of

from .elements import Element, read

if TYPE_CHECKING:
    from alert_engine.intake.http_request import HttpRequest
    from alert_engine.routes.providers.exchange import ProviderResponse
    from alert_engine.routes.providers.provider import Moment

# How far a message came that met no error.
STAGES = {
    "system": ReportStatus.PENDING,
    "carrier": ReportStatus.PENDING,
    "handset": ReportStatus.DELIVERED,
}
# An error of a copy of a part: the part itself went on (code 14).
_IGNORED = frozenset({"14"})
_BLOCKED = "9"  # the number is on Vibes' block list
_PART = re.compile(r"[1-9][0-9]?")
_RECEIPT = "mtMessageResponse"
_INBOUND = "moMessage"
_ID = "messageId"
_OURS = "submitterMessageId"


def first_id(body: bytes) -> str:
    """The first message id in an answer, as an attribute or an element; empty if there is none."""
    root = read(body)
    found = (_id_of(each) for each in (root.walk() if root is not None else ()))
    return next((each for each in found if each), "")


def reference_of(identifier: str, part: int) -> str:
    """What we call a part of a message, counted from 0; the first one is called as the message is."""
    return f"{identifier}#{part}" if part else identifier


def message_of(reference: str) -> str:
    """The id of the message of which this is a part."""
    return reference.partition("#")[0]


def receive(request: HttpRequest, moment: Moment) -> Received:
    """A receipt or an inbound message. Raises CallbackRefusedError."""
    root = read(request.body)
    if root is None:
        raise unreadable()
    if root.name == _INBOUND:
        return _message(root, moment)
    receipts = _receipts(root)
    if not receipts:
        raise unreadable()
    return Received(reports=tuple(_report(each, moment) for each in receipts))


def polled(response: ProviderResponse, moment: Moment) -> Received:
    """All receipts of one message."""
    root = read(response.body) if response.status == 200 and not response.is_cut else None
    receipts = _receipts(root) if root is not None else ()
    return Received(reports=tuple(_report(each, moment) for each in receipts))


def _receipts(root: Element) -> tuple[Element, ...]:
    """Those that name a message and a stage that we know."""
    return tuple(
        each
        for each in root.walk()
        if each.name == _RECEIPT and each.attributes.get(_ID) and _stage(each) in STAGES
    )


def _report(receipt: Element, moment: Moment) -> InboundReport:
    status = receipt.child("status")
    code = _text(status.child("internalErrorCode")) or _text(status.child("errorCode"))
    is_error = status.attributes.get("isError", "").strip().lower() == "true"
    failed = is_error and code not in _IGNORED
    return InboundReport(
        reference=_named(receipt),
        address="",
        status=ReportStatus.FAILED if failed else _reached(receipt, is_error=is_error),
        reported_at=moment_of(receipt.attributes.get("receiptDate", "")) or moment.now,
        code=code[:64],
        opted_out=failed and code == _BLOCKED,
        uid="" if _is_part(receipt) else receipt.attributes.get(_OURS, ""),
    )


def _reached(receipt: Element, *, is_error: bool) -> ReportStatus:
    return ReportStatus.PENDING if is_error else STAGES[_stage(receipt)]


def _is_part(receipt: Element) -> bool:
    return receipt.child("multipart").attributes.get("originalMessageId", "") != ""


def _named(receipt: Element) -> str:
    """The message, and which part of it."""
    parts = receipt.child("multipart").attributes
    original, number = parts.get("originalMessageId", ""), parts.get("partNumber", "")
    if original and _PART.fullmatch(number):
        return reference_of(original, int(number) - 1)
    return receipt.attributes[_ID]


def _message(root: Element, moment: Moment) -> Received:
    """An inbound message. Where Vibes got a long one in parts, each part comes alone."""
    number = root.child("source").attributes.get("address", "").strip()
    if not number:
        raise unreadable()
    sender, text = international(number), root.child("message").text
    message = InboundSms(
        sender=sender,
        sender_can_be_answered=can_be_answered(sender),
        text=text,
        received_at=moment.now,
        service_centre_time=moment_of(root.attributes.get("receiptDate", "")),
        is_text=bool(text.strip()),
        reference=root.attributes.get(_ID, ""),
    )
    return Received(messages=(message,))


def _stage(receipt: Element) -> str:
    return _text(receipt.child("type")).lower()


def _id_of(element: Element) -> str:
    return element.attributes.get(_ID, "").strip() or (_text(element) if element.name == _ID else "")


def _text(element: Element) -> str:
    return element.text.strip()
