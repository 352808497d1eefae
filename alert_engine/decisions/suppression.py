"""What explains an alarm, so that nobody has to be told of it: a maintenance, or another alarm."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from alert_engine.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alert_engine.model import Alarm, Maintenance

_ALARM = "alarm/"


def name_of(source: str, keys: str) -> str:
    """What stands in `Alarm.suppressed_by` for a maintenance."""
    return f"maintenance/{source}/{keys}"


def covers(maintenance: Maintenance, source: str, key: str, severity: Severity) -> bool:
    """It keeps this alarm silent until it is ended. A critical one refuses, unless it includes those."""
    return (
        maintenance.source == source
        and fnmatchcase(key, maintenance.keys.replace("[", "[[]"))
        and (severity is not Severity.CRITICAL or maintenance.includes_critical)
    )


def suppressor(
    maintenances: Iterable[Maintenance], parent: Alarm | None, source: str, key: str, severity: Severity
) -> str | None:
    """What stands in `Alarm.suppressed_by` of an alarm that is so severe: the first that explains it."""
    found = next((each for each in maintenances if covers(each, source, key, severity)), None)
    if found is not None:
        return name_of(found.source, found.keys)
    return name_of_alarm(parent) if parent is not None and explains(parent, severity) else None


def name_of_alarm(parent: Alarm) -> str:
    """The same, of an alarm that explains others."""
    return f"{_ALARM}{parent.id}"


def alarm_id_of(by: str | None) -> str | None:
    """The id of the alarm that stands in `Alarm.suppressed_by`; None: it is none."""
    return by.removeprefix(_ALARM) if by is not None and by.startswith(_ALARM) else None


def explains(parent: Alarm, severity: Severity) -> bool:
    """It is on, or comes and goes, and something so severe can come of it."""
    is_on = parent.state.is_open and (parent.is_active or parent.is_chattering)
    return is_on and not parent.is_test and parent.severity.rank >= severity.rank
