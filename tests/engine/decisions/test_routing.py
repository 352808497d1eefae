"""Which route takes a message, by its budget, its credit, and what was tried already."""

from __future__ import annotations

from typing import Any

import pytest

from alert_engine.decisions.routing import RouteView, RoutingReason, has_alternative, pick
from alert_engine.decisions.throttle import Budget
from alert_engine.model import Channel
from alert_engine.routes.base import RouteState


def view(name: str, state: RouteState = RouteState.OK, **fields: Any) -> RouteView:
    return RouteView(name=name, channels=frozenset({Channel.SMS}), state=state, **fields)


A, B = view("a"), view("b")
SPENT, LAST = view("a", budget=Budget.EMPTY), view("a", budget=Budget.CRITICAL_ONLY)
BROKE = view("a", can_pay=False)
GONE = view("a", RouteState.FAILED)


@pytest.mark.parametrize(
    ("routes", "options", "route", "reason"),
    [
        ((A, B), {"excluded": ("a",)}, "b", RoutingReason.PICKED),
        ((A, B), {"excluded": ("a", "b")}, None, RoutingReason.NO_ROUTE),
        ((SPENT, B), {}, "b", RoutingReason.PICKED),
        ((SPENT,), {}, None, RoutingReason.NO_BUDGET),
        ((SPENT,), {"urgent": True}, None, RoutingReason.NO_BUDGET),
        ((LAST,), {}, None, RoutingReason.NO_BUDGET),
        ((LAST,), {"urgent": True}, "a", RoutingReason.PICKED),
        ((view("a", budget=Budget.WARN), B), {}, "a", RoutingReason.PICKED),
        ((BROKE, B), {}, "b", RoutingReason.PICKED),
        ((BROKE, B), {"urgent": True}, "b", RoutingReason.PICKED),
        ((BROKE,), {}, None, RoutingReason.NO_CREDIT),
        ((BROKE,), {"urgent": True}, "a", RoutingReason.PICKED),
        ((BROKE, view("b", budget=Budget.EMPTY)), {}, None, RoutingReason.NO_CREDIT),
        ((GONE, view("b", budget=Budget.EMPTY)), {}, None, RoutingReason.NO_BUDGET),
    ],
)
def test_pick_by_budget_credit_and_what_was_tried(
    routes: tuple[RouteView, ...], options: dict[str, Any], route: str | None, reason: RoutingReason
) -> None:
    choice = pick(Channel.SMS, (), routes, **options)
    assert (choice.route, choice.reason) == (route, reason)


def test_has_alternative() -> None:
    assert not has_alternative(Channel.SMS, "a", (), (A, B), excluded=("b",))
    assert not has_alternative(Channel.SMS, "a", (), (A, view("b", budget=Budget.CRITICAL_ONLY)))
    assert has_alternative(Channel.SMS, "a", (), (A, view("b", budget=Budget.CRITICAL_ONLY)), urgent=True)
