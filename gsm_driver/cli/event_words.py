"""What a modem tells, as a line for people and as a document for scripts. Numbers and texts are shown."""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gsm_driver.models import (
    DeliveryReport,
    IncomingCall,
    LateAcceptance,
    LinkChanged,
    ReceivedSms,
    RecoveryStep,
    StorageState,
    UnknownUrc,
)

if TYPE_CHECKING:
    from gsm_driver.models import ModemEvent


def event_as_json(event: ModemEvent) -> dict[str, Any]:
    """One event with its type and the time at which it was printed."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"event": type(event).__name__, "at": at, **values_of(event)}


def values_of(event: ModemEvent) -> dict[str, Any]:
    """The fields of an event as JSON can have them."""
    values = asdict(event)
    if isinstance(event, ReceivedSms):
        values["data"] = event.data.hex()
    if isinstance(event, DeliveryReport):
        values["status"] = event.status.name.lower()
    if isinstance(event, RecoveryStep):
        values["rung"] = event.rung.name.lower()
    return values


def event_in_words(event: ModemEvent) -> str:
    """One line."""
    match event:
        case ReceivedSms():
            gap = f", {event.missing} of {event.segments} segments missing" if event.missing else ""
            return f"message from {event.sender or '(unknown)'} ({event.kind}{gap}): {event.text}"
        case DeliveryReport():
            status = event.status.name.lower()
            return f"report for reference {event.message_reference} to {event.recipient}: {status}"
        case LateAcceptance():
            return f"accepted late: segment {event.segment}, reference {event.message_reference}"
        case IncomingCall():
            return f"call from {event.caller or '(withheld)'}"
        case StorageState():
            soon = "" if event.full_in is None else f", full in about {math.ceil(event.full_in / 60)} min"
            return f"memory {event.memory}: {event.used} of {event.total} slots used{soon}"
        case LinkChanged():
            return event.reason
        case RecoveryStep():
            return f"recovery: {event.rung.name.lower()}, because of {event.fault} ({event.reason})"
        case UnknownUrc():
            return f"unknown: {event.line}"
