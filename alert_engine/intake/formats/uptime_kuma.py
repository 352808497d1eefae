"""Uptime Kuma's webhook, preset ``application/json``: a heartbeat, its monitor, and a line of text.

The monitor's own record holds passwords and request headers, so only what names the monitor is kept.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from alert_engine.intake.json_fields import Fields, RefusalReason, RefusedError
from alert_engine.model import AlarmClear, AlarmRaise, Severity

from .reading import MAX_TEXT, MAX_TITLE, Reading, digest_of, id_of, labels_of, required, text_of, time_of

if TYPE_CHECKING:
    from .reading import Submission

_OF_THE_MONITOR = ("name", "type", "hostname", "port", "description", "pathName")
_OF_THE_HEARTBEAT = ("ping", "retries", "duration", "lastDownTime")
_TEST = " Testing"  # how the text of the button *Test* ends
_TESTED = "a test: the connection works, and nobody was told"


class Status(IntEnum):
    """``heartbeat.status``."""

    DOWN = 0
    UP = 1
    PENDING = 2
    MAINTENANCE = 3


def read(submission: Submission) -> Reading:
    """Read one notification.

    Raises:
        RefusedError: it is none of Uptime Kuma.
    """
    fields = Fields(dict(submission.fields))
    heartbeat, monitor = fields.object("heartbeat"), fields.object("monitor") or {}
    message = fields.text("msg", MAX_TEXT)
    if heartbeat is not None:
        return _heartbeat(submission, heartbeat, monitor, message or "")
    if message is None:
        raise RefusedError(
            RefusalReason.FIELD, "heartbeat, msg: both are missing; choose the preset application/json"
        )
    if message.rstrip().endswith(_TEST):
        return Reading(notes=(_TESTED,))
    return Reading(asks=(_notice(submission, message),))


def _heartbeat(
    submission: Submission, heartbeat: dict[str, Any], monitor: dict[str, Any], message: str
) -> Reading:
    fields = Fields(heartbeat)
    key = required(fields, "monitorID")
    status = _status(fields)
    time = text_of(heartbeat.get("time"), MAX_TITLE)
    source_time = time_of(time, naive_is_utc=True)
    message_id = id_of(key, str(status), time) if time else None
    name = text_of(monitor.get("name"), MAX_TITLE) or f"Monitor {key}"
    text = text_of(heartbeat.get("msg"), MAX_TEXT) or message
    match status:
        case Status.DOWN:
            down = AlarmRaise(
                source=submission.source,
                key=key,
                severity=Severity.HIGH,
                title=text_of(f"{name} is down", MAX_TITLE),
                text=text,
                message_id=message_id,
                source_time=source_time,
                labels=_labels(monitor, heartbeat),
            )
            return Reading(asks=(down,))
        case Status.UP:
            over = AlarmClear(
                source=submission.source, key=key, message_id=message_id, source_time=source_time, text=text
            )
            return Reading(asks=(over,))
        case Status.PENDING | Status.MAINTENANCE:
            return Reading(notes=(f"{status.name.lower()}: neither up nor down, so nothing changes",))


def _status(fields: Fields) -> Status:
    try:
        return Status(int(required(fields, "status")))
    except ValueError as err:
        if isinstance(err, RefusedError):
            raise
        raise RefusedError(
            RefusalReason.FIELD, "heartbeat.status: must be 0 (down), 1 (up), 2 (pending) or 3 (maintenance)"
        ) from None


def _notice(submission: Submission, message: str) -> AlarmRaise:
    """A text without a heartbeat, such as a certificate that expires; nobody will ever clear it.

    The days left change in such a text, so digits do not count for what it is about.
    """
    about = "".join(letter for letter in message if not letter.isdigit())
    return AlarmRaise(
        source=submission.source,
        key=f"notice-{digest_of(about)}",
        severity=submission.severity,
        title=text_of(message, MAX_TITLE),
        text=message if len(message) > MAX_TITLE else "",
        message_id=id_of("notice", digest_of(message)),
    )


def _labels(monitor: dict[str, Any], heartbeat: dict[str, Any]) -> dict[str, str]:
    return labels_of(
        {name: monitor.get(name) for name in _OF_THE_MONITOR},
        {"url": _address(monitor.get("url"))},
        {name: heartbeat.get(name) for name in _OF_THE_HEARTBEAT},
    )


def _address(url: Any) -> str:
    """Where the monitor looks, without the user, password and query that may be secret."""
    try:
        parts = urlsplit(text_of(url, MAX_TEXT))
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else ""
    except ValueError:
        return ""
