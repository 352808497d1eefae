"""What is sent after a message, once something is known of it. No follow-up has follow-ups: chains end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from alert_engine.model import Address
from alert_engine.outbox.entry import NextMessage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alert_engine.model import FollowUpOn
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What is sent after each message of a send."""

    on: FollowUpOn
    text: str = field(repr=False)
    to: tuple[tuple[Address, str | None], ...] = field(repr=False)  # none: whoever the message was for


def follow(work: Work, entry: OutboxEntry, planned: Iterable[Planned]) -> OutboxEntry:
    """Remember with a new message what is sent after it, each address once."""
    message = entry.message
    itself = ((Address(channel=message.channel, value=message.address), message.recipient),)
    following = tuple(
        NextMessage(on=each.on, text=each.text, address=address, recipient=recipient)
        for each in planned
        for address, recipient in dict(each.to or itself).items()
    )
    after = replace(entry, follow_ups=following)
    work.save(entry, after)
    return after
