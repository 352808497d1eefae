"""What sources say of their alarms: edges, levels, signs of life. Pure: text in, what is asked out."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.model import AlarmClear, AlarmRaise, Heartbeat, KeyAcknowledge, Severity

from .json_fields import RefusalReason, RefusedError, decode_object

if TYPE_CHECKING:
    from .replies import Asker

_MAX_TITLE = 200  # characters; a title is one line
_MAX_TEXT = 2000  # characters: 13 SMS; longer texts are cut
_MAX_KEY = 200  # characters
_MAX_URL = 2000  # characters

SourceAsk = AlarmRaise | AlarmClear | KeyAcknowledge


class AlarmVerb(StrEnum):
    """``event`` of an alarm payload."""

    RAISE = "raise"
    UPDATE = "update"  # as raise: an open alarm takes the new text and a higher severity
    CLEAR = "clear"
    ACK = "ack"


def read_alarm(text: str, source: str, key: str, asker: Asker) -> SourceAsk:
    """Read what is published on ``in/alarm/<source>/<key>``.

    Raises:
        RefusedError: the text says what is wrong.
    """
    match text.strip().upper():
        case "ON":
            return AlarmRaise(source=source, key=key)
        case "OFF":
            return AlarmClear(source=source, key=key)
        case "":
            raise RefusedError(RefusalReason.NOT_JSON, "empty payload: send ON, OFF or a JSON object")
    return _Event(text, source, key, asker).ask(is_level=False)


def read_level(text: str, source: str, key: str, asker: Asker) -> SourceAsk:
    """Read what is published on ``in/state/<source>/<key>``. A topic that was emptied says OFF.

    Raises:
        RefusedError: the text says what is wrong.
    """
    match text.strip().upper():
        case "ON":
            return AlarmRaise(source=source, key=key, is_level=True)
        case "OFF" | "":
            return AlarmClear(source=source, key=key)
    return _Event(text, source, key, asker).ask(is_level=True)


def read_heartbeat(text: str, source: str, key: str, asker: Asker) -> Heartbeat:
    """Read a sign of life: whatever was published is one; a JSON object may say more.

    Raises:
        RefusedError: it is a JSON object that cannot be used.
    """
    if not text.lstrip().startswith("{"):
        return Heartbeat(source=source, key=key)
    fields = asker.fields(decode_object(text))
    fields.check_version()
    return Heartbeat(
        source=source,
        key=key,
        period=fields.duration("period"),
        grace=fields.duration("grace"),
        source_time=fields.time("ts"),
    )


class _Event:
    """The fields of one JSON object of a source."""

    def __init__(self, text: str, source: str, key: str, asker: Asker) -> None:
        fields = asker.fields(decode_object(text))
        asker.request_id = self._id = fields.name("id")
        fields.check_version()
        if (fields.name("source") or source) != source:
            raise RefusedError(RefusalReason.FIELD, "source: must be the source in the topic")
        self._fields = fields
        self._source = source
        self._key = fields.name("key", _MAX_KEY) or key

    def ask(self, *, is_level: bool) -> SourceAsk:
        verb = self._fields.choice("event", AlarmVerb) or AlarmVerb.RAISE
        match verb:
            case AlarmVerb.CLEAR:
                return AlarmClear(
                    source=self._source,
                    key=self._key,
                    message_id=self._message_id(verb),
                    source_time=self._fields.time("ts"),
                    text=self._fields.text("text", _MAX_TEXT) or "",
                )
            case AlarmVerb.ACK if is_level:
                raise RefusedError(
                    RefusalReason.FIELD, "event: a state cannot be ack; publish that to in/alarm/…"
                )
            case AlarmVerb.ACK:
                by = f"mqtt:{self._source}"
                return KeyAcknowledge(
                    source=self._source, key=self._key, by=by, message_id=self._message_id(verb)
                )
            case AlarmVerb.RAISE | AlarmVerb.UPDATE:
                return self._raise(verb, is_level=is_level)

    def _message_id(self, verb: AlarmVerb) -> str | None:
        """Many sources give an episode one id; without the verb, its clear would pass for a repeat."""
        return None if self._id is None else f"{verb}:{self._id}"

    def _raise(self, verb: AlarmVerb, *, is_level: bool) -> AlarmRaise:
        fields = self._fields
        return AlarmRaise(
            source=self._source,
            key=self._key,
            severity=fields.choice("severity", Severity) or Severity.NORMAL,
            title=fields.text("title", _MAX_TITLE) or "",
            text=fields.text("text", _MAX_TEXT) or "",
            message_id=self._message_id(verb),
            source_time=fields.time("ts"),
            policy=fields.name("policy"),
            hold=fields.duration("hold"),
            ttl=fields.duration("ttl"),
            parent=fields.name("parent", _MAX_KEY),
            is_test=fields.flag("test"),
            is_level=is_level,
            url=fields.name("url", _MAX_URL),
            labels=fields.labels(),
        )
