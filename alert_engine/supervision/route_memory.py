"""What the supervision remembers of routes in this life of the engine: since when they are as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alert_engine.decisions.supervision_ladder import Observations
from alert_engine.routes.base import RouteState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from alert_engine.routes.base import RouteHealth

    from .patrol import RouteFacts
    from .settings import RouteSupervision

_USABLE = frozenset({RouteState.OK, RouteState.DEGRADED})


@dataclass(slots=True, kw_only=True)
class _Seen:
    health: RouteHealth
    since: datetime
    had_failed: bool = False
    recovered_at: datetime | None = None
    weak_since: datetime | None = None


class RouteMemory:
    """Health after health; times are the wall clock's, moved when it jumps."""

    def __init__(self) -> None:
        self._routes: dict[str, _Seen] = {}

    def note(self, healths: Mapping[str, RouteHealth], now: datetime) -> None:
        """Take the newest health of each route; the others are gone."""
        self._routes = {name: self._seen(name, health, now) for name, health in healths.items()}

    def note_weakness(self, name: str, *, weak: bool, now: datetime) -> datetime | None:
        """Since when the route is weak; None if it is not."""
        seen = self._routes[name]
        seen.weak_since = (seen.weak_since or now) if weak else None
        return seen.weak_since

    def follow_clock(self, jump: timedelta) -> None:
        """The wall clock jumped: what lasted a minute lasted a minute."""
        for seen in self._routes.values():
            seen.since += jump
            seen.recovered_at = seen.recovered_at and seen.recovered_at + jump
            seen.weak_since = seen.weak_since and seen.weak_since + jump

    def observe(self, name: str, facts: RouteFacts, wanted: RouteSupervision) -> Observations:
        """Everything that is known of a route."""
        seen = self._routes[name]
        return Observations(
            state=seen.health.state,
            reason=seen.health.reason,
            proof=seen.health.proof,
            since=seen.since,
            recovered_at=seen.recovered_at,
            delivered_at=facts.delivered_at,
            answered_at=facts.answered_at,
            loopback_every=wanted.loopback_every if wanted.own_number else None,
            loopback=facts.loopback,
            credit=facts.credit.amount if facts.credit else None,
            least_credit=wanted.least_credit,
        )

    def _seen(self, name: str, health: RouteHealth, now: datetime) -> _Seen:
        known = self._routes.get(name)
        if known is None:
            return _Seen(health=health, since=now)
        before, is_usable = known.health, health.state in _USABLE
        # A route that is gone is gone since its first word of it, however its words change.
        lasts = before.state is health.state or (is_usable and before.state in _USABLE)
        known.health = health
        known.since = known.since if lasts else now
        if is_usable and known.had_failed:
            known.recovered_at = now
        known.had_failed = health.state is RouteState.FAILED or (known.had_failed and not is_usable)
        return known
