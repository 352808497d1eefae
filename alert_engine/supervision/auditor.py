"""Looks every minute whether the engine keeps its promises, and puts right what it forgot."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from alert_engine.decisions.alarm_ladder import scheduled
from alert_engine.decisions.auditor import OVERDUE_AFTER, Finding, Neglect, of_alarm, of_held, of_message
from alert_engine.decisions.supervision_alarms import SOURCE, UNDELIVERED
from alert_engine.errors import JournalError
from alert_engine.failpoints import Moment
from alert_engine.model import MessageState, Severity
from alert_engine.operations.advancing import advance
from alert_engine.operations.alarms import come_due
from alert_engine.operations.delivery import Claim, settle
from alert_engine.operations.digests import leave
from alert_engine.operations.timers import end_doubt

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime

    from alert_engine.journal.transaction import Transaction
    from alert_engine.ledger import Ledger
    from alert_engine.work import Work

AUDIT_INTERVAL = 60.0  # seconds
# How long people hear of a promise that was forgotten, in seconds: long enough to be read.
VIOLATION_SHOWN = 3600.0
_BATCH = 200  # of each kind in one round; the rest waits for the next
_MAX_NAMED = 5  # alarms in one text

_LOGGER = logging.getLogger(__name__)

# What was forgotten for good is so at first sight. What is only late may be late for a good reason, such as a
# clock that has just jumped: it is a mistake if it is late in the next round, too.
_AT_FIRST_SIGHT = frozenset({Neglect.NO_NEXT_DUE, Neglect.NO_EXPIRY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one look found."""

    findings: tuple[Finding, ...] = ()
    reached_nobody: tuple[str, ...] = ()  # codes of alarms of which every message failed or expired
    nobody_has: tuple[str, ...] = ()  # of those of which one did and none was taken: others may wait
    cursor: str = ""  # where the next look at quiet alarms begins


@dataclass(slots=True)
class Auditor:
    """Audits, repairs, counts."""

    ledger: Ledger
    in_hand: Callable[[], Collection[str]]  # uids of the messages that routes are sending
    violations: int = 0  # repaired since the start; any of them is a mistake of ours
    last_violation: float | None = None  # monotonic
    last_round: float | None = None  # monotonic; the last one that could look
    reached_nobody: tuple[str, ...] = ()
    nobody_has: tuple[str, ...] = ()
    _suspects: frozenset[Finding] = frozenset()
    _cursor: str = field(default="")

    def is_content(self, now: float) -> bool:
        """It looked not long ago, and there was nothing to put right; `now` is monotonic."""
        if self.last_round is None or now - self.last_round > 2 * AUDIT_INTERVAL:
            return False
        return self.last_violation is None or now - self.last_violation >= AUDIT_INTERVAL

    async def audit(self) -> bool:
        """Look once; whether people are to hear something else now. Raises JournalError: it could not."""
        before = (self.reached_nobody, self.nobody_has, self.violations)
        clock, in_hand = self.ledger.clock, frozenset(self.in_hand())
        found = await self.ledger.read(partial(look, now=clock.now(), in_hand=in_hand, cursor=self._cursor))
        self.reached_nobody, self.nobody_has = found.reached_nobody, found.nobody_has
        self._cursor = found.cursor
        for finding in found.findings:
            if finding.neglect in _AT_FIRST_SIGHT or finding in self._suspects:
                await self._repair(finding)
        self._suspects = frozenset(found.findings)
        self.last_round = clock.monotonic()
        return before != (self.reached_nobody, self.nobody_has, self.violations)

    @property
    def has_failed(self) -> bool:
        """A promise was forgotten not long ago."""
        last = self.last_violation
        return last is not None and self.ledger.clock.monotonic() - last < VIOLATION_SHOWN

    async def _repair(self, finding: Finding) -> None:
        try:
            was_wrong = await self.ledger.commit(Moment.TIMER, partial(repair, finding=finding))
        except JournalError:
            raise
        except Exception:
            # It is counted all the same, and looked at again in a minute.
            _LOGGER.exception("could not be put right: %s", finding)
            was_wrong = True
        if was_wrong:
            self.violations += 1
            self.last_violation = self.ledger.clock.monotonic()
            _LOGGER.error("a promise was forgotten and is kept now: %s. Please report this", finding)


def look(tx: Transaction, now: datetime, in_hand: Collection[str], cursor: str) -> Round:
    """What was forgotten, as far as one round sees."""
    if not tx.audit_rounds.anything(now - OVERDUE_AFTER):
        return Round()
    quiet = tx.audit_rounds.unscheduled(cursor, _BATCH)
    found = (*_of_alarms(tx, now, quiet), *_of_held(tx, now), *_of_messages(tx, now, in_hand))
    itself = (SOURCE, UNDELIVERED)
    return Round(
        findings=tuple(dict.fromkeys(found)),
        reached_nobody=tx.audit_rounds.reached_nobody(itself, _MAX_NAMED + 1),
        nobody_has=tx.audit_rounds.nobody_has(itself, _BATCH),
        cursor=quiet[-1] if len(quiet) == _BATCH else "",
    )


def _of_alarms(tx: Transaction, now: datetime, quiet: Collection[str]) -> Iterator[Finding]:
    late = (alarm.id for alarm in tx.alarms.due(now - OVERDUE_AFTER, _BATCH))
    for alarm_id in (*quiet, *late):
        alarm = tx.alarms.get(alarm_id)
        if alarm is not None and (finding := of_alarm(alarm, now)) is not None:
            yield finding


def _of_held(tx: Transaction, now: datetime) -> Iterator[Finding]:
    for address in tx.held.due(now - OVERDUE_AFTER, _BATCH):
        for item in tx.held.of_address(address):
            if (finding := of_held(item.id, item.due_at, now)) is not None:
                yield finding


def _of_messages(tx: Transaction, now: datetime, in_hand: Collection[str]) -> Iterator[Finding]:
    long_ago = now - OVERDUE_AFTER
    suspects = (
        *tx.messages.in_state(MessageState.IN_FLIGHT),
        *tx.messages.expired(long_ago, _BATCH),
        *tx.messages.doubts_due(long_ago, _BATCH),
        *tx.messages.get_all(tx.audit_rounds.without_expiry(_BATCH)),
    )
    for entry in suspects:
        if (finding := of_message(entry.message, now, in_hand)) is not None:
            yield finding


def repair(work: Work, finding: Finding) -> bool:
    """Do what was forgotten; False if somebody did meanwhile."""
    if finding.neglect in {Neglect.NO_NEXT_DUE, Neglect.ALARM_OVERDUE}:
        return _repair_alarm(work, finding)
    if finding.neglect is Neglect.HELD_OVERDUE:
        return _repair_held(work, finding)
    return _repair_message(work, finding)


def _repair_alarm(work: Work, finding: Finding) -> bool:
    alarm = work.tx.alarms.get(finding.id)
    if alarm is None or not alarm.state.is_open or of_alarm(alarm, work.now) != finding:
        return False
    if finding.neglect is Neglect.NO_NEXT_DUE:
        work.tx.alarms.save(scheduled(alarm, work.now))
    else:
        come_due(work, alarm)
    return True


def _repair_held(work: Work, finding: Finding) -> bool:
    item = work.tx.held.get(finding.id)
    if item is None or of_held(item.id, item.due_at, work.now) != finding:
        return False
    leave(work, item.address)
    return True


def _repair_message(work: Work, finding: Finding) -> bool:
    entries = work.tx.messages.get_all((finding.id,))
    entry = entries[0] if entries else None
    if entry is None or of_message(entry.message, work.now, ()) != finding:
        return False
    message = entry.message
    match finding.neglect:
        case Neglect.NO_EXPIRY:
            life = work.settings.expiry[Severity.NORMAL]
            work.save(entry, entry.changed(expires_at=work.now + life))
        case Neglect.NOT_EXPIRED:
            advance(work, entry, entry.changed(state=MessageState.EXPIRED))
        case Neglect.DOUBT_OVERDUE:
            end_doubt(work, entry)
        case _:
            claimed = Claim(uid=message.uid, attempt=message.attempts, route=message.route or "")
            settle(work, claimed, "the attempt was lost")
    return True
