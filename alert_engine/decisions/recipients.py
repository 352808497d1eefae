"""Whom a step of a policy reaches, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alert_engine.model import Address, Channel, Message, Person, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A person at one address."""

    person: Person
    address: Address = field(repr=False)


def reached(steps: Iterable[Step], people: Sequence[Person]) -> tuple[Reach, ...]:
    """Everybody whom `steps` tell, each address once; by the preferred one where a step names no channel.

    A person who is not there any more is skipped; when none of a step's people is left, everybody is told
    instead: better the wrong person than nobody.
    """
    found: dict[Address, Reach] = {}
    for step in steps:
        named = [person for person in people if person.id in step.notify]
        for channel in step.channels or (None,):
            for person in named or people:
                if (address := address_for(person, channel)) is not None:
                    found.setdefault(address, Reach(person=person, address=address))
    return tuple(found.values())


def is_gone(message: Message, people: Iterable[Person]) -> bool:
    """It is for a person, and its address is nobody's any more. A bare number has no person to lose."""
    known = {(address.channel, address.value) for person in people for address in person.addresses}
    return message.recipient is not None and (message.channel, message.address) not in known


def address_for(person: Person, channel: Channel | None) -> Address | None:
    """The person's preferred address of this kind; of any kind when `channel` is None."""
    return next((a for a in person.addresses if channel is None or a.channel is channel), None)
