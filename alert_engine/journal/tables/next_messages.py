"""How the messages that follow upon another lie in its row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from alert_engine.model import Address, Channel, FollowUpOn
from alert_engine.outbox.entry import NextMessage

if TYPE_CHECKING:
    from collections.abc import Iterable


def from_next_messages(messages: Iterable[NextMessage]) -> str:
    """The column."""
    return json.dumps(
        [
            {
                "on": each.on,
                "text": each.text,
                "channel": each.address.channel,
                "address": each.address.value,
                "recipient": each.recipient,
            }
            for each in messages
        ]
    )


def to_next_messages(column: str) -> tuple[NextMessage, ...]:
    """The inverse."""
    return tuple(
        NextMessage(
            on=FollowUpOn(each["on"]),
            text=each["text"],
            address=Address(channel=Channel(each["channel"]), value=each["address"]),
            recipient=each["recipient"],
        )
        for each in json.loads(column)
    )
