"""What people and panels ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.model import AlarmState, MessageState, Summary

from .intake import MEMORY

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from alert_engine.journal.transaction import Transaction
    from alert_engine.model import Message

_UNACKNOWLEDGED = frozenset({AlarmState.RAISED, AlarmState.CLEARED})
_WAITING = (MessageState.QUEUED, MessageState.IN_FLIGHT, MessageState.IN_DOUBT)


def messages(
    tx: Transaction, *, alarm_id: str | None, states: Collection[MessageState] | None, limit: int
) -> tuple[Message, ...]:
    """Messages, the newest first."""
    return tuple(entry.message for entry in tx.messages.select(alarm_id=alarm_id, states=states, limit=limit))


def sent(tx: Transaction, *, request_id: str | None, now: datetime) -> dict[str, tuple[Message, ...]]:
    """Messages of the sends that had an id, by id."""
    records = tx.intake.sends(now - MEMORY, request_id)
    return {
        record.message_id or "": tuple(entry.message for entry in tx.messages.get_all(record.message_uids))
        for record in records
    }


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
