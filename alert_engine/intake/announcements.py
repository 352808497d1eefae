"""What the gateway publishes: an event or a state in, topic and bytes out. Pure.

The JSON of each topic is fixed by a schema in ``docs/schemas/mqtt/``.
A field that this release cannot fill is null.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from alert_engine.phone.masking import mask_number

from .topics import CommandWord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from alert_engine.model import (
        Alarm,
        AlarmChanged,
        CallReceived,
        InboundReceived,
        KeywordReceived,
        Message,
        Summary,
    )
    from alert_engine.routes.base import RouteHealth
    from alert_engine.supervision.figures import RouteFigures

    from .replies import Reply
    from .topics import Topics

SCHEMA_VERSION = 1
ONLINE = b"online"
OFFLINE = b"offline"
# What of `in/…` is understood.
CAPABILITIES = ("alarm", "state", "heartbeat", "send", *CommandWord)


class Fate(StrEnum):
    """What became of a publication."""

    TAKEN = "taken"  # the broker has it
    UNHEARD = "unheard"  # the broker has it, and says that nobody subscribed (MQTT 5 only)
    REFUSED = "refused"  # by the broker
    OUTDATED = "outdated"  # its time was over before the broker took it
    CROWDED_OUT = "crowded_out"  # too many waited for the broker


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One message for the broker, QoS 1."""

    topic: str
    payload: bytes = field(repr=False)
    retain: bool = False
    correlation: bytes | None = None  # MQTT 5 only
    until: float | None = None  # monotonic seconds: nobody should act on it later; None: at any time
    on_end: Callable[[Fate], None] | None = field(default=None, repr=False, compare=False)

    def end(self, fate: Fate) -> None:
        """Tell whoever wants to know."""
        if self.on_end is not None:
            self.on_end(fate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of one message of an alarm: an entry of ``recipients``."""

    id: str | None  # person; None for a number that is nobody's
    channel: str
    state: str


class Announcer:
    """Writes the publications of one gateway."""

    def __init__(self, topics: Topics, *, show_texts: bool = False) -> None:
        self._topics = topics
        self._show_texts = show_texts

    def status(self, payload: bytes) -> Publication:
        """`ONLINE` or `OFFLINE`, retained."""
        return Publication(topic=self._topics.status, payload=payload, retain=True)

    def info(self, version: str, routes: Iterable[str]) -> Publication:
        """What this gateway is and understands, retained."""
        data = {
            "version": version,
            "schema": SCHEMA_VERSION,
            "routes": sorted(routes),
            "caps": list(CAPABILITIES),
        }
        return _json(self._topics.info, data, retain=True)

    def alarm_state(self, alarm: Alarm, told: Iterable[Told]) -> Publication:
        """The whole alarm, retained."""
        data = {
            "id": alarm.id,
            "key": alarm.key,
            "source": alarm.source,
            "code": alarm.code,
            "state": alarm.state.value,
            "severity": alarm.severity.value,
            "title": alarm.title,
            "text": alarm.text,
            "count": alarm.count,
            "shelved_until": _time(alarm.shelved_until),
            "suppressed_by": alarm.suppressed_by,
            "acked_by": alarm.acked_by,
            "step": alarm.step,
            "next_due": _time(alarm.next_due),
            "raised_at": _time(alarm.raised_at),
            "acked_at": _time(alarm.acked_at),
            "cleared_at": _time(alarm.cleared_at),
            "closed_at": _time(alarm.closed_at),
            "test": alarm.is_test,
            "url": alarm.url,
            "labels": dict(alarm.labels),
            "recipients": [{"id": one.id, "channel": one.channel, "state": one.state} for one in told],
        }
        return _json(self._topics.alarm_state(alarm.id), data, retain=True)

    def alarm_gone(self, alarm_id: str) -> Publication:
        """An empty retained payload: the broker forgets the alarm."""
        return Publication(topic=self._topics.alarm_state(alarm_id), payload=b"", retain=True)

    def alarm_event(self, changed: AlarmChanged) -> Publication:
        """One transition."""
        alarm = changed.alarm
        data = {
            "id": alarm.id,
            "key": alarm.key,
            "source": alarm.source,
            "code": alarm.code,
            "event": changed.event,
            "state": alarm.state.value,
            "severity": alarm.severity.value,
            "by": alarm.acked_by,
            "ts": _time(changed.at),
        }
        return _json(self._topics.alarm_event(alarm.id), data)

    def summary(self, summary: Summary, now: datetime, *, overdue: int = 0) -> Publication:
        """The state of everything, retained. ``oldest_s`` is the age at the time of publishing."""
        oldest = None if summary.oldest is None else max(0, int((now - summary.oldest).total_seconds()))
        data = {
            "open": summary.open,
            "unacked": summary.unacknowledged,
            "highest": None if summary.highest is None else summary.highest.value,
            "oldest_s": oldest,
            "queue": summary.queue,
            "in_doubt": summary.in_doubt,
            "overdue": overdue,
        }
        return _json(self._topics.summary, data, retain=True)

    def inbound(self, message: InboundReceived) -> Publication:
        """A received message; number masked and text left out unless the settings show them."""
        data: dict[str, Any] = {
            "id": message.id,
            "route": message.route,
            "from_id": message.person,
            "from": message.sender if self._show_texts else mask_number(message.sender),
            "scts": _time(message.service_centre_time),
            "rx": _time(message.received_at),
            "parts": message.segments,
            "auth": message.authorisation.value,
        }
        if self._show_texts:
            data["text"] = message.text
        return _json(self._topics.inbound(message.route), data)

    def keyword(self, received: KeywordReceived) -> Publication:
        """A keyword of somebody who may use it."""
        data = {
            "id": received.id,
            "from_id": received.person,
            "args": list(received.arguments),
            "values": dict(received.values),
            "auth": received.authorisation.value,
            "ts": _time(received.at),
        }
        return _json(self._topics.keyword(received.keyword), data)

    def call(self, received: CallReceived) -> Publication:
        """Somebody rang; the number comes masked."""
        data = {
            "route": received.route,
            "from_id": received.person,
            "from": received.number or None,
            "ts": _time(received.at),
        }
        return _json(self._topics.call(received.route), data)

    def route_state(
        self, route: str, health: RouteHealth, figures: RouteFigures | None = None
    ) -> Publication:
        """The health of a route, retained; `figures` are what the supervision knows of it."""
        proof = health.proof if figures is None else figures.proof
        credit = None if figures is None else figures.credit
        facts: Mapping[str, str | int | None] = dict(health.facts)
        data = {
            "state": health.state.value,
            "proof": None if proof is None else proof.value,
            "last_proof": None if figures is None else _time(figures.last_proof),
            "rssi": facts.get("signal_dbm"),
            "operator": facts.get("operator"),
            "credit": None if credit is None else float(credit),
            "queue": None,
            "error": health.reason or None,
        }
        return _json(self._topics.route_state(route), data, retain=True)

    def send_result(self, request_id: str, message: Message, at: datetime) -> Publication:
        """How far one message of a send is."""
        data = {
            "request_id": request_id,
            "message_uid": message.uid,
            "to_id": message.recipient,
            "channel": message.channel.value,
            "route": message.route,
            "state": message.state.value,
            "attempt": message.attempts,
            "in_doubt": message.in_doubt,
            "reason": message.reason or None,
            "ts": _time(at),
        }
        return _json(self._topics.send_result(request_id), data)

    def send_refused(self, request_id: str, reason: str, at: datetime) -> Publication:
        """Nothing was sent, and why."""
        data = {
            "request_id": request_id,
            "message_uid": None,
            "to_id": None,
            "channel": None,
            "route": None,
            "state": "refused",
            "attempt": 0,
            "in_doubt": False,
            "reason": reason,
            "ts": _time(at),
        }
        return _json(self._topics.send_result(request_id), data)

    def route_gone(self, route: str) -> Publication:
        """An empty retained payload: the broker forgets the route."""
        return Publication(topic=self._topics.route_state(route), payload=b"", retain=True)


def answer(reply: Reply, *, changed: bool, error: str | None = None) -> Publication:
    """The answer to a request: ok unless `error` says why not."""
    data: dict[str, Any] = {"request_id": reply.request_id, "ok": error is None, "changed": changed}
    if error is not None:
        data["error"] = error
    return _json(reply.topic, data, correlation=reply.correlation)


def _json(
    topic: str, data: Mapping[str, Any], *, retain: bool = False, correlation: bytes | None = None
) -> Publication:
    text = json.dumps({"v": SCHEMA_VERSION, **data}, ensure_ascii=False, separators=(",", ":"))
    return Publication(topic=topic, payload=text.encode(), retain=retain, correlation=correlation)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
