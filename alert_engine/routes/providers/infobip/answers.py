"""What Infobip answers to a request to send, and what its refusals mean."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from alert_engine.routes.base import Accepted, ErrorClass, Rejected
from alert_engine.routes.providers.reading import at, json_of, refused_by_status, rejected, text_at

from .statuses import number_in, status_in

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.routes.base import Outcome, Unknown
    from alert_engine.routes.providers.exchange import ProviderResponse

# The last name in the path of a field that Infobip refuses, and who can mend it.
_FIELDS = {
    "to": ErrorClass.RECIPIENT,
    "destination": ErrorClass.RECIPIENT,
    "destinations": ErrorClass.RECIPIENT,
    "from": ErrorClass.ACCOUNT,
    "sender": ErrorClass.ACCOUNT,
    "templatename": ErrorClass.ACCOUNT,
    "language": ErrorClass.ACCOUNT,
}
_REASONS = {
    ErrorClass.RECIPIENT: "Infobip does not take this number",
    ErrorClass.ACCOUNT: "Infobip does not take the sender, template or language of the settings",
    ErrorClass.MESSAGE: "Infobip refuses the request",
}


def outcome(
    reference: str, planned: int, response: ProviderResponse, now: datetime, *, is_idempotent: bool
) -> Outcome:
    """What became of one message.

    Args:
        reference: the `messageId` that was sent along.
        planned: segments, if the answer counts none.
        response: the answer.
        now: for a pause that it asks for.
        is_idempotent: a message of this channel is known again by its `messageId`.
    """
    if response.status != HTTPStatus.OK:
        return _refused(response, now, is_idempotent=is_idempotent)
    data = json_of(response)
    one = at(data, "messages", 0) or data
    status = status_in(one)
    if status.is_taken:
        counted = number_in(one, "details", "messageCount") or number_in(one, "messageCount")
        return Accepted(reference=text_at(one, "messageId") or reference, segments=counted or planned)
    return status.refusal() or refused_by_status(response, now)


def _refused(response: ProviderResponse, now: datetime, *, is_idempotent: bool) -> Rejected | Unknown:
    """What an answer that is no success means."""
    data = json_of(response)
    code = text_at(data, "errorCode") or text_at(data, "requestError", "serviceException", "messageId")
    if response.status == HTTPStatus.BAD_REQUEST:
        error_class = _class_of(data)
        return rejected(error_class, _REASONS[error_class], code or "HTTP 400")
    if response.status == HTTPStatus.NOT_FOUND:
        return rejected(
            ErrorClass.ACCOUNT,
            "Infobip knows no such service: look at base_url and at the account",
            "HTTP 404",
        )
    return refused_by_status(response, now, is_idempotent=is_idempotent)


def _class_of(data: Any) -> ErrorClass:
    """By the first field that is complained of."""
    for field in _fields(data):
        # For example ``messages[0].destinations[0].to``.
        names = [name.partition("[")[0].strip().lower() for name in field.split(".")]
        for name in reversed(names):
            if name in _FIELDS:
                return _FIELDS[name]
    return ErrorClass.MESSAGE


def _fields(data: Any) -> list[str]:
    listed = at(data, "violations")
    if isinstance(listed, list):
        return [text_at(each, "property") for each in listed]
    named = at(data, "requestError", "serviceException", "validationErrors")
    return list(named) if isinstance(named, dict) else []
