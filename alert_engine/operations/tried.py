"""What is known of one message by which a person was to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.fallback import Tried
from alert_engine.decisions.outcome import OutcomeReason
from alert_engine.model import MessageState

from .messages import CLOSED, OPTED_OUT, OWN_NUMBER

if TYPE_CHECKING:
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.work import Work

_REFUSED = frozenset({OPTED_OUT, OWN_NUMBER})  # no route will do
_BARRED = _REFUSED | {CLOSED}


def tried(work: Work, entry: OutboxEntry, *, proven: bool) -> Tried:
    """The message with the routes that were given it."""
    history = work.tx.attempts.history(entry.message.uid)
    last_outcome = history[-1][1] if history else ""
    return Tried(
        entry=entry,
        proven=proven,
        routes=tuple(dict.fromkeys(route for route, _ in history)),
        refused=last_outcome == OutcomeReason.REFUSED or entry.message.reason in _REFUSED,
    )


def may_go_on(entry: OutboxEntry) -> bool:
    """Nobody has taken it back. One that must not be sent to its address may go to another."""
    message = entry.message
    is_barred = message.state is MessageState.CANCELLED and message.reason in _BARRED
    return is_barred or not (entry.withdrawn or message.state is MessageState.CANCELLED)
