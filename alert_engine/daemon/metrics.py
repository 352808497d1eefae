"""Figures for Prometheus. Labels are names of ours and words with few values: no number, no text, no key."""

from __future__ import annotations

from collections import Counter as Counts
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    disable_created_metrics,
    generate_latest,
)

from alert_engine.decisions.heartbeat import HeartbeatState
from alert_engine.model import AlarmChanged, InboundReceived, KeywordReceived, MessageChanged
from alert_engine.operations.queries import Backlog
from alert_engine.routes.base import RouteState

from .supervision_metrics import SupervisionMetrics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alert_engine.model import EngineEvent, Summary
    from alert_engine.operations.heartbeats import HeartbeatStanding
    from alert_engine.routes.base import RouteHealth
    from alert_engine.supervision.figures import SupervisionFigures

# A second series for each, which nobody reads.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types there

# Of a heartbeat that is new for so long that somebody should look.
_NEVER_SEEN = "never_seen"

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The state at one look; what the journal could not tell is left out."""

    is_ready: bool = False  # alarms are taken
    summary: Summary | None = None
    backlog: Backlog = field(default_factory=Backlog)
    heartbeats: Sequence[HeartbeatStanding] = ()
    routes: Mapping[str, RouteHealth] = field(default_factory=dict)
    supervision: SupervisionFigures | None = None
    refused: Mapping[tuple[str, int], int] = field(default_factory=dict)  # by endpoint and status
    unused: Mapping[str, int] = field(default_factory=dict)  # messages on MQTT, by reason


class Metrics:
    """Counts events from the start of the process on; the state is taken at each look."""

    def __init__(self, *, gateway: str, version: str) -> None:
        self._registry = CollectorRegistry()
        info = self._gauge("info", "Always 1; its labels name gateway and release.", "gateway", "version")
        info.labels(gateway, version).set(1)
        self._alarms = self._counter("alarm_events", "Transitions of alarms.", "event", "severity")
        self._messages = self._counter(
            "message_events", "Changes of messages.", "channel", "kind", "state", "route"
        )
        self._inbound = self._counter("inbound_messages", "Messages received.", "route", "known")
        self._keywords = self._counter("keywords", "Keywords that authorised people used.", "keyword")
        self._ready = self._gauge("ready", "1 while alarms are taken.")
        self._open = self._gauge("alarms_open", "Alarms that are not over.")
        self._loud = self._gauge("alarms_unacknowledged", "Open alarms that nobody has taken.")
        self._queue = self._gauge(
            "messages_waiting", "Messages that are not sent yet, or in doubt.", "priority"
        )
        self._held = self._gauge("held_items", "What people will be told in digests.")
        self._heartbeats = self._gauge("heartbeats", "Signs of life that are waited for.", "state")
        self._doubt = self._gauge("messages_in_doubt", "Messages that may have been sent.")
        self._route = self._gauge("route_state", "1 for the state that a route is in.", "route", "state")
        self._signal = self._gauge("route_signal_dbm", "Signal strength of a modem.", "route")
        self._supervision = SupervisionMetrics(self._registry)
        self._refused = self._gauge(
            "http_refused",
            "Requests refused since the start or the newest configuration.",
            "endpoint",
            "status",
        )
        self._unused = self._gauge("mqtt_unused", "Messages on MQTT that were not used, by reason.", "reason")

    def count(self, event: EngineEvent) -> None:
        """Take note of an event."""
        match event:
            case AlarmChanged(alarm=alarm, event=transition):
                self._alarms.labels(transition, alarm.severity.value).inc()
            case MessageChanged(message=message):
                words = (message.channel.value, message.kind.value, message.state.value)
                self._messages.labels(*words, message.route or "").inc()
            case InboundReceived(route=route, person=person):
                self._inbound.labels(route, "yes" if person else "no").inc()
            case KeywordReceived(keyword=keyword):
                self._keywords.labels(keyword).inc()
            case _:
                pass  # the state of routes is taken when somebody looks

    def render(self, picture: Picture) -> bytes:
        """Everything in Prometheus' text format."""
        self._ready.set(picture.is_ready)
        if picture.summary is not None:
            self._open.set(picture.summary.open)
            self._loud.set(picture.summary.unacknowledged)
            self._doubt.set(picture.summary.in_doubt)
        for priority, count in picture.backlog.messages.items():
            self._queue.labels(priority.name.lower()).set(count)
        self._held.set(picture.backlog.held)
        standings = Counts(
            _NEVER_SEEN if standing.never_seen else standing.state.value for standing in picture.heartbeats
        )
        for state in (*HeartbeatState, _NEVER_SEEN):
            self._heartbeats.labels(state).set(standings[state])
        self._show_routes(picture.routes)
        if picture.supervision is not None:
            self._supervision.show(picture.supervision)
        self._refused.clear()
        for (endpoint, status), count in picture.refused.items():
            self._refused.labels(endpoint, str(status)).set(count)
        for reason, count in picture.unused.items():
            self._unused.labels(reason).set(count)
        return generate_latest(self._registry)

    def _show_routes(self, routes: Mapping[str, RouteHealth]) -> None:
        self._route.clear()
        self._signal.clear()
        for route, health in routes.items():
            for state in RouteState:
                self._route.labels(route, state.value).set(health.state is state)
            signal = dict(health.facts).get("signal_dbm")
            if isinstance(signal, int):
                self._signal.labels(route).set(signal)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"alert_gateway_{name}", text, labels, registry=self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"alert_gateway_{name}", text, labels, registry=self._registry)
