"""Who wrote: a person, recognised by the full number, or nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.model import Channel
from alert_engine.phone.canonical import canonical_phone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alert_engine.model import Person
    from alert_engine.routes.base import InboundSms

_PHONES = frozenset({Channel.SMS, Channel.CALL})


def canonical_sender(message: InboundSms, default_country: str | None) -> str:
    """The sender as E.164 where it is a number, else as the network gave it."""
    if not message.sender_can_be_answered:
        return message.sender
    try:
        return canonical_phone(message.sender, default_country=default_country)
    except ValueError:
        return message.sender


def recognise(message: InboundSms, sender: str, people: Iterable[Person]) -> Person | None:
    """The person with exactly this number. Letters, short codes and withheld senders are nobody."""
    if not message.sender_can_be_answered:
        return None
    return next(
        (
            person
            for person in people
            if any(a.channel in _PHONES and a.value == sender for a in person.addresses)
        ),
        None,
    )
