"""What people prove themselves with, who wants no messages, and what was commanded."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.errors import RequestReason, UnknownRecipientError
from alert_engine.failpoints import Moment
from alert_engine.model import AlarmClear
from alert_engine.operations.alarms import clear
from alert_engine.operations.opt_outs import take_all_back
from alert_engine.phone.canonical import canonical_phone
from gsm_driver import in_own_thread

from .authorising import SWITCHED_OFF_KEY
from .one_time_codes import KEY_BYTES, provisioning_uri
from .pins import check_pin, hash_pin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from alert_engine.ids import IdSource
    from alert_engine.journal.tables.audit import AuditEntry
    from alert_engine.journal.tables.consent import OptOut
    from alert_engine.ledger import Ledger
    from alert_engine.work import Work

ISSUER = "Alert Gateway"


class Access:
    """Part of the engine's public face: ``engine.access``.

    `by` is always who did it, for the audit: a person id, or "home_assistant:<user>".
    """

    def __init__(self, ledger: Ledger, ids: IdSource) -> None:
        self._ledger = ledger
        self._ids = ids

    async def set_pin(self, person: str, pin: str, *, by: str) -> None:
        """Give a person a PIN of 6 to 12 digits; an earlier one is void.

        Raises:
            UnknownRecipientError: there is no such person.
            InvalidRequestError: it is no PIN, or one that everybody would guess.
            JournalError: nothing was changed.
        """
        self._check(person)
        check_pin(pin)
        hashed = await in_own_thread(hash_pin, pin, self._ids.draw)
        await self._commit("pin_set", person, by, lambda work: work.tx.secrets.set_pin(person, hashed))

    async def set_totp(self, person: str, *, by: str) -> str:
        """Give a person a new key for one-time codes; returned is what the QR code for the app must say.

        It is shown this once. An earlier key is void.

        Raises:
            UnknownRecipientError: there is no such person.
            JournalError: nothing was changed.
        """
        name = self._check(person)
        key = bytes(self._ids.draw(256) for _ in range(KEY_BYTES))
        await self._commit("totp_set", person, by, lambda work: work.tx.secrets.set_totp(person, key))
        return provisioning_uri(key, name, ISSUER)

    async def clear_secrets(self, person: str, *, by: str) -> None:
        """Forget PIN and key of a person, also of one who is not there any more. Raises JournalError."""
        await self._commit("secrets_cleared", person, by, lambda work: work.tx.secrets.clear(person))

    async def enable_commands(self, *, by: str) -> None:
        """Take commands that need proof again, and forget all failures and lock-outs. Raises JournalError."""
        await self._commit("commands_switched_on", "-", by, _switch_on)

    async def commands_off_since(self) -> datetime | None:
        """Since when commands that need proof are not taken: somebody guesses. Raises JournalError."""
        return await self._ledger.read(lambda tx: tx.commands.off_since())

    async def allow(self, recipient: str, *, by: str) -> int:
        """Providers are believed no more that this person or number told them to stop; from how many it was.

        What somebody wrote to the gateway itself stands: only START undoes it.

        Raises:
            UnknownRecipientError: it is neither a person nor a phone number.
            JournalError: nothing was changed.
        """
        person = self._ledger.settings.person(recipient)
        known = [each.value for each in person.addresses] if person else [self._number(recipient)]
        operation = partial(_allow, addresses=known, subject=person.id if person else "-", by=by)
        return await self._ledger.commit(Moment.ACKNOWLEDGE, operation)

    async def opted_out(self) -> tuple[OptOut, ...]:
        """Everybody who said STOP and not START since, the first first. Raises JournalError."""
        return await self._ledger.read(lambda tx: tx.consent.all())

    async def audit(self, limit: int = 100) -> tuple[AuditEntry, ...]:
        """The newest entries of the audit, the newest first. Raises JournalError."""
        return await self._ledger.read(lambda tx: tx.audit.newest(limit))

    async def verify_audit(self) -> int | None:
        """The number of the first entry that was changed or is missing; None: all is well.

        Raises:
            JournalError: the journal cannot be read.
        """
        return await self._ledger.read(lambda tx: tx.audit.first_broken())

    def _number(self, number: str) -> str:
        try:
            return canonical_phone(number, default_country=self._ledger.settings.default_country)
        except ValueError as error:
            text = f"neither a person nor a phone number: {error}"
            raise UnknownRecipientError(text, RequestReason.PERSON_OR_NUMBER) from error

    def _check(self, person: str) -> str:
        known = self._ledger.settings.person(person)
        if known is None:
            text = "person: there is no person with this id"
            raise UnknownRecipientError(text, RequestReason.PERSON_UNKNOWN)
        return known.name

    async def _commit(self, action: str, subject: str, by: str, change: Callable[[Work], object]) -> None:
        operation = partial(_change, action=action, subject=subject, by=by, change=change)
        await self._ledger.commit(Moment.ACKNOWLEDGE, operation)


def _change(work: Work, *, action: str, subject: str, by: str, change: Callable[[Work], object]) -> None:
    change(work)
    work.tx.audit.add(work.now, by, action, subject)


def _allow(work: Work, *, addresses: Sequence[str], subject: str, by: str) -> int:
    lifted = take_all_back(work, addresses)
    if lifted:
        work.tx.audit.add(work.now, by, "opted_in_there", subject)
    return lifted


def _switch_on(work: Work) -> None:
    work.tx.commands.switch_on()
    clear(work, AlarmClear(source=SOURCE, key=SWITCHED_OFF_KEY))
