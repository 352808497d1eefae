"""Twilio's answers: values in, values out."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from alert_engine.routes.base import Accepted, Credit, InboundReport, ReportStatus, Unknown
from alert_engine.routes.providers.addresses import international
from alert_engine.routes.providers.meaning import later, refused_look
from alert_engine.routes.providers.provider import Received
from alert_engine.routes.providers.reading import (
    json_of,
    moment_of,
    refused_by_status,
    rejected,
    retry_after,
    text_at,
)

from .codes import CODES, OF_CALLS, OF_MESSAGES

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.routes.base import Outcome, Rejected
    from alert_engine.routes.providers.exchange import ProviderResponse
    from alert_engine.routes.providers.provider import Moment

_SID = re.compile(r"(SM|MM|CA)[0-9a-fA-F]{32}")
_FAILED = frozenset({"failed", "undelivered", "canceled"})
_MACHINES = ("machine", "fax")  # how the words for who answered begin, if it is nobody


def outcome_of(response: ProviderResponse, planned: int, now: datetime) -> Outcome:
    """What the answer to a message or a call means; `planned` segments unless it tells another count."""
    data = json_of(response)
    if not 200 <= response.status < 300:
        return _refusal(response, text_at(data, "code"), now)
    reference, error = text_at(data, "sid"), text_at(data, "error_code")
    if not _SID.fullmatch(reference):
        return Unknown(reason="Twilio answered with success, in words that cannot be read")
    if text_at(data, "status") in _FAILED:
        return CODES.get(error, later("Twilio could not send it")).refusal(error or "failed")
    # A messaging service that has not chosen the sender yet says 0.
    return Accepted(reference=reference, segments=count_of(text_at(data, "num_segments")) or planned)


def check_result(response: ProviderResponse) -> Rejected | None:
    """What is wrong with the account, if anything is."""
    data = json_of(response)
    state = text_at(data, "status")
    if response.status == 200:
        if state in {"", "active"}:
            return None
        return CODES["30002"].refusal(state)
    return refused_look(response, CODES, text_at(data, "code"))


def credit_of(response: ProviderResponse) -> Credit | None:
    """The balance; None where the answer names none."""
    data = json_of(response)
    try:
        amount = Decimal(text_at(data, "balance"))
    except InvalidOperation:
        return None
    if response.status != 200 or not amount.is_finite():
        return None
    return Credit(amount=amount, currency=text_at(data, "currency"))


def report_of(response: ProviderResponse, moment: Moment) -> Received:
    """The state of the message or the call that was asked after."""
    data = json_of(response)
    if response.status != 200 or not _SID.fullmatch(text_at(data, "sid")):
        return Received()
    fields = {
        "sid": text_at(data, "sid"),
        "status": text_at(data, "status"),
        "address": text_at(data, "to"),
        "code": text_at(data, "error_code"),
        "answered_by": text_at(data, "answered_by"),
    }
    at = moment_of(text_at(data, "date_updated"))
    return report(**fields, at=at or moment.now)


def report(*, sid: str, status: str, address: str, code: str, answered_by: str, at: datetime) -> Received:
    """A state in our words; nothing where it is none that we know."""
    states = OF_CALLS if sid.startswith("CA") else OF_MESSAGES
    found = states.get(status)
    if found is None:
        return Received()
    if found is ReportStatus.DELIVERED and answered_by.startswith(_MACHINES):
        found, code = ReportStatus.FAILED, answered_by
    told = InboundReport(
        reference=sid,
        address=address_of(address),
        status=found,
        reported_at=at,
        code=code or status,
        opted_out=found is ReportStatus.FAILED and code in CODES and CODES[code].opted_out,
    )
    return Received(reports=(told,))


def address_of(end: str) -> str:
    """One end of a message or a call as E.164, where it is a number."""
    return international(end.removeprefix("whatsapp:"))


def count_of(told: str) -> int:
    """A count of segments; 0 for what is none."""
    return int(told) if told.isascii() and told.isdigit() and len(told) < 4 else 0


def _refusal(response: ProviderResponse, code: str, now: datetime) -> Rejected | Unknown:
    """By Twilio's own code where it is known, else by the HTTP status."""
    if code in CODES:
        return CODES[code].refusal(code, retry_after(response, now))
    refused = refused_by_status(response, now)
    if isinstance(refused, Unknown) or not code:
        return refused
    return rejected(refused.error_class, refused.reason, code, refused.retry_after)
