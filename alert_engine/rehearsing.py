"""Trying things out: what a text would do, and the test of one person."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .errors import InvalidRequestError, RequestReason
from .failpoints import Moment
from .inbound.trying_out import try_out
from .request_checks import MAX_TEXT
from .supervision import loopback, rehearsals

if TYPE_CHECKING:
    from .journal.tables.rehearsals import Rehearsal
    from .ledger import Ledger
    from .model import DryRun


class Rehearsing:
    """Part of the engine's public face: ``engine.rehearsing``."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def dry_run(self, person: str, text: str) -> DryRun:
        """What would happen if this person texted this now. Nothing of it happens, and nothing is counted.

        A PIN or one-time code in it is taken for right, so that nobody can guess at one here.

        Raises:
            UnknownRecipientError: there is no such person.
            InvalidRequestError: the person has no number, or the text is too long.
            JournalError: the journal takes nothing now.
        """
        if len(text) > MAX_TEXT:
            words = f"text: it is longer than {MAX_TEXT} characters"
            raise InvalidRequestError(words, RequestReason.TEXT_TOO_LONG, {"most": str(MAX_TEXT)})
        return await self._ledger.try_out(partial(try_out, person_id=person, text=text))

    async def test_person(self, person: str) -> tuple[Rehearsal, ...]:
        """Test the whole way to a person now, by each of their channels, as the weekly test does.

        What comes of it is in `results`. Returned is the test as it begins: one for each channel.

        Raises:
            UnknownRecipientError: there is no such person.
            InvalidRequestError: a test of this person is under way.
            JournalError: nothing was begun.
        """
        return await self._ledger.commit(Moment.RAISE, partial(rehearsals.begin_now, person_id=person))

    async def loop_back(self, route: str) -> None:
        """Let a route write to its own number now, as it does every few hours.

        What comes of it is in the figures of the supervision.

        Raises:
            InvalidRequestError: its own number is not in the settings.
            JournalError: nothing was written.
        """
        own_number = self._ledger.settings.supervision.of_route(route).own_number
        if own_number is None:
            raise InvalidRequestError(
                f"route: the number of {route} is not known: enter it, then it can write to itself",
                RequestReason.OWN_NUMBER_UNKNOWN,
                {"route": route},
            )
        operation = partial(loopback.send, route=route, own_number=own_number)
        await self._ledger.commit(Moment.SEND, operation)

    async def newest(self) -> tuple[Rehearsal, ...]:
        """The newest result of each person by each channel. Raises JournalError."""
        return await self._ledger.read(lambda tx: tx.rehearsals.newest_of_each())

    async def results(self, person: str | None = None, limit: int = 100) -> tuple[Rehearsal, ...]:
        """Results of tests, the newest first: of one person, or of all. Raises JournalError."""
        return await self._ledger.read(lambda tx: tx.rehearsals.newest(limit, person))
