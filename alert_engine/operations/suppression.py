"""Alarms that are explained: by a maintenance, or by another alarm of their source."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.decisions.alarm_events import Suppress, Unsuppress
from alert_engine.decisions.alarm_machine import apply
from alert_engine.decisions.suppression import alarm_id_of, explains, name_of_alarm, suppressor

from .effects import carry_out

if TYPE_CHECKING:
    from alert_engine.model import Alarm, Severity
    from alert_engine.work import Work


def suppressor_of(work: Work, source: str, key: str, parent: str | None, severity: Severity) -> str | None:
    """What explains such an alarm now."""
    explaining = work.tx.alarms.open_of_key(source, parent) if parent is not None else None
    if explaining is not None and _comes_from(work, explaining, key):
        explaining = None
    return suppressor(work.tx.maintenance.of_source(source), explaining, source, key, severity)


def release(work: Work, by: str) -> tuple[Alarm, ...]:
    """This explains nothing any more: people are told, unless something else does."""
    return tuple(_release(work, alarm, by) for alarm in work.tx.alarms.suppressed_by(by))


def suppress(work: Work, alarm: Alarm, by: str) -> Alarm:
    """This explains the alarm from now on."""
    return _apply(work, alarm, Suppress(by=by))


def follow(work: Work, parent: Alarm) -> None:
    """Something happened to an alarm: what it explains is silent as long as it is on."""
    for child in work.tx.alarms.children(parent.source, parent.key):
        if explains(parent, child.severity) and not _comes_from(work, parent, child.key):
            suppress(work, child, name_of_alarm(parent))
    if not parent.is_active:
        release(work, name_of_alarm(parent))


def _comes_from(work: Work, parent: Alarm, key: str) -> bool:
    """The parent is silent because of this key of its source: both would be silent for good."""
    seen: set[str] = set()
    link: Alarm | None = parent
    while link is not None and link.id not in seen:
        if link.key == key:
            return True
        seen.add(link.id)
        link_id = alarm_id_of(link.suppressed_by)
        link = work.tx.alarms.get(link_id) if link_id else None
    return link is not None


def _release(work: Work, alarm: Alarm, by: str) -> Alarm:
    other = suppressor_of(work, alarm.source, alarm.key, alarm.parent, alarm.severity)
    if other is None:
        return _apply(work, alarm, Unsuppress(by=by))
    handed_over = replace(alarm, suppressed_by=other)
    work.tx.alarms.save(handed_over)
    return handed_over


def _apply(work: Work, alarm: Alarm, event: Suppress | Unsuppress) -> Alarm:
    transition = apply(alarm, event, work.now)
    if transition.reason.changed:
        work.tx.alarms.save(transition.alarm)
    carry_out(work, transition)
    return transition.alarm
