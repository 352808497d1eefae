"""Our own alarm over HTTP: ``docs/schemas/mqtt/alarm-in.json`` as JSON, as a form, or as a query string.

The source is the endpoint. ``event=heartbeat`` says that the source is alive.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from alert_engine.intake.json_fields import Fields, RefusalReason, RefusedError
from alert_engine.model import AlarmClear, AlarmRaise, Ask, Heartbeat, KeyAcknowledge, Severity

from .reading import MAX_KEY, MAX_TEXT, MAX_TITLE, MAX_URL, Reading, by_of, required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .reading import Submission

_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": None}


class Verb(StrEnum):
    """``event``."""

    RAISE = "raise"
    UPDATE = "update"  # as raise: an open alarm takes the new text and a higher severity
    CLEAR = "clear"
    ACK = "ack"
    HEARTBEAT = "heartbeat"


def read(submission: Submission) -> Reading:
    """Read one event.

    Raises:
        RefusedError: the text says which field and why.
    """
    data = _typed(submission.fields) if submission.texts_only else dict(submission.fields)
    return Reading(asks=(_Event(submission, Fields(data)).ask(),))


class _Event:
    """The fields that every event has."""

    def __init__(self, submission: Submission, fields: Fields) -> None:
        fields.check_version()
        if (fields.name("source") or submission.source) != submission.source:
            raise RefusedError(RefusalReason.FIELD, "source: must be the name of the endpoint; leave it out")
        self._submission = submission
        self._source = submission.source
        self._fields = fields
        self._verb = fields.choice("event", Verb) or Verb.RAISE
        self._key = required(fields, "key", MAX_KEY)
        self._id = fields.name("id")
        self._time = fields.time("ts")

    def ask(self) -> Ask:
        match self._verb:
            case Verb.RAISE | Verb.UPDATE:
                return self._raise()
            case Verb.CLEAR:
                return AlarmClear(
                    source=self._source,
                    key=self._key,
                    message_id=self._message_id(),
                    source_time=self._time,
                    text=self._fields.text("text", MAX_TEXT) or "",
                )
            case Verb.ACK:
                by = by_of(self._source, self._fields.text("by", MAX_TITLE))
                return KeyAcknowledge(
                    source=self._source, key=self._key, by=by, message_id=self._message_id()
                )
            case Verb.HEARTBEAT:
                return Heartbeat(
                    source=self._source,
                    key=self._key,
                    period=self._fields.duration("period"),
                    grace=self._fields.duration("grace"),
                    source_time=self._time,
                )

    def _raise(self) -> AlarmRaise:
        return AlarmRaise(
            source=self._source,
            key=self._key,
            severity=self._fields.choice("severity", Severity) or self._submission.severity,
            title=self._fields.text("title", MAX_TITLE) or "",
            text=self._fields.text("text", MAX_TEXT) or "",
            message_id=self._message_id(),
            source_time=self._time,
            policy=self._fields.name("policy"),
            hold=self._fields.duration("hold"),
            ttl=self._fields.duration("ttl"),
            parent=self._fields.name("parent", MAX_KEY),
            is_test=self._fields.flag("test"),
            url=self._fields.name("url", MAX_URL),
            labels=self._fields.labels(),
        )

    def _message_id(self) -> str | None:
        """Many sources give an episode one id; without the verb, its clear would pass for a repeat."""
        return None if self._id is None else f"{self._verb}:{self._id}"


def _typed(texts: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form in the types of the schema; an empty one counts as absent."""
    data: dict[str, Any] = {name: value for name, value in texts.items() if value != ""}
    for name in ("v", "ts", "period", "grace", "hold", "ttl"):
        if name in data:
            data[name] = _number(data[name])
    if "test" in data:
        data["test"] = _FLAGS.get(str(data["test"]).lower(), data["test"])
    if "labels" in data:  # no object fits into a form; it is a label of that name
        data["labels"] = {"labels": data["labels"]}
    return data


def _number(text: Any) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number
