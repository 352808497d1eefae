"""What people look back at, put together from the journal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.model import AlarmStory, ConversationItem

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from alert_engine.journal.transaction import Transaction
    from alert_engine.model import AlarmState, Channel, Message, MessageState, RouteTraffic

_MOST_TOLD = 1000  # messages of one alarm


def messages_of(tx: Transaction, *, uids: Sequence[str]) -> tuple[Message, ...]:
    """Those of them that are there, in this order."""
    found = {entry.message.uid: entry.message for entry in tx.messages.get_all(uids)}
    return tuple(found[uid] for uid in uids if uid in found)


def messages(
    tx: Transaction,
    *,
    alarm_id: str | None,
    recipient: str | None,
    address: str | None,
    states: Collection[MessageState] | None,
    since: datetime | None,
    before: str | None,
    limit: int,
) -> tuple[Message, ...]:
    """Messages, the newest first. Raises InvalidRequestError."""
    uids = tx.history.messages(
        alarm_id=alarm_id,
        recipient=recipient,
        address=address,
        states=states,
        since=since,
        before=before,
        limit=limit,
    )
    return messages_of(tx, uids=uids)


def conversation(
    tx: Transaction, *, person: str | None, address: str | None, before: str | None, limit: int
) -> tuple[ConversationItem, ...]:
    """What was written to and by somebody, the newest first. Raises InvalidRequestError."""
    found = tx.history.conversation(person=person, address=address, before=before, limit=limit)
    ours = {each.uid: each for each in messages_of(tx, uids=[name for name, is_ours in found if is_ours])}
    return tuple(_ours(ours[name]) if is_ours else _theirs(tx, name) for name, is_ours in found)


def alarms(
    tx: Transaction,
    *,
    states: Collection[AlarmState] | None,
    since: datetime | None,
    before: str | None,
    limit: int,
) -> tuple[AlarmStory, ...]:
    """Episodes, the newest first. Raises InvalidRequestError."""
    ids = tx.history.alarms(states=states, since=since, before=before, limit=limit)
    stories = (alarm(tx, alarm_id=alarm_id) for alarm_id in ids)
    return tuple(story for story in stories if story is not None)


def alarm(tx: Transaction, *, alarm_id: str) -> AlarmStory | None:
    """One episode."""
    found = tx.alarms.get(alarm_id)
    if found is None:
        return None
    told = tuple(tx.messages.select(alarm_id=alarm_id, states=None, limit=_MOST_TOLD))
    return AlarmStory(
        alarm=found,
        notes=tx.alarm_notes.of(alarm_id),
        messages=tuple(entry.message for entry in reversed(told)),
    )


def traffic(tx: Transaction, *, route: str, channels: Collection[Channel], since: datetime) -> RouteTraffic:
    """What went through a route, and what waits for it."""
    told = tx.history.traffic(route, since, tx.attempts.left_since(route, since))
    return replace(told, waiting=tx.messages.waiting_for(route, channels))


def _ours(message: Message) -> ConversationItem:
    return ConversationItem(id=message.uid, at=message.created_at, message=message)


def _theirs(tx: Transaction, inbound_id: str) -> ConversationItem:
    inbound = tx.history.inbound(inbound_id)
    assert inbound is not None  # noqa: S101 - its id was read in this very transaction
    return ConversationItem(id=inbound_id, at=inbound.received_at, inbound=inbound)
