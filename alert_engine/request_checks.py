"""Requests that make no sense are refused before anything is written; the text says which field and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import InvalidRequestError

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.model import AlarmAcknowledge, AlarmClear, AlarmRaise, SendRequest

# Names are printed into topics, texts and tables.
_MAX_NAME = 256
# About ten segments; the network would take more, people do not read more.
MAX_TEXT = 1600
MAX_RECIPIENTS = 100


def check_event(request: AlarmRaise | AlarmClear) -> None:
    """A raise or a clear. Raises InvalidRequestError."""
    _check_name("source", request.source)
    _check_name("key", request.key)
    _check_optional_name("message_id", request.message_id)
    _check_time("source_time", request.source_time)


def check_acknowledge(request: AlarmAcknowledge) -> None:
    """An acknowledgement. Raises InvalidRequestError."""
    _check_name("by", request.by)
    _check_optional_name("message_id", request.message_id)
    _check_optional_name("alarm_id", request.alarm_id)
    _check_optional_name("code", request.code)
    named = [request.alarm_id is not None, request.code is not None, request.all_open]
    if sum(named) != 1:
        raise InvalidRequestError("name exactly one of alarm_id, code and all_open: which alarm is meant?")


def check_send(request: SendRequest, now: datetime) -> None:
    """A message without an alarm. Raises InvalidRequestError."""
    if not 0 < len(request.to) <= MAX_RECIPIENTS:
        raise InvalidRequestError(f"to: name 1 to {MAX_RECIPIENTS} recipients")
    if not (request.text or request.title).strip():
        raise InvalidRequestError("text: it is empty")
    if len(request.text) + len(request.title) > MAX_TEXT:
        raise InvalidRequestError(f"text: it is longer than {MAX_TEXT} characters, title included")
    _check_optional_name("request_id", request.request_id)
    _check_time("not_before", request.not_before)
    _check_time("expires_at", request.expires_at)
    if request.expires_at is not None and request.expires_at <= max(now, request.not_before or now):
        raise InvalidRequestError("expires_at: it would expire before it could be sent")


def _check_name(field: str, value: str) -> None:
    if not value or len(value) > _MAX_NAME or not value.isprintable():
        raise InvalidRequestError(f"{field}: it must have 1 to {_MAX_NAME} printable characters")


def _check_optional_name(field: str, value: str | None) -> None:
    if value is not None:
        _check_name(field, value)


def _check_time(field: str, value: datetime | None) -> None:
    if value is not None and value.tzinfo is None:
        raise InvalidRequestError(f"{field}: it needs a time zone, for example Z at the end")
