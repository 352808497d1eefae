"""Figures for Prometheus. Labels are names of ours and words with few values: no number, no text, no key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    disable_created_metrics,
    generate_latest,
)

from alert_engine.model import AlarmChanged, InboundReceived, KeywordReceived, MessageChanged
from alert_engine.routes.base import RouteState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.model import EngineEvent, Summary
    from alert_engine.routes.base import RouteHealth

# A second series for each, which nobody reads.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types there

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


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
        self._queue = self._gauge("messages_waiting", "Messages that are not sent yet, or in doubt.")
        self._doubt = self._gauge("messages_in_doubt", "Messages that may have been sent.")
        self._route = self._gauge("route_state", "1 for the state that a route is in.", "route", "state")
        self._signal = self._gauge("route_signal_dbm", "Signal strength of a modem.", "route")
        self._refused = self._gauge(
            "http_refused",
            "Requests refused since the start or the newest configuration.",
            "endpoint",
            "status",
        )

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

    def render(
        self,
        summary: Summary | None,
        routes: Mapping[str, RouteHealth],
        refused: Mapping[tuple[str, int], int],
    ) -> bytes:
        """Everything in Prometheus' text format; `summary` is None while the engine does not run."""
        self._ready.set(summary is not None)
        if summary is not None:
            self._open.set(summary.open)
            self._loud.set(summary.unacknowledged)
            self._queue.set(summary.queue)
            self._doubt.set(summary.in_doubt)
        self._show_routes(routes)
        self._refused.clear()
        for (endpoint, status), count in refused.items():
            self._refused.labels(endpoint, str(status)).set(count)
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
