"""Alarms that are explained: by a maintenance, or by another alarm of their source."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.decisions.alarm_events import Suppress, Unsuppress
from alert_engine.decisions.alarm_machine import apply
from alert_engine.decisions.suppression import explains, name_of_alarm, suppressor

from .effects import carry_out

if TYPE_CHECKING:
    from alert_engine.model import Alarm, Severity
    from alert_engine.work import Work


def suppressor_of(work: Work, source: str, key: str, parent: str | None, severity: Severity) -> str | None:
    """What explains such an alarm now."""
    explaining = work.tx.alarms.open_of_key(source, parent) if parent is not None else None
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
        if child.id != parent.id and explains(parent, child.severity):
            suppress(work, child, name_of_alarm(parent))
    if not parent.is_active and not parent.is_chattering:
        release(work, name_of_alarm(parent))


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
