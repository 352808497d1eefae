"""Which route takes a message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.model import Severity
from alert_engine.routes.base import RouteState

from .throttle import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from alert_engine.model import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteView:
    """What is known of a route when a message looks for one."""

    name: str
    channels: frozenset[Channel]
    state: RouteState
    resting: bool = False  # it refused as broken or barred, and its health has not changed since
    reports: frozenset[Channel] = frozenset()  # of these it tells what became of a message
    budget: Budget = Budget.OK
    can_pay: bool = True  # its account is not known to be empty

    @property
    def usable(self) -> bool:
        """It can be given a message now. A route that nobody has looked at yet cannot."""
        return not self.resting and self.state in {RouteState.OK, RouteState.DEGRADED}

    def admits(self, *, urgent: bool) -> bool:
        """Its budget has room for such a message."""
        return self.budget.admits(Severity.CRITICAL if urgent else Severity.NORMAL)


class RoutingReason(StrEnum):
    """Why this route, or why none."""

    PICKED = "picked"
    NO_ROUTE = "no_route"  # none carries this kind of message
    NONE_USABLE = "none_usable"  # those that carry it are broken or barred
    NO_BUDGET = "no_budget"  # those that are well have sent all that they may today
    NO_CREDIT = "no_credit"  # and those that may are on empty accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The answer."""

    route: str | None
    reason: RoutingReason


def pick(
    channel: Channel,
    given_up: Collection[str],
    routes: Sequence[RouteView],
    *,
    excluded: Collection[str] = (),
    preferred: str | None = None,
    urgent: bool = False,
) -> Choice:
    """The first route that can take it: the `preferred` one, then in the order of configuration.

    A degraded one is chosen only when no other is there, or it is preferred. One that was given up for this
    message is tried again when all others are away; `excluded` ones never are. An `urgent` message may use
    the last tenth of a budget, and tries an account that is known to be empty when nothing else is left: that
    costs nothing.
    """
    filters: tuple[tuple[RoutingReason, Callable[[RouteView], bool]], ...] = (
        (RoutingReason.NO_ROUTE, lambda route: channel in route.channels and route.name not in excluded),
        (RoutingReason.NONE_USABLE, lambda route: route.usable),
        (RoutingReason.NO_BUDGET, lambda route: route.admits(urgent=urgent)),
        (RoutingReason.NO_CREDIT, lambda route: route.can_pay or urgent),
    )
    left = list(routes)
    for reason, fits in filters:
        left = [route for route in left if fits(route)]
        if not left:
            return Choice(route=None, reason=reason)
    best = min(
        left,
        key=lambda route: (
            not route.can_pay,
            route.name in given_up,
            route.name != preferred,
            route.state is RouteState.DEGRADED,
        ),
    )
    return Choice(route=best.name, reason=RoutingReason.PICKED)


def has_alternative(
    channel: Channel,
    route: str,
    given_up: Collection[str],
    routes: Sequence[RouteView],
    *,
    excluded: Collection[str] = (),
    urgent: bool = False,
) -> bool:
    """Another route, not given up yet, could take the message now."""
    others = {*given_up, *excluded, route}
    return pick(channel, (), routes, excluded=others, urgent=urgent).route is not None
