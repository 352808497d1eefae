"""What others publish, read as requests to the engine. Pure: topic, bytes and properties in, values out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .alarm_payloads import read_alarm, read_heartbeat, read_level
from .command_payloads import read_command, read_send
from .json_fields import RefusalReason, RefusedError, decode_text
from .replies import Asker, Reply
from .topics import (
    AlarmStateTopic,
    AlarmTopic,
    CommandTopic,
    HeartbeatTopic,
    LevelTopic,
    RouteStateTopic,
    SendTopic,
    Topics,
    UnknownTopic,
)

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.model import Ask

    from .topics import TopicMeaning

__all__ = ["MAX_PAYLOAD", "Delivery", "Refusal", "Reply", "Request", "read_delivery"]

MAX_PAYLOAD = 64 * 1024  # octets; no alarm needs more, and nothing larger is looked at


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
    meaning = topics.read(delivery.topic)
    if delivery.retained and not isinstance(meaning, LevelTopic):
        text = "a retained message may be old: publish alarms without retain, or levels to in/state/…"
        return Refusal(reason=RefusalReason.RETAINED, text=text, reply=None)
    asker = Asker()
    try:
        ask = _ask(delivery, meaning, asker, now)
    except RefusedError as err:
        reply = asker.reply(topics, delivery.response_topic, delivery.correlation)
        return Refusal(reason=err.reason, text=str(err), reply=reply)
    return Request(ask=ask, reply=asker.reply(topics, delivery.response_topic, delivery.correlation))


def _ask(delivery: Delivery, meaning: TopicMeaning, asker: Asker, now: datetime) -> Ask:
    match meaning:
        case AlarmTopic(source=source, key=key):
            asker.client = source
            return read_alarm(_text(delivery), source, key, asker)
        case LevelTopic(source=source, key=key):
            asker.client = source
            return read_level(_text(delivery), source, key, asker)
        case HeartbeatTopic(source=source, key=key):
            asker.client = source
            return read_heartbeat(_any_text(delivery), source, key, asker)
        case CommandTopic(word=word):
            asker.wants_answer = True
            return read_command(word, _text(delivery), asker, now)
        case SendTopic():
            return read_send(_text(delivery), asker, now)
        case UnknownTopic(client=client, reason=reason):
            asker.client = client
            raise RefusedError(RefusalReason.TOPIC, reason)
        case AlarmStateTopic() | RouteStateTopic():
            raise RefusedError(RefusalReason.TOPIC, "this topic is written by the gateway only")


def _text(delivery: Delivery) -> str:
    if delivery.size > MAX_PAYLOAD:
        raise RefusedError(
            RefusalReason.TOO_LARGE,
            f"the payload has {delivery.size} octets; at most {MAX_PAYLOAD} are read",
        )
    return decode_text(delivery.payload)


def _any_text(delivery: Delivery) -> str:
    """The text of what may be anything, also no text."""
    return delivery.payload.decode(errors="replace")
