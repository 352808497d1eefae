"""Who wrote: a person, recognised by the full number, or nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.model import Channel
from alert_engine.phone.canonical import canonical_phone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alert_engine.model import Person
    from alert_engine.routes.base import InboundSms

# A number is one phone, whatever is on it: its owner may write by any of these.
_PHONES = frozenset({Channel.SMS, Channel.CALL, Channel.WHATSAPP})


def canonical_sender(message: InboundSms, default_country: str | None) -> str:
    """The sender as E.164 where it is a number, else as the network gave it."""
    if not message.sender_can_be_answered:
        return message.sender
    try:
        return canonical_phone(message.sender, default_country=default_country)
    except ValueError:
        return message.sender


def recognise(message: InboundSms, sender: str, people: Iterable[Person]) -> Person | None:
    """The person with exactly this number. Letters, short codes and withheld senders are nobody.

    Of two who share a number, the one who has it for the channel by which the message came.
    """
    if not message.sender_can_be_answered:
        return None
    found: Person | None = None
    for person in people:
        channels = {address.channel for address in person.addresses if address.value == sender}
        if message.channel in channels:
            return person
        if found is None and channels & _PHONES:
            found = person
    return found
