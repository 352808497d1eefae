"""Who is on call now, with what the journal knows of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.authorisation import FAILURE_SPAN, LOCK_OUT, locked_out_until
from alert_engine.decisions.roster import View, name_now, person_now
from alert_engine.model import Channel, Roster

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.journal.transaction import Transaction
    from alert_engine.model import Person, Severity
    from alert_engine.settings import EngineSettings

_PHONES = frozenset({Channel.SMS, Channel.CALL, Channel.WHATSAPP})


def roster(
    tx: Transaction, *, settings: EngineSettings, at: datetime, now: datetime, severity: Severity
) -> Roster:
    """Everybody `at` a moment. Opt-outs and lock-outs are those of `now`."""
    directory = settings.directory
    view = View(
        directory=directory,
        zone=settings.time_zone,
        severity=severity,
        opted_out=tx.consent.addresses(),
    )
    return Roster(
        at=at,
        severity=severity,
        names=(
            *(name_now(view, each, at) for each in directory.on_calls),
            *(name_now(view, each, at) for each in directory.groups),
        ),
        people=tuple(
            person_now(view, person, at, locked_out_until=_locked_out(tx, person, now))
            for person in directory.people
        ),
        commands_off_since=tx.commands.off_since(),
    )


def _locked_out(tx: Transaction, person: Person, now: datetime) -> datetime | None:
    numbers = {address.value for address in person.addresses if address.channel in _PHONES}
    ends = (
        locked_out_until(tx.commands.failures_of(number, since=now - LOCK_OUT - FAILURE_SPAN), now)
        for number in numbers
    )
    return max((end for end in ends if end is not None), default=None)
