"""What is known of the routes at this moment: their health, and which of them rest. Kept in memory only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from alert_engine.decisions.routing import RouteView
from alert_engine.routes.base import LimitedReporter, RouteState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import timedelta

    from alert_engine.clock import Clock
    from alert_engine.model import Channel
    from alert_engine.routes.base import Route, RouteHealth

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class _Standing:
    route: Route
    health: RouteHealth
    rests_until: float | None = None  # monotonic
    is_doubted: bool = False


class RouteBoard:
    """The routes in the order in which they were added or arranged; the first is preferred."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._standings: dict[str, _Standing] = {}

    def add(self, route: Route) -> None:
        """Begin to know a route."""
        self._standings[route.name] = _Standing(route=route, health=route.health)

    def remove(self, name: str) -> None:
        """Forget a route."""
        self._standings.pop(name, None)

    def arrange(self, names: Sequence[str]) -> None:
        """Prefer them in this order; those that are not named come after, as they were."""
        self._standings = arranged(self._standings, names)

    def views(self) -> tuple[RouteView, ...]:
        """For the decisions."""
        return tuple(
            RouteView(
                name=name,
                channels=standing.route.channels,
                state=_seen_as(standing),
                resting=self._rests(standing),
                reports=_reports_of(standing.route),
            )
            for name, standing in self._standings.items()
        )

    def healths(self) -> Mapping[str, RouteHealth]:
        """The newest health of each route."""
        return {name: standing.health for name, standing in self._standings.items()}

    def usable(self, name: str) -> bool:
        """The route can be given a message now."""
        return any(view.usable for view in self.views() if view.name == name)

    def note(self, name: str, health: RouteHealth) -> bool:
        """Take a route's new health; True if it differs. A change of state or reason ends its rest."""
        standing = self._standings.get(name)
        if standing is None or standing.health == health:
            return False
        if (standing.health.state, standing.health.reason) != (health.state, health.reason):
            standing.rests_until = None
        standing.health = health
        return True

    def doubt(self, names: Iterable[str]) -> None:
        """These say that all is well, and were proven wrong: others are preferred to them."""
        doubted = set(names)
        for name, standing in self._standings.items():
            standing.is_doubted = name in doubted

    def rest(self, name: str, duration: timedelta) -> None:
        """Give the route nothing for a while."""
        self._standings[name].rests_until = self._clock.monotonic() + duration.total_seconds()

    def rests_until(self, name: str) -> float | None:
        """When the rest of a route ends, on the monotonic clock."""
        standing = self._standings.get(name)
        return standing.rests_until if standing is not None and self._rests(standing) else None

    def _rests(self, standing: _Standing) -> bool:
        return standing.rests_until is not None and standing.rests_until > self._clock.monotonic()


def arranged(routes: Mapping[str, T], names: Sequence[str]) -> dict[str, T]:
    """With the named ones first, in the order of their names."""
    first = {name: routes[name] for name in names if name in routes}
    return {**first, **routes}


def _seen_as(standing: _Standing) -> RouteState:
    """As a message is to see it: better a doubted route than none."""
    state = standing.health.state
    return RouteState.DEGRADED if standing.is_doubted and state is RouteState.OK else state


def _reports_of(route: Route) -> frozenset[Channel]:
    return route.reports if isinstance(route, LimitedReporter) else route.channels
