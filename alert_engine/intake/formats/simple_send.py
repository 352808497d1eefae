"""``/send?to=…&text=…``: a text for persons or numbers, for devices that can do no more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from alert_engine.intake.follow_up_fields import read_follow_ups
from alert_engine.intake.json_fields import Fields, RefusalReason, RefusedError, clean
from alert_engine.intake.special_fields import read_data, read_media
from alert_engine.model import Channel, SendRequest, Severity

from .reading import MAX_TITLE, Reading

if TYPE_CHECKING:
    from .reading import Submission

_MAX_TEXT = 4000  # characters read; the engine says how many it takes
# A plus in a query string means a blank. Devices that do not know write their numbers with it all the same.
_LOST_PLUS = re.compile(r" (?=[1-9][0-9 ]{6,18}$)")
_MAX_TO = 100  # recipients
_MAX_NAME = 128  # characters of one of them


def read(submission: Submission) -> Reading:
    """Read one message.

    Raises:
        RefusedError: the text says which field and why.
    """
    fields = Fields({name: value for name, value in submission.fields.items() if value != ""})
    to = _recipients(submission.fields.get("to"), restore=submission.texts_only)
    text, media, data = fields.text("text", _MAX_TEXT), read_media(fields), read_data(fields)
    if text is None and media is None and data is None:
        raise RefusedError(RefusalReason.FIELD, "text: is missing; it is what people will read")
    request = SendRequest(
        to=to,
        text=text or "",
        title=fields.text("title", MAX_TITLE) or "",
        severity=fields.choice("severity", Severity) or submission.severity,
        channel=fields.choice("channel", Channel),
        request_id=_request_id(submission, fields),
        follow_ups=read_follow_ups(fields),
        media=media,
        data=data,
    )
    return Reading(asks=(request,))


def _request_id(submission: Submission, fields: Fields) -> str | None:
    """All senders share one list of ids; the endpoint keeps theirs apart."""
    given = fields.name("id")
    return None if given is None else f"{submission.source}:{given}"


def _recipients(value: Any, *, restore: bool) -> tuple[str, ...]:
    names = [name for text in _listed(value) for name in clean(text).split(",")]
    if restore:
        names = [_LOST_PLUS.sub("+", name, count=1) for name in names]
    found = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not 1 <= len(found) <= _MAX_TO or any(len(name) > _MAX_NAME for name in found):
        raise RefusedError(
            RefusalReason.FIELD, f"to: name 1 to {_MAX_TO} persons or phone numbers, separated by commas"
        )
    return found


def _listed(value: Any) -> list[str]:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    return [value] if isinstance(value, str) else []
