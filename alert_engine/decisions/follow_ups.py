"""What is known of a message, and which next messages that calls for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.model import FollowUpOn, MessageState

if TYPE_CHECKING:
    from alert_engine.model import Message
    from alert_engine.outbox.entry import NextMessage, OutboxEntry

_FAILED = frozenset({MessageState.FAILED, MessageState.EXPIRED})


def known_of(message: Message) -> frozenset[FollowUpOn]:
    """All that has become known of it so far. Whoever read it has got it."""
    known: set[FollowUpOn] = set()
    if message.state is MessageState.DELIVERED:
        known.add(FollowUpOn.DELIVERED)
    if message.read_at is not None:
        known.add(FollowUpOn.READ)
    if message.state in _FAILED:
        known.add(FollowUpOn.FAILED)
    return frozenset(known)


def due(entry: OutboxEntry) -> tuple[tuple[NextMessage, ...], tuple[NextMessage, ...]]:
    """The next messages to be written now, and those that are left; what was written once is never again."""
    known = known_of(entry.message)
    now = tuple(each for each in entry.follow_ups if each.on in known)
    return now, tuple(each for each in entry.follow_ups if each.on not in known)
