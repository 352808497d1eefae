"""Events of PagerDuty's Events API v2: whatever can tell PagerDuty can tell this gateway, with another URL.

Source: developer.pagerduty.com, *Send an Alert Event* and *Events API v2 Overview*. The answers are those
that clients of that interface check: 202 and ``status`` success, 400 and ``errors``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from alert_engine.intake.json_fields import Fields, RefusalReason, RefusedError
from alert_engine.model import AlarmClear, AlarmRaise, KeyAcknowledge

from .reading import (
    MAX_TEXT,
    MAX_TITLE,
    Reading,
    by_of,
    digest_of,
    key_of,
    labels_of,
    severity_of,
    text_of,
    time_of,
)

if TYPE_CHECKING:
    from .reading import Submission

TAILS = frozenset({"", "v2/enqueue", "enqueue", "v2/change/enqueue", "change/enqueue"})
_CHANGE_TAILS = frozenset({"v2/change/enqueue", "change/enqueue"})
_MAX_DEDUP_KEY = 255  # characters, as PagerDuty's own limit
_MAX_SUMMARY = 1024  # characters, as PagerDuty's own limit
# What became part of the alarm, what is a secret, and what no phone can show.
_USED = frozenset(
    {
        "custom_details",
        "dedup_key",
        "event_action",
        "images",
        "payload",
        "routing_key",
        "severity",
        "summary",
        "timestamp",
    }
)
_NO_CHANGES = "change events are no alarms, and this gateway keeps none: send them to PagerDuty"


class Action(StrEnum):
    """``event_action``."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


def read(submission: Submission) -> Reading:
    """Read one event.

    Raises:
        RefusedError: it is no alert event.
    """
    if submission.tail in _CHANGE_TAILS:
        raise RefusedError(RefusalReason.UNSUPPORTED, _NO_CHANGES)
    fields = Fields(dict(submission.fields))
    action = fields.choice("event_action", Action)
    dedup_key = fields.text("dedup_key", _MAX_DEDUP_KEY)
    if action is None:
        raise RefusedError(
            RefusalReason.FIELD, "event_action: is missing; use trigger, acknowledge or resolve"
        )
    payload = fields.object("payload") or {}
    if not dedup_key:
        if action is not Action.TRIGGER:
            raise RefusedError(RefusalReason.FIELD, "dedup_key: is missing; it names the alarm that is meant")
        dedup_key = _own_key(payload)
    key = key_of(dedup_key)
    source, source_time = submission.source, time_of(payload.get("timestamp"))
    match action:
        case Action.TRIGGER:
            return Reading(asks=(_raise(submission, payload, key),), key=dedup_key)
        case Action.ACKNOWLEDGE:
            taken = KeyAcknowledge(source=source, key=key, by=by_of(source, None), message_id=None)
            return Reading(asks=(taken,), key=dedup_key)
        case Action.RESOLVE:
            text = text_of(payload.get("summary"), MAX_TEXT)
            over = AlarmClear(source=source, key=key, source_time=source_time, text=text)
            return Reading(asks=(over,), key=dedup_key)


def accepted(reading: Reading) -> dict[str, Any]:
    """The answer that clients of PagerDuty look for."""
    return {"status": "success", "message": "Event processed", "dedup_key": reading.key}


def refused(text: str) -> dict[str, Any]:
    """The refusal that clients of PagerDuty show."""
    return {"status": "invalid event", "message": text, "errors": [text]}


def _raise(submission: Submission, payload: dict[str, Any], key: str) -> AlarmRaise:
    summary = Fields(payload).text("summary", _MAX_SUMMARY)
    if not summary:
        raise RefusedError(RefusalReason.FIELD, "payload.summary: is missing; it is what people will read")
    details = payload.get("custom_details")
    return AlarmRaise(
        source=submission.source,
        key=key,
        severity=severity_of(text_of(payload.get("severity"), MAX_TITLE) or None, submission.severity),
        title=text_of(summary, MAX_TITLE),
        text=summary if len(summary) > MAX_TITLE else "",
        source_time=time_of(payload.get("timestamp")),
        labels=labels_of(
            details if isinstance(details, dict) else {"custom_details": details},
            {name: value for name, value in payload.items() if name not in _USED},
            {name: value for name, value in submission.fields.items() if name not in _USED},
        ),
    )


def _own_key(payload: dict[str, Any]) -> str:
    """The key of an event that brings none: the same problem gets the same key, so it is one alarm."""
    return digest_of(
        *(str(payload.get(name)) for name in ("source", "component", "group", "class", "summary"))
    )
