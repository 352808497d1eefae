"""Figures of the supervision for Prometheus: how far each route is proven, what it may still cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge

if TYPE_CHECKING:
    from datetime import datetime

    from prometheus_client import CollectorRegistry

    from alert_engine.supervision.figures import RouteFigures, SupervisionFigures


class SupervisionMetrics:
    """What the newest look of the supervision found."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._fault = self._gauge("route_fault", "1 while people are told that a route is faulty.", "route")
        self._level = self._gauge("route_proof_level", "How far a route is proven, 0 to 5.", "route")
        self._proven = self._gauge(
            "route_proof_timestamp_seconds", "When something last went all the way.", "route"
        )
        self._loopback = self._gauge(
            "route_loopback_seconds", "How long the newest SMS to itself was under way.", "route"
        )
        self._credit = self._gauge("route_credit", "What is left, in its currency.", "route", "currency")
        self._credit_at = self._gauge("route_credit_timestamp_seconds", "When the credit was told.", "route")
        self._budget = self._gauge("route_budget_left", "Messages that it may still send today.", "route")
        self._of_routes = (
            self._fault,
            self._level,
            self._proven,
            self._loopback,
            self._credit,
            self._credit_at,
            self._budget,
        )
        self._content = self._gauge("supervision_content", "1 while the auditor finds all promises kept.")
        self._nobody = self._gauge("alarms_reached_nobody", "Alarms of which every message failed.")
        self._ping = self._gauge(
            "ping_timestamp_seconds", "When the dead man's switch outside was last told."
        )
        self._violations = Counter(
            "alert_gateway_supervision_violations",
            "Promises that were forgotten and then kept; anything but 0 is a defect.",
            registry=registry,
        )
        self._counted = 0

    def show(self, figures: SupervisionFigures) -> None:
        """Take them over."""
        for gauge in self._of_routes:
            gauge.clear()
        for route, of_route in figures.routes.items():
            self._show_route(route, of_route)
        self._content.set(figures.is_content)
        self._nobody.set(len(figures.reached_nobody))
        _set(self._ping, figures.last_ping)
        self._violations.inc(max(0, figures.violations - self._counted))
        self._counted = figures.violations

    def _show_route(self, route: str, figures: RouteFigures) -> None:
        self._fault.labels(route).set(figures.is_fault)
        if figures.proof is not None:
            self._level.labels(route).set(figures.proof)
        if figures.last_proof is not None:
            _set(self._proven.labels(route), figures.last_proof)
        if figures.loopback_seconds is not None:
            self._loopback.labels(route).set(figures.loopback_seconds)
        if figures.credit is not None:
            self._credit.labels(route, figures.currency).set(float(figures.credit))
        if figures.credit_at is not None:
            _set(self._credit_at.labels(route), figures.credit_at)
        if figures.budget_left is not None:
            self._budget.labels(route).set(figures.budget_left)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"alert_gateway_{name}", text, labels, registry=self._registry)


def _set(gauge: Gauge, moment: datetime | None) -> None:
    if moment is not None:
        gauge.set(moment.timestamp())
