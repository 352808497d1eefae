"""Deliberate mistakes, each built into a gateway process to see that the checker finds it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from alert_engine.failpoints import Moment
from alert_engine.inbound import reception
from alert_engine.journal.committing import Committer
from alert_engine.journal.jobs import run_in_savepoint
from alert_engine.journal.transaction import Transaction
from alert_engine.ledger import Ledger
from alert_engine.operations import delivery, recovery
from alert_engine.routes.base import SegmentState
from alert_engine.routes.gsm_modem import GsmModemRoute
from gsm_driver import ReceivedSms

if TYPE_CHECKING:
    from collections.abc import Callable


class Flaw(StrEnum):
    """A mistake that a crash turns into harm."""

    ANSWERS_BEFORE_COMMIT = "answers_before_commit"  # the intake is told while the commit still gathers
    COMMITS_AFTER_SEND = "commits_after_send"  # what left is written down when the whole message is through
    DELETES_BEFORE_COMMIT = "deletes_before_commit"  # an SMS leaves the SIM before it is in the journal
    FORGETS_FINGERPRINTS = "forgets_fingerprints"  # a repeated SMS is taken for a new one
    RESENDS_ON_RESTART = "resends_on_restart"  # what was in flight is sent again without a look


def build_in(flaw: Flaw) -> None:
    """Change the classes of this process, which is about to die anyway."""
    _BUILDERS[flaw]()


def _answers_before_commit() -> None:
    """A group commit that tells before it commits: each commit waits for the third batch."""
    batches = itertools.count(1)

    def gather(self: Committer, batch: list[Any]) -> None:
        connection = self._connection
        if not connection.in_transaction:
            connection.execute("BEGIN IMMEDIATE")
        for job in batch:
            run_in_savepoint(connection, Transaction(connection), job)
        if next(batches) % 3 == 0:
            connection.execute("COMMIT")

    Committer.commit = gather  # type: ignore[method-assign]


def _commits_after_send() -> None:
    commit = Ledger.commit

    async def later(self: Ledger, moment: Moment, operation: Callable[[Any], Any]) -> Any:
        if moment in {Moment.SUBMITTED, Moment.ACCEPTED}:
            return None
        return await commit(self, moment, operation)

    Ledger.commit = later  # type: ignore[method-assign]


def _deletes_before_commit() -> None:
    hand_in = GsmModemRoute._hand_in_one

    async def delete_first(self: GsmModemRoute, sink: Any, event: Any) -> None:
        if isinstance(event, ReceivedSms):
            await self._accept(event)
        await hand_in(self, sink, event)

    GsmModemRoute._hand_in_one = delete_first  # type: ignore[method-assign]


def _forgets_fingerprints() -> None:
    numbers = itertools.count()
    fingerprint = reception._fingerprint
    reception._fingerprint = lambda *given: f"{fingerprint(*given)}{next(numbers)}{id(numbers)}"


def _resends_on_restart() -> None:
    def settle(work: Any, claimed: Any, reason: str) -> bool:
        for segment in work.tx.attempts.segments(claimed.uid, since_attempt=0):
            work.tx.attempts.save(replace(segment, state=SegmentState.QUEUED))
        return delivery.settle(work, claimed, reason)

    recovery.settle = settle  # type: ignore[attr-defined]


_BUILDERS: dict[Flaw, Callable[[], None]] = {
    Flaw.ANSWERS_BEFORE_COMMIT: _answers_before_commit,
    Flaw.COMMITS_AFTER_SEND: _commits_after_send,
    Flaw.DELETES_BEFORE_COMMIT: _deletes_before_commit,
    Flaw.FORGETS_FINGERPRINTS: _forgets_fingerprints,
    Flaw.RESENDS_ON_RESTART: _resends_on_restart,
}
