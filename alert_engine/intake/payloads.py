"""What others publish, read as requests to the engine. Pure: topic, bytes and properties in, values out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.model import AlarmAcknowledge, AlarmClear, AlarmRaise, Severity

from .json_fields import Fields, RefusalReason, RefusedError, decode_object, decode_text
from .topics import AcknowledgeTopic, AlarmStateTopic, AlarmTopic, Topics, UnknownTopic

if TYPE_CHECKING:
    from datetime import datetime

MAX_PAYLOAD = 64 * 1024  # octets; no alarm needs more, and nothing larger is looked at
_MAX_TITLE = 200  # characters; a title is one line
_MAX_TEXT = 2000  # characters: 13 SMS; longer texts are cut
_MAX_KEY = 200  # characters
_MAX_TOPIC = 1024  # characters; what may be a topic is checked anyway
_MAX_BY = 64  # characters
_MAX_CODE = 8  # characters; codes have four digits


class AlarmVerb(StrEnum):
    """``event`` of an alarm payload."""

    RAISE = "raise"
    UPDATE = "update"  # as raise: an open alarm takes the new text and a higher severity
    CLEAR = "clear"
    ACK = "ack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One PUBLISH as it arrived."""

    topic: str
    payload: bytes = field(repr=False)  # empty when `size` is above `MAX_PAYLOAD`: not even kept
    size: int
    retained: bool = False
    response_topic: str | None = None  # MQTT 5 properties
    correlation: bytes | None = None
    expires_in: float | None = None  # seconds from `received_at`
    received_at: float = 0.0  # monotonic seconds

    def is_expired(self, now: float) -> bool:
        """Its MQTT 5 message expiry has passed at monotonic time `now`."""
        return self.expires_in is not None and now >= self.received_at + self.expires_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Where and how a requester is answered."""

    topic: str
    request_id: str | None = None
    correlation: bytes | None = None
    on_success: bool = True  # False: the requester named no topic, so only a refusal is worth a message


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAcknowledge:
    """A source takes its own alarm, which it knows by its key."""

    source: str
    key: str
    by: str
    message_id: str | None


Ask = AlarmRaise | AlarmClear | AlarmAcknowledge | KeyAcknowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Something the engine can do."""

    ask: Ask
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something that is not used; `reply` is None where nobody waits for an answer."""

    reason: RefusalReason
    text: str
    reply: Reply | None


def read_delivery(delivery: Delivery, topics: Topics, *, now: datetime) -> Request | Refusal:
    """Turn a PUBLISH into a request.

    Args:
        delivery: what arrived; its message expiry is judged elsewhere.
        topics: our topic tree.
        now: wall time, for ``expires``.
    """
    if delivery.retained:
        text = "a retained message may be old: publish alarms without retain"
        return Refusal(reason=RefusalReason.RETAINED, text=text, reply=None)
    return _Reader(delivery, topics, now).read()


class _Reader:
    """Reads one delivery, and on the way gathers whom to answer."""

    def __init__(self, delivery: Delivery, topics: Topics, now: datetime) -> None:
        self._delivery = delivery
        self._topics = topics
        self._now = now
        self._client = ""
        self._request_id: str | None = None
        self._reply_to: str | None = None
        self._is_command = False

    def read(self) -> Request | Refusal:
        try:
            ask = self._ask()
        except RefusedError as err:
            return Refusal(reason=err.reason, text=str(err), reply=self._reply())
        return Request(ask=ask, reply=self._reply())

    def _ask(self) -> Ask:
        match self._topics.read(self._delivery.topic):
            case AlarmTopic(source=source, key=key):
                self._client = source
                return self._alarm(source, key)
            case AcknowledgeTopic():
                self._is_command = True
                return self._acknowledge(self._fields(self._text()))
            case UnknownTopic(client=client, reason=reason):
                self._client = client
                raise RefusedError(RefusalReason.TOPIC, reason)
            case AlarmStateTopic():
                raise RefusedError(RefusalReason.TOPIC, "this topic is written by the gateway only")

    def _text(self) -> str:
        if self._delivery.size > MAX_PAYLOAD:
            raise RefusedError(
                RefusalReason.TOO_LARGE,
                f"the payload has {self._delivery.size} octets; at most {MAX_PAYLOAD} are read",
            )
        return decode_text(self._delivery.payload)

    def _fields(self, text: str) -> Fields:
        fields = Fields(decode_object(text))
        self._reply_to = fields.text("reply_to", _MAX_TOPIC)
        return fields

    def _alarm(self, source: str, key: str) -> Ask:
        text = self._text()
        match text.strip().upper():
            case "ON":
                return AlarmRaise(source=source, key=key)
            case "OFF":
                return AlarmClear(source=source, key=key)
            case "":
                raise RefusedError(RefusalReason.NOT_JSON, "empty payload: send ON, OFF or a JSON object")
        fields = self._fields(text)
        self._request_id = fields.name("id")
        fields.check_version()
        if (fields.name("source") or source) != source:
            raise RefusedError(RefusalReason.FIELD, "source: must be the source in the topic")
        return self._alarm_event(fields, source, fields.name("key", _MAX_KEY) or key)

    def _alarm_event(self, fields: Fields, source: str, key: str) -> Ask:
        match fields.choice("event", AlarmVerb) or AlarmVerb.RAISE:
            case AlarmVerb.CLEAR:
                return AlarmClear(
                    source=source,
                    key=key,
                    message_id=self._message_id(AlarmVerb.CLEAR),
                    source_time=fields.time("ts"),
                    text=fields.text("text", _MAX_TEXT) or "",
                )
            case AlarmVerb.ACK:
                message_id = self._message_id(AlarmVerb.ACK)
                return KeyAcknowledge(source=source, key=key, by=f"mqtt:{source}", message_id=message_id)
            case (AlarmVerb.RAISE | AlarmVerb.UPDATE) as verb:
                return self._raise(fields, source, key, verb)

    def _message_id(self, verb: AlarmVerb) -> str | None:
        """Many sources give an episode one id; without the verb, its clear would pass for a repeat."""
        return None if self._request_id is None else f"{verb}:{self._request_id}"

    def _raise(self, fields: Fields, source: str, key: str, verb: AlarmVerb) -> AlarmRaise:
        if fields.flag("test"):
            raise RefusedError(
                RefusalReason.UNSUPPORTED, "test: test alarms are not supported yet; nobody was told"
            )
        return AlarmRaise(
            source=source,
            key=key,
            severity=fields.choice("severity", Severity) or Severity.NORMAL,
            title=fields.text("title", _MAX_TITLE) or "",
            text=fields.text("text", _MAX_TEXT) or "",
            message_id=self._message_id(verb),
            source_time=fields.time("ts"),
            policy=fields.name("policy"),
            labels=fields.labels(),
        )

    def _acknowledge(self, fields: Fields) -> AlarmAcknowledge:
        self._request_id = fields.name("request_id")
        by = fields.name("by", _MAX_BY)
        self._client = by or ""
        fields.check_version()
        if self._request_id is None or by is None:
            missing = "request_id" if self._request_id is None else "by"
            raise RefusedError(RefusalReason.FIELD, f"{missing}: is missing")
        expires = fields.time("expires")
        if expires is not None and expires <= self._now:
            raise RefusedError(RefusalReason.EXPIRED, "expires: this time has passed")
        return _named_alarm(fields, by=f"mqtt:{by}", message_id=self._request_id)

    def _reply(self) -> Reply:
        for wish in (self._delivery.response_topic, self._reply_to):
            if wish is not None and self._topics.may_answer_on(wish):
                return self._reply_on(wish, on_success=True)
        return self._reply_on(self._topics.response(self._client), on_success=self._is_command)

    def _reply_on(self, topic: str, *, on_success: bool) -> Reply:
        return Reply(
            topic=topic,
            request_id=self._request_id,
            correlation=self._delivery.correlation,
            on_success=on_success,
        )


def _named_alarm(fields: Fields, *, by: str, message_id: str) -> AlarmAcknowledge:
    alarm_id = fields.name("alarm")
    code = fields.name("code", _MAX_CODE)
    all_open = fields.flag("all")
    if [alarm_id is not None, code is not None, all_open].count(True) != 1:
        raise RefusedError(RefusalReason.FIELD, "name the alarm by exactly one of alarm, code and all")
    return AlarmAcknowledge(by=by, alarm_id=alarm_id, code=code, all_open=all_open, message_id=message_id)
