"""Maintenance: somebody works there, and nobody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.suppression import covers, name_of
from alert_engine.model import AlarmResult, Maintenance, Verdict

from .alarms import duplicate
from .intake import Ticket, record_alarms
from .suppression import release, suppress

if TYPE_CHECKING:
    from alert_engine.model import Alarm, MaintenanceEnd, MaintenanceStart
    from alert_engine.work import Work


def start(work: Work, request: MaintenanceStart) -> AlarmResult:
    """Keep these alarms silent from now on, those that are open and those to come."""
    ticket = _ticket("maintenance", request)
    if (known := duplicate(work, ticket)) is not None:
        return known
    maintenance = Maintenance(
        source=request.source,
        keys=request.keys,
        by=request.by,
        since=work.now,
        until=request.until,
        includes_critical=request.includes_critical,
    )
    work.tx.maintenance.put(maintenance)
    name = name_of(request.source, request.keys)
    # One that it replaces may have covered more.
    uncovered = tuple(alarm for alarm in release(work, name) if not _covers(maintenance, alarm))
    covered = tuple(
        suppress(work, alarm, name)
        for alarm in work.tx.alarms.open_of_source(request.source)
        if _covers(maintenance, alarm)
    )
    return record_alarms(work, ticket, AlarmResult(verdict=Verdict.APPLIED, alarms=uncovered + covered))


def end(work: Work, request: MaintenanceEnd) -> AlarmResult:
    """Tell again what is still on."""
    ticket = _ticket("maintenance_end", request)
    if (known := duplicate(work, ticket)) is not None:
        return known
    return record_alarms(work, ticket, _end(work, request.source, request.keys))


def end_overdue(work: Work) -> int:
    """End those whose time is up; how many that were."""
    over = work.tx.maintenance.over(work.now)
    for maintenance in over:
        _end(work, maintenance.source, maintenance.keys)
    return len(over)


def _ticket(kind: str, request: MaintenanceStart | MaintenanceEnd) -> Ticket:
    about = name_of(request.source, request.keys)
    return Ticket(kind=kind, source=request.by, message_id=request.message_id, key=about)


def _covers(maintenance: Maintenance, alarm: Alarm) -> bool:
    return covers(maintenance, alarm.source, alarm.key, alarm.severity)


def _end(work: Work, source: str, keys: str) -> AlarmResult:
    if not work.tx.maintenance.remove(source, keys):
        return AlarmResult(verdict=Verdict.UNKNOWN, alarms=())
    return AlarmResult(verdict=Verdict.APPLIED, alarms=release(work, name_of(source, keys)))
