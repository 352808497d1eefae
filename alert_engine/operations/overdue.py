"""An alarm of which nobody is proven told in time is an alarm about the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.supervision_alarms import SOURCE, UNDELIVERED
from alert_engine.model import AlarmClear, AlarmRaise, AlarmState, Severity

from .alarms import clear, raise_alarm
from .proof import OVERDUE_AFTER, proves

if TYPE_CHECKING:
    from datetime import timedelta

    from alert_engine.journal.tables.overdue import Overdue
    from alert_engine.model import Alarm
    from alert_engine.work import Work


def run_due(work: Work, limit: int) -> int:
    """Look at alarms whose time is up, or that nobody has to be told of any more; how many that were."""
    due = work.tx.overdue.due(work.now, limit)
    for alarm_id in due:
        alarm = work.tx.alarms.get(alarm_id)
        asked = work.tx.overdue.get(alarm_id)
        if alarm is None or asked is None:
            continue
        if not _must_be_told(alarm) or _is_told(work, alarm, asked):
            settle(work, alarm)
        else:
            _complain(work, alarm)
    return len(due)


def settle(work: Work, alarm: Alarm) -> None:
    """Somebody was told, or nobody has to be any more."""
    asked = work.tx.overdue.get(alarm.id)
    if asked is None:
        return
    work.tx.overdue.remove(alarm.id)
    if asked.due_at is None:
        clear(work, AlarmClear(source=SOURCE, key=_key(alarm)))


def give_up(work: Work, alarm: Alarm) -> None:
    """For one person nothing is left to try. If that holds for all of them, it is time to say so."""
    asked = work.tx.overdue.get(alarm.id)
    if asked is None or asked.due_at is None or _is_told(work, alarm, asked):
        return
    if all(entry.proof_look_at is None for entry in work.tx.messages.raises(alarm.id, asked.first_uid)):
        _complain(work, alarm)


def follow_clock(work: Work, jump: timedelta) -> None:
    """The wall clock jumped: what waits, waits as long as before."""
    for alarm_id, due_at in work.tx.overdue.waiting().items():
        work.tx.overdue.set_due(alarm_id, due_at + jump)


def resume(work: Work) -> None:
    """After a restart that may have set the clock back, nothing waits longer than it ever would."""
    latest = work.now + max(OVERDUE_AFTER.values())
    for alarm_id, due_at in work.tx.overdue.waiting().items():
        work.tx.overdue.set_due(alarm_id, min(due_at, latest))


def _must_be_told(alarm: Alarm) -> bool:
    return alarm.state is AlarmState.RAISED and not alarm.is_silenced


def _is_told(work: Work, alarm: Alarm, asked: Overdue) -> bool:
    return any(proves(work, alarm, entry) for entry in work.tx.messages.raises(alarm.id, asked.first_uid))


def _complain(work: Work, alarm: Alarm) -> None:
    work.tx.overdue.note_told(alarm.id)
    supervision = work.settings.supervision
    if not supervision.raises_alarms:
        return
    request = AlarmRaise(
        source=SOURCE,
        key=_key(alarm),
        severity=Severity.HIGH,
        title=f"nobody is proven told of alarm {alarm.code}",
        text="pass it on yourself, and check numbers and routes",
        policy=supervision.policy,
    )
    raise_alarm(work, request)


def _key(alarm: Alarm) -> str:
    return f"{UNDELIVERED}/{alarm.code}"
