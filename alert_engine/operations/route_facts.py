"""What the journal knows of the routes, beside their health: budgets, credit, whether they report at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.budget import can_pay, day_begins
from alert_engine.decisions.consent import closed_addresses
from alert_engine.decisions.fallback import SILENT_AFTER
from alert_engine.decisions.supervision_alarms import BUDGET, SOURCE
from alert_engine.decisions.throttle import Budget, budget_left

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from alert_engine.decisions.routing import RouteView
    from alert_engine.journal.transaction import Transaction
    from alert_engine.model import Address, Channel
    from alert_engine.settings import EngineSettings
    from alert_engine.work import Work

# Within this a network that reports has reported, unless the phone is off.
_REPORT_PATIENCE = timedelta(minutes=10)


def known(
    tx: Transaction, routes: Iterable[RouteView], settings: EngineSettings, now: datetime
) -> tuple[RouteView, ...]:
    """The routes as a message sees them that looks for one."""
    return tuple(
        replace(
            route,
            budget=budget_left(used_today(tx, route.name, settings, now), settings.budgets.get(route.name)),
            can_pay=_can_pay(tx, route.name, now),
        )
        for route in routes
    )


def of(work: Work) -> tuple[RouteView, ...]:
    """The same, in the middle of an operation."""
    return known(work.tx, work.routes, work.settings, work.now)


def closed(work: Work) -> frozenset[Address]:
    """Where nothing may be sent: people said STOP, to the gateway or to the providers of all its routes."""
    stopped = work.tx.consent.all_stopped_routes()
    return work.tx.consent.addresses() | closed_addresses(stopped, work.routes)


def used_today(tx: Transaction, route: str, settings: EngineSettings, now: datetime) -> int:
    """Segments or calls that left since midnight; 0 of a route that has no budget."""
    if route not in settings.budgets:
        return 0
    return tx.attempts.left_since(route, day_begins(now, settings.time_zone))


def told_by_reserve(tx: Transaction, routes: Iterable[RouteView]) -> Collection[str]:
    """Alarms that say that a budget ends: the last of it is for them, too."""
    if all(route.budget is not Budget.CRITICAL_ONLY for route in routes):
        return ()
    return {alarm.id for alarm in tx.alarms.open_of_source(SOURCE) if alarm.key.startswith(BUDGET)}


def gives_reports(
    tx: Transaction, route: str | None, channel: Channel, routes: Iterable[RouteView], now: datetime
) -> bool:
    """A message that this route took will be reported on, if it arrives. So it is of a route that is gone."""
    view = next((each for each in routes if each.name == route), None)
    if view is None:
        return True
    if channel not in view.reports:
        return False
    is_new = not tx.attempts.has_taken(view.name, SILENT_AFTER, now - _REPORT_PATIENCE)
    return is_new or tx.attempts.has_reported(view.name)


def _can_pay(tx: Transaction, route: str, now: datetime) -> bool:
    credit = tx.proofs.credit(route)
    return credit is None or can_pay(credit.amount, credit.told_at, now)
