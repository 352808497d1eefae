"""The slow half of a PIN: compared in a thread of its own, before the commit that decides on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gsm_driver import in_own_thread

from .authorising import pin_in_question
from .grammar import read
from .letter import open_letter
from .pins import matches

if TYPE_CHECKING:
    from alert_engine.ledger import Ledger
    from alert_engine.routes.base import InboundSms


@dataclass(frozen=True, slots=True, kw_only=True)
class PinCheck:
    """What came of it."""

    person: str
    salt: bytes = field(repr=False)  # of the PIN that it was compared with: it may be replaced meanwhile
    matches: bool


async def check_pin(ledger: Ledger, route: str, message: InboundSms) -> PinCheck | None:
    """Compare, if the message has digits that may be a PIN and its sender has one and is not locked out.

    Raises:
        JournalError: the journal cannot be read.
    """
    settings, now = ledger.settings, ledger.clock.now()
    letter = open_letter(settings, route, message)
    proof = read(message.text, settings.commands).proof if letter.may_command else ""
    if letter.person is None or not proof:
        return None
    person, sender = letter.person.id, letter.sender
    known = await ledger.read(lambda tx: pin_in_question(tx, person, sender, now))
    if known is None:
        return None
    found = await in_own_thread(matches, proof, known)
    return PinCheck(person=person, salt=known.salt, matches=found)
