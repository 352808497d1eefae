"""Whom a step of a policy reaches, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.model import Channel, MessageKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from alert_engine.model import Address, Message, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A person at one address."""

    person: Person
    address: Address = field(repr=False)


def reaches(
    channels: Sequence[Channel],
    persons: Iterable[Person],
    opted_out: Collection[Address],
    carried: Collection[Channel],
) -> tuple[Reach, ...]:
    """How `persons` are told by each of `channels`, each address once; by their first one if there is none.

    An address that has opted out is passed over for the next. Somebody who has none for any of the channels
    is told by the first that is left, unless a call is all that was wanted. Nobody is called where no route
    calls. `carried` are the channels of the routes; none: not known yet.
    """
    all_of_them = [
        Reach(person=person, address=address)
        for person in persons
        for address in _addresses(person, channels, opted_out, carried)
    ]
    order = {channel: place for place, channel in enumerate(channels)}
    found: dict[Address, Reach] = {}
    for reach in sorted(all_of_them, key=lambda each: order.get(each.address.channel, 0)):
        found.setdefault(reach.address, reach)
    return tuple(found.values())


def _addresses(
    person: Person, channels: Sequence[Channel], opted_out: Collection[Address], carried: Collection[Channel]
) -> tuple[Address, ...]:
    """The person's addresses for one step."""
    calls = not carried or Channel.CALL in carried
    left = [a for a in person.addresses if a not in opted_out and (calls or a.channel is not Channel.CALL)]
    named = [next((a for a in left if a.channel is channel), None) for channel in channels]
    found = tuple(address for address in named if address is not None)
    if found or set(channels) == {Channel.CALL}:
        return found
    # A call is better than a way that no route goes.
    left.sort(key=lambda a: (bool(carried) and a.channel not in carried, bool(channels) and _is_call(a)))
    return tuple(left[:1])


def _is_call(address: Address) -> bool:
    return address.channel is Channel.CALL


def is_gone(message: Message, people: Iterable[Person]) -> bool:
    """It is for a person, and its address is nobody's any more. A bare number has no person to lose.

    An answer goes to the phone of the question, also by a channel that is not among the person's addresses.
    """
    if message.recipient is None:
        return False
    known = [address for person in people for address in person.addresses if address.value == message.address]
    is_answer = message.kind is MessageKind.REPLY
    return not any(is_answer or address.channel is message.channel for address in known)


def address_for(person: Person, channel: Channel | None) -> Address | None:
    """The person's preferred address of this kind; of any kind when `channel` is None."""
    return next((a for a in person.addresses if channel is None or a.channel is channel), None)
