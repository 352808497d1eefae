"""What the journal says, for people and programs beside a running daemon. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alert_engine.model import MessageState

from .looking import look_into
from .transaction import Transaction

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from alert_engine.model import Alarm

    from .tables.rehearsals import Rehearsal

MAX_REHEARSALS = 100  # one a person and channel: the last weeks of a crew


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalStatus:
    """Open alarms, how the messages stand, and what came of the newest weekly tests."""

    alarms: tuple[Alarm, ...]
    messages: dict[MessageState, int]  # states that have any
    rehearsals: tuple[Rehearsal, ...]  # the newest first


def read_status(path: Path) -> JournalStatus:
    """Read a journal that may be in use.

    Raises:
        JournalError: there is none, it cannot be read, or another release wrote it.
    """
    with look_into(path) as connection:
        transaction = Transaction(connection)
        counts = {state: transaction.messages.count([state]) for state in MessageState}
        return JournalStatus(
            alarms=transaction.alarms.all_open(),
            messages={state: count for state, count in counts.items() if count},
            rehearsals=transaction.rehearsals.newest(MAX_REHEARSALS),
        )


def status_lines(status: JournalStatus, now: datetime) -> list[str]:
    """The status for people."""
    lines = [f"{len(status.alarms)} open alarm(s)"]
    for alarm in status.alarms:
        taken = f", taken by {alarm.acked_by}" if alarm.acked_by else ""
        minutes = int((now - alarm.raised_at).total_seconds() // 60)
        name = f"{alarm.source}/{alarm.key}" + (f": {alarm.title}" if alarm.title else "")
        lines.append(f"  {alarm.code}  {alarm.severity}  {alarm.state}{taken}  for {minutes} min  {name}")
    told = ", ".join(f"{count} {state}" for state, count in status.messages.items())
    return [*lines, f"messages: {told or 'none'}"]


def status_data(status: JournalStatus) -> dict[str, Any]:
    """The status for programs."""
    alarms = [
        {
            "id": alarm.id,
            "code": alarm.code,
            "source": alarm.source,
            "key": alarm.key,
            "severity": alarm.severity.value,
            "state": alarm.state.value,
            "title": alarm.title,
            "count": alarm.count,
            "raised_at": alarm.raised_at.isoformat(),
            "acked_by": alarm.acked_by,
        }
        for alarm in status.alarms
    ]
    return {
        "alarms": alarms,
        "messages": {state.value: count for state, count in status.messages.items()},
        "rehearsals": [_rehearsal_data(each) for each in status.rehearsals],
    }


def _rehearsal_data(rehearsal: Rehearsal) -> dict[str, str | None]:
    return {
        "message": rehearsal.message_uid,
        "person": rehearsal.person,
        "channel": rehearsal.channel.value,
        "route": rehearsal.route,
        "started_at": rehearsal.started_at.isoformat(),
        "accepted_at": _time(rehearsal.accepted_at),
        "delivered_at": _time(rehearsal.delivered_at),
        "answered_at": _time(rehearsal.answered_at),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
