"""Which route takes a message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.routes.base import RouteState

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from alert_engine.model import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteView:
    """What is known of a route when a message looks for one."""

    name: str
    channels: frozenset[Channel]
    state: RouteState
    resting: bool = False  # it refused as broken or barred, and its health has not changed since

    @property
    def usable(self) -> bool:
        """It can be given a message now. A route that nobody has looked at yet cannot."""
        return not self.resting and self.state in {RouteState.OK, RouteState.DEGRADED}


class RoutingReason(StrEnum):
    """Why this route, or why none."""

    PICKED = "picked"
    NO_ROUTE = "no_route"  # none carries this kind of message
    NONE_USABLE = "none_usable"  # those that carry it are broken or barred


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The answer."""

    route: str | None
    reason: RoutingReason


def pick(channel: Channel, given_up: Collection[str], routes: Sequence[RouteView]) -> Choice:
    """The first usable route in the order of configuration; a degraded one only when no other is there.

    One that was given up for this message is tried again when all others are away.
    """
    carrying = [route for route in routes if channel in route.channels]
    if not carrying:
        return Choice(route=None, reason=RoutingReason.NO_ROUTE)
    usable = [route for route in carrying if route.usable]
    if not usable:
        return Choice(route=None, reason=RoutingReason.NONE_USABLE)
    best = min(usable, key=lambda route: (route.name in given_up, route.state is RouteState.DEGRADED))
    return Choice(route=best.name, reason=RoutingReason.PICKED)


def has_alternative(
    channel: Channel, route: str, given_up: Collection[str], routes: Sequence[RouteView]
) -> bool:
    """Another route, not given up yet, could take the message now."""
    return any(
        other.usable and channel in other.channels and other.name not in {*given_up, route}
        for other in routes
    )
