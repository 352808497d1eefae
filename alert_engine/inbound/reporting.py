"""Whoever looks after the gateway hears of each command that needed proof, by another way than it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.routing import pick
from alert_engine.model import Authorisation, MessageKind, Priority, Severity
from alert_engine.operations.messages import Draft, write

if TYPE_CHECKING:
    from alert_engine.model import Address, Person
    from alert_engine.work import Work

    from .letter import Letter

_PROOFS = {Authorisation.PIN: "PIN", Authorisation.TOTP: "TOTP", Authorisation.CHALLENGE: "SMS"}


def report(work: Work, letter: Letter, person: Person, words: str, proof: Authorisation) -> None:
    """Tell all admins. The phone that commanded gets an answer anyway."""
    for admin in work.settings.people:
        address = _another_way(work, admin, letter.route)
        if not admin.is_admin or address is None or address.value == letter.sender:
            continue
        speaker = work.speaker(admin, channel=address.channel)
        text = speaker.texts.used.format(
            who=person.name, command=words, time=speaker.time(work.now), proof=_PROOFS.get(proof, proof)
        )
        draft = Draft(
            kind=MessageKind.DIRECT,
            address=address,
            recipient=admin.id,
            text=text,
            priority=Priority.HIGH,
            expires_at=work.now + work.settings.expiry[Severity.HIGH],
        )
        write(work, draft)


def _another_way(work: Work, admin: Person, route: str) -> Address | None:
    """The first address that another route serves; if there is none, the first of all."""
    served = (
        address
        for address in admin.addresses
        if pick(address.channel, (route,), work.routes).route not in {None, route}
    )
    return next(served, next(iter(admin.addresses), None))
