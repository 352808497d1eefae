"""Alarms about people, groups and on-call schedules: raised once, cleared when it is well again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.people_troubles import NOBODY_KEY, lasts, names_in_use
from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.model import AlarmClear, AlarmRaise, Severity

from .alarms import clear, raise_alarm
from .telling import is_unwanted, resolution_of, retell

if TYPE_CHECKING:
    from alert_engine.decisions.people_troubles import Trouble
    from alert_engine.work import Work

# A schedule hands over, an address opts in, a file is edited: soon enough seen, and cheap.
CHECK_EVERY = timedelta(minutes=1)


def look_due(work: Work) -> int:
    """Raise what was met since the last look, and clear what is well again; how many were looked at."""
    due = work.tx.troubles.due(work.now)
    for trouble, is_raised in due:
        if not is_raised:
            _raise(work, trouble)
        elif _lasts(work, trouble):
            work.tx.troubles.look_again(trouble.key, work.now + CHECK_EVERY)
        else:
            work.tx.troubles.forget(trouble.key)
            clear(work, AlarmClear(source=SOURCE, key=trouble.key))
    return len(due)


def _raise(work: Work, trouble: Trouble) -> None:
    work.tx.troubles.look_again(trouble.key, work.now + CHECK_EVERY)
    fault = trouble.fault
    request = AlarmRaise(
        source=SOURCE,
        key=trouble.key,
        severity=fault.severity,
        title=fault.title,
        text=fault.text,
        policy=work.settings.supervision.policy,
    )
    raise_alarm(work, request)


def _lasts(work: Work, trouble: Trouble) -> bool:
    if trouble.key == NOBODY_KEY:
        return _tell_untold(work)
    settings, open_alarms = work.settings, work.tx.alarms.all_open()
    policies = (*settings.policies, *(alarm.policy for alarm in open_alarms))
    in_use = names_in_use(policies, settings.groups, settings.on_calls)
    notes = resolution_of(work, trouble.names, Severity.CRITICAL).notes
    return lasts(trouble, notes, in_use)


def _tell_untold(work: Work) -> bool:
    """Tell whoever can be told by now; True if there is still an alarm of which nobody was."""
    still = False
    for alarm_id in work.tx.told.untold((SOURCE, NOBODY_KEY)):
        alarm = work.tx.alarms.get(alarm_id)
        if alarm is None or is_unwanted(work, alarm):
            continue
        retell(work, alarm)
        still = True  # seen in the next look, if it was told now
    return still
