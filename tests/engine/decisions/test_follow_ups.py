"""Which next messages what is known of a message calls for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from alert_engine.decisions.follow_ups import due, known_of
from alert_engine.model import (
    Address,
    Channel,
    FollowUpOn,
    Message,
    MessageKind,
    MessageState,
    Priority,
)
from alert_engine.outbox.entry import NextMessage, OutboxEntry

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
S, ON = MessageState, FollowUpOn


def message(state: MessageState, **fields: Any) -> Message:
    return Message(
        uid="m",
        kind=MessageKind.DIRECT,
        channel=Channel.SMS,
        address="+436641111111",
        recipient="anna",
        alarm_id=None,
        text="hello",
        priority=Priority.NORMAL,
        state=state,
        segments=1,
        attempts=1,
        in_doubt=False,
        route="modem",
        created_at=NOW,
        due_at=NOW,
        expires_at=None,
        **fields,
    )


@pytest.mark.parametrize(
    ("state", "fields", "known"),
    [
        (S.QUEUED, {}, set()),
        (S.ACCEPTED, {}, set()),
        (S.CANCELLED, {}, set()),
        (S.DELIVERED, {}, {ON.DELIVERED}),
        (S.DELIVERED, {"read_at": NOW}, {ON.DELIVERED, ON.READ}),
        (S.FAILED, {}, {ON.FAILED}),
        (S.EXPIRED, {}, {ON.FAILED}),
    ],
)
def test_known_of(state: MessageState, fields: dict[str, Any], known: set[FollowUpOn]) -> None:
    assert known_of(message(state, **fields)) == known


def test_what_is_due_is_taken_away() -> None:
    nexts = tuple(
        NextMessage(on=on, text=on, address=Address(channel=Channel.SMS, value="+43"), recipient=None)
        for on in ON
    )
    entry = OutboxEntry(message=message(S.DELIVERED), follow_ups=nexts)
    now, later = due(entry)
    assert [each.on for each in now] == [ON.DELIVERED]
    assert [each.on for each in later] == [ON.READ, ON.FAILED]
