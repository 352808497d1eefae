"""From what is wrong to alarms to raise and to clear. Levels, not edges: a restart changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.model import Severity
from alert_engine.routes.base import RouteState

from .throttle import Budget, budget_left

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from decimal import Decimal

    from .supervision_ladder import Standing

# The source of all alarms that the engine raises about itself.
SOURCE = "gateway"

# A weakness that goes away by itself is none: the signal of a wet day, a memory that is being emptied.
WEAK_AFTER = timedelta(hours=1)
# After a start, routes need not all be there at once; then an alarm about one that is not, is nobody's.
ORPHANED_AFTER = timedelta(minutes=10)

ROUTE, WEAK, CREDIT, REHEARSAL = "route/", "route-weak/", "credit/", "rehearsal-overdue/"
BUDGET = "budget/"
PING, UNDELIVERED, AUDIT, DISK = "outside/ping", "undelivered", "audit", "journal/disk"
_OURS = (ROUTE, WEAK, CREDIT, BUDGET, REHEARSAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something is wrong."""

    severity: Severity
    title: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What to do about the alarms."""

    raises: Mapping[str, Fault]
    clears: tuple[str, ...]

    def __bool__(self) -> bool:
        """There is something to do."""
        return bool(self.raises or self.clears)


def is_ours(key: str) -> bool:
    """This module decides about the alarm, if its source is `SOURCE`."""
    return key in {PING, UNDELIVERED, AUDIT, DISK} or key.startswith(_OURS)


def reconcile(known: Mapping[str, Severity], wanted: Mapping[str, Fault], held: Collection[str]) -> Changes:
    """Raise what is wrong and not known, or worse than known; clear what is known and not wrong any more.

    `known` are the open alarms; `held` are keys about which nothing can be said now.
    """
    return Changes(
        raises={
            key: fault
            for key, fault in wanted.items()
            if key not in known or known[key].rank < fault.severity.rank
        },
        clears=tuple(key for key in known if is_ours(key) and key not in wanted and key not in held),
    )


def of_route(
    name: str, standing: Standing, weak_since: datetime | None, now: datetime, *, is_last: bool
) -> dict[str, Fault]:
    """What is wrong with a route; `is_last`: no other is left that carries what it carries."""
    if standing.fault is not None:
        title = f"route {name} has failed"
        text = f"{standing.reason}. No other route is left" if is_last else standing.reason
        return {f"{ROUTE}{name}": Fault(severity=Severity.HIGH, title=title, text=text)}
    if standing.state is RouteState.DEGRADED and weak_since is not None and now - weak_since >= WEAK_AFTER:
        title = f"route {name} is weak"
        return {f"{WEAK}{name}": Fault(severity=Severity.NORMAL, title=title, text=standing.reason)}
    return {}


def held_of_route(name: str, standing: Standing) -> tuple[str, ...]:
    """The alarms about a route that stay as they are: it is not well, and not yet said to be broken."""
    if standing.fault is None and standing.state in {RouteState.FAILED, RouteState.UNKNOWN}:
        return (f"{ROUTE}{name}", f"{WEAK}{name}")
    return ()


def of_credit(name: str, credit: Decimal | None, least: Decimal | None) -> dict[str, Fault]:
    """The credit of a route is low."""
    if credit is None or least is None or credit >= least:
        return {}
    return {
        f"{CREDIT}{name}": Fault(
            severity=Severity.NORMAL,
            title=f"credit of route {name} is low",
            text=f"{credit} is left, and {least} is the least it should be: top it up",
        )
    }


def of_budget(name: str, used: int, budget: int | None) -> dict[str, Fault]:
    """What a route may send in a day ends, or has ended."""
    left = budget_left(used, budget)
    if left is Budget.OK:
        return {}
    figures = f"{used} of {budget} messages have left today"
    if left is Budget.EMPTY:
        title = f"the budget of route {name} is used up"
        text = f"{figures}: what no other route can carry waits until midnight"
        return {f"{BUDGET}{name}": Fault(severity=Severity.HIGH, title=title, text=text)}
    title = f"the budget of route {name} ends soon"
    text = f"{figures}: the last tenth is for critical alarms"
    return {f"{BUDGET}{name}": Fault(severity=Severity.NORMAL, title=title, text=text)}
