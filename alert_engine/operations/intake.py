"""Requests of sources: a repeat is answered as the first was, and what is older than known is not applied.

A source that begins to count anew, and several that count from one, use an id for different things. So a
repeat is what has the same id and is about the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.ordering import is_stale, trusted
from alert_engine.journal.tables.intake import IntakeRecord

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from alert_engine.model import Alarm, AlarmResult, Verdict
    from alert_engine.work import Work

# How long a repeat of a request is answered as the first was.
MEMORY = timedelta(hours=24)

# Some sources give every raise of an episode one id, and begin it again when they themselves were away
# meanwhile. A repeat that comes later than this after the clear is such a raise. No broker and no retry is so
# late. Of Alertmanager, which says when it began, each one after the clear is: it never says that late.
LATEST_REPEAT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Which request it is."""

    kind: str  # "raise", "clear", "acknowledge", "send" …: a source may use one id for each
    source: str
    message_id: str | None = None
    key: str = ""  # what it is about: the key of an alarm, whom a command names, what a send says
    source_time: datetime | None = None
    tells_beginning: bool = False  # its id is that of an episode, made of the time when it began


def earlier_answer(work: Work, ticket: Ticket) -> IntakeRecord | None:
    """What came of the same request before, if it carries an id."""
    if ticket.message_id is None:
        return None
    since = work.now - MEMORY
    return work.tx.intake.find(ticket.kind, ticket.source, ticket.key, ticket.message_id, since)


def is_new_episode(ticket: Ticket, earlier: Collection[Alarm], now: datetime) -> bool:
    """A raise with the id of an earlier one, which raised these, is no repeat: they are long over."""
    wait = timedelta(0) if ticket.tells_beginning else LATEST_REPEAT
    ends = [None if alarm.state.is_open else alarm.closed_at for alarm in earlier]
    return bool(ends) and all(end is not None and now - end > wait for end in ends)


def stale(work: Work, ticket: Ticket) -> bool:
    """The source told something newer of this key before, whether an alarm came of it or not.

    What came later than now came before the clock was set back, and says nothing of the order.
    """
    told = (
        work.tx.alarms.newest_source_time(ticket.source, ticket.key, work.now),
        work.tx.intake.newest_source_time(ticket.source, ticket.key, work.now),
    )
    source_time = trusted(ticket.source_time, work.now)
    return any(is_stale(source_time, newest) for newest in told)


def record(
    work: Work,
    ticket: Ticket,
    verdict: Verdict,
    *,
    alarm_ids: tuple[str, ...] = (),
    message_uids: tuple[str, ...] = (),
) -> None:
    """Write the request and its answer into the journal."""
    work.tx.intake.add(
        IntakeRecord(
            kind=ticket.kind,
            source=ticket.source,
            key=ticket.key,
            message_id=ticket.message_id,
            source_time=trusted(ticket.source_time, work.now),
            received_at=work.now,
            verdict=verdict,
            alarm_ids=alarm_ids,
            message_uids=message_uids,
        )
    )


def record_alarms(work: Work, ticket: Ticket, result: AlarmResult) -> AlarmResult:
    """Write the request and its answer, and give the answer back."""
    ids = tuple(alarm.id for alarm in result.alarms)
    record(work, ticket, result.verdict, alarm_ids=ids, message_uids=result.message_uids)
    return result
