"""What the supervision wants after a look: alarms, messages that prove something, questions. Decides only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.supervision_alarms import (
    AUDIT,
    CREDIT,
    DISK,
    PING,
    ROUTE,
    UNDELIVERED,
    WEAK,
    Fault,
    held_of_route,
    of_budget,
    of_credit,
    of_route,
)
from alert_engine.model import Severity
from alert_engine.routes.base import RouteState

from .figures import RouteFigures

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from alert_engine.decisions.routing import RouteView
    from alert_engine.decisions.supervision_ladder import Standing

    from .auditor import Auditor
    from .dead_man import DeadManSwitch
    from .patrol import Recorded, RouteFacts
    from .settings import SupervisionSettings

_USABLE = frozenset({RouteState.OK, RouteState.DEGRADED})
_MAX_NAMED = 5


def faults_of_routes(
    settings: SupervisionSettings,
    found: Recorded,
    standings: Mapping[str, Standing],
    *,
    weak_since: Mapping[str, datetime | None],
    views: Sequence[RouteView],
    now: datetime,
) -> dict[str, Fault]:
    """What is wrong with them."""
    faults: dict[str, Fault] = {}
    for name, standing in standings.items():
        credit, wanted = found.routes[name].credit, settings.of_route(name)
        is_last = not any(view.usable and view.name != name for view in views)
        faults |= of_route(name, standing, weak_since[name], now, is_last=is_last)
        faults |= of_credit(name, credit.amount if credit else None, wanted.least_credit)
    return faults


def faults_of_budgets(found: Recorded) -> dict[str, Fault]:
    """What may be sent today ends, or has ended."""
    faults: dict[str, Fault] = {}
    for name, facts in found.routes.items():
        faults |= of_budget(name, facts.used_today, facts.budget)
    return faults


def faults_of_the_disk(trouble: str) -> dict[str, Fault]:
    """Nothing new is taken, and this is why; empty: all is well."""
    if not trouble:
        return {}
    title = "the gateway takes no new alarms"
    return {
        DISK: Fault(severity=Severity.CRITICAL, title=title, text=f"{trouble}. Waiting ones are still sent")
    }


def faults_of_the_engine(
    auditor: Auditor, switch: DeadManSwitch | None, known: Collection[str]
) -> dict[str, Fault]:
    """What is wrong with the engine itself, and its line out; `known` are its open alarms."""
    faults: dict[str, Fault] = {}
    if unheard := _not_told_each(auditor.reached_nobody, known):
        faults[UNDELIVERED] = _undelivered(unheard)
    if auditor.has_failed:
        faults[AUDIT] = Fault(
            severity=Severity.HIGH,
            title="the gateway had forgotten something",
            text="and has done it now: look at the open alarms, and report this with the log",
        )
    if switch is not None and switch.is_unheard:
        faults[PING] = Fault(
            severity=Severity.NORMAL,
            title="the dead man's switch is out of reach",
            text="nobody would notice if this gateway died: check the line to the internet",
        )
    return faults


def _not_told_each(codes: tuple[str, ...], known: Collection[str]) -> tuple[str, ...]:
    """Without those that were told already, each by its own alarm."""
    return tuple(code for code in codes if f"{UNDELIVERED}/{code}" not in known)


def _undelivered(codes: tuple[str, ...]) -> Fault:
    named = ", ".join(codes[:_MAX_NAMED]) + (" and more" if len(codes) > _MAX_NAMED else "")
    return Fault(
        severity=Severity.HIGH,
        title=f"nobody could be told of {named}",
        text="every message about it failed or expired: check numbers and routes, and pass it on yourself",
    )


def held(
    standings: Mapping[str, Standing], known: Collection[str], *, nobody_has: tuple[str, ...], is_young: bool
) -> set[str]:
    """Alarms that stay as they are: of routes that are on the brink, or may be added yet.

    And that nobody could be told of some, while another message about one of them waits (`nobody_has`).
    """
    kept = {key for name, standing in standings.items() for key in held_of_route(name, standing)}
    if _not_told_each(nobody_has, known):
        kept.add(UNDELIVERED)
    if is_young:
        kept |= {key for key in known if _route_of(key) not in standings}
    return kept


def _route_of(key: str) -> str:
    """The route that an alarm is about, or anything that is no route."""
    return next((key.removeprefix(each) for each in (ROUTE, WEAK, CREDIT) if key.startswith(each)), key)


def loopbacks(
    settings: SupervisionSettings, standings: Mapping[str, Standing], now: datetime
) -> tuple[tuple[str, str], ...]:
    """Routes that are to write to themselves now, with their own numbers."""
    due = [name for name, each in standings.items() if each.loopback_due and each.loopback_due <= now]
    numbers = ((name, settings.of_route(name).own_number) for name in due)
    return tuple((name, number) for name, number in numbers if number)


def credit(
    settings: SupervisionSettings,
    found: Recorded,
    standings: Mapping[str, Standing],
    tellers: Collection[str],
    now: datetime,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Routes whose credit is to be asked for now: by SMS, and by the route itself."""
    due = []
    for name, standing in standings.items():
        asked, every = found.routes[name].credit, settings.of_route(name).credit_every
        is_due = asked is None or not asked.asked_at <= now < asked.asked_at + every
        if is_due and standing.state in _USABLE:
            due.append(name)
    by_sms = tuple(name for name in due if settings.of_route(name).credit_request)
    return by_sms, tuple(name for name in due if name in tellers and name not in by_sms)


def is_weak(standing: Standing) -> bool:
    """It sends, with a weakness."""
    return standing.state is RouteState.DEGRADED and standing.fault is None


def figures(standing: Standing, facts: RouteFacts) -> RouteFigures:
    """For the shell."""
    sent, told = facts.loopback, facts.credit
    took = sent.returned_at - sent.sent_at if sent and sent.returned_at else None
    return RouteFigures(
        state=standing.state,
        proof=standing.proof,
        last_proof=standing.last_proof,
        reason=standing.reason,
        is_fault=standing.fault is not None,
        loopback_due=standing.loopback_due,
        loopback_seconds=None if took is None else took.total_seconds(),
        credit=told.amount if told else None,
        currency=told.currency if told else "",
        credit_at=told.told_at if told else None,
        budget_left=None if facts.budget is None else max(0, facts.budget - facts.used_today),
    )
