"""What people and panels ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.model import AlarmState, MessageState, Summary

from .intake import MEMORY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from alert_engine.journal.transaction import Transaction
    from alert_engine.model import Message, Priority

_UNACKNOWLEDGED = frozenset({AlarmState.RAISED, AlarmState.CLEARED})
_WAITING = (MessageState.QUEUED, MessageState.IN_FLIGHT, MessageState.IN_DOUBT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits."""

    messages: Mapping[Priority, int] = field(default_factory=dict)  # not final and not yet accepted
    held: int = 0  # what will leave in digests


def messages(
    tx: Transaction, *, alarm_id: str | None, states: Collection[MessageState] | None, limit: int
) -> tuple[Message, ...]:
    """Messages, the newest first."""
    return tuple(entry.message for entry in tx.messages.select(alarm_id=alarm_id, states=states, limit=limit))


def sent(tx: Transaction, *, request_id: str | None, now: datetime) -> dict[str, tuple[Message, ...]]:
    """Messages of the sends that had an id, by id; one id may stand for several sends."""
    found: dict[str, tuple[Message, ...]] = {}
    for record in tx.intake.sends(now - MEMORY, request_id):
        written = tuple(entry.message for entry in tx.messages.get_all(record.message_uids))
        name = record.message_id or ""
        found[name] = found.get(name, ()) + written
    return found


def summary(tx: Transaction) -> Summary:
    """The state of everything in one line."""
    groups = tx.alarms.groups_open()
    return Summary(
        open=sum(group.count for group in groups),
        unacknowledged=sum(group.count for group in groups if group.state in _UNACKNOWLEDGED),
        highest=max((group.severity for group in groups), key=lambda severity: severity.rank, default=None),
        oldest=min((group.oldest for group in groups), default=None),
        queue=tx.messages.count(_WAITING),
        in_doubt=tx.messages.count((MessageState.IN_DOUBT,)),
    )


def backlog(tx: Transaction) -> Backlog:
    """What waits to be sent, and what waits to be told."""
    return Backlog(messages=tx.messages.count_by_priority(_WAITING), held=tx.held.count())
