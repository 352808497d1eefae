"""An SMS of a route to its own number: the one proof of the whole way that needs nobody."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.journal.tables.proofs import LoopbackRecord
from alert_engine.model import Address, Channel, MessageKind, Priority
from alert_engine.operations.messages import Draft, write

if TYPE_CHECKING:
    from alert_engine.routes.base import InboundSms
    from alert_engine.work import Work

# One that waits longer behind other messages would say more about the queue than about the route.
SENDING_LIMIT = timedelta(minutes=5)

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without what is read in two ways
_LENGTH = 10
_TEXT = re.compile(rf"Alert Gateway loop ([{_ALPHABET}]{{{_LENGTH}}})")


def send(work: Work, route: str, own_number: str) -> None:
    """Write one into the outbox, for this route and no other."""
    nonce = "".join(_ALPHABET[work.ids.draw(len(_ALPHABET))] for _ in range(_LENGTH))
    entry = write(
        work,
        Draft(
            kind=MessageKind.TEST,
            address=Address(channel=Channel.SMS, value=own_number),
            recipient=None,
            text=f"Alert Gateway loop {nonce}",
            priority=Priority.NORMAL,
            expires_at=work.now + SENDING_LIMIT,
            only_route=route,
        ),
    )
    record = LoopbackRecord(nonce=nonce, route=route, message_uid=entry.message.uid, sent_at=work.now)
    work.tx.proofs.add_loopback(record)


def take_back(work: Work, message: InboundSms) -> bool:
    """Whether it is one of ours that came back: then it is never a command, and never answered."""
    found = _TEXT.fullmatch(message.text.strip())
    return found is not None and work.tx.proofs.returned(found[1], work.now)
