"""What the journal says of routes and their alarms, and what is done about it: one read, one commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.decisions.supervision_ladder import Loopback
from alert_engine.model import AlarmClear, AlarmRaise
from alert_engine.operations.alarms import clear, raise_alarm
from alert_engine.operations.returning import is_clock_behind
from alert_engine.operations.route_facts import used_today

from . import credit, loopback, rehearsals

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from alert_engine.decisions.supervision_alarms import Changes, Fault
    from alert_engine.journal.tables.proofs import CreditRecord
    from alert_engine.journal.transaction import Transaction
    from alert_engine.model import Person, Severity
    from alert_engine.settings import EngineSettings
    from alert_engine.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFacts:
    """What the journal knows of a route."""

    loopback: Loopback | None = None
    delivered_at: datetime | None = None
    answered_at: datetime | None = None
    credit: CreditRecord | None = None
    budget: int | None = None  # segments or calls a day; None: nobody counts
    used_today: int = 0  # of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the journal knows of everything that is watched."""

    routes: Mapping[str, RouteFacts]
    known: Mapping[str, Severity]  # alarms of the engine that are on, by key
    overdue: Mapping[str, Fault]  # people who have not answered
    due: tuple[Person, ...]  # whose test has come due
    unanswered: bool  # tests that nobody will answer any more
    is_clock_behind: bool  # it shows less than when the gateway was last there


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What is to be done now."""

    changes: Changes
    loopbacks: tuple[tuple[str, str], ...] = ()  # route and its own number
    credit_by_sms: tuple[str, ...] = ()  # routes
    credit_asked: tuple[str, ...] = ()  # routes that are being asked
    rehearsals: tuple[Person, ...] = ()
    end_rehearsals: bool = False

    def __bool__(self) -> bool:
        """There is something to do."""
        to_send = self.loopbacks or self.credit_by_sms or self.credit_asked
        return bool(self.changes or to_send or self.rehearsals or self.end_rehearsals)


def recorded(
    tx: Transaction, *, routes: Collection[str], settings: EngineSettings, now: datetime
) -> Recorded:
    """Look into the journal."""
    return Recorded(
        routes={name: _facts(tx, name, settings, now) for name in routes},
        known={each.key: each.severity for each in tx.alarms.open_of_source(SOURCE) if each.is_active},
        overdue=dict(rehearsals.overdue(tx, settings, now)),
        due=rehearsals.due_people(tx, settings, now),
        unanswered=rehearsals.any_unanswered(tx, now),
        is_clock_behind=is_clock_behind(tx, now),
    )


def do(work: Work, duties: Duties) -> None:
    """Do what is to be done, in one commit."""
    wanted = work.settings.supervision
    for key, fault in duties.changes.raises.items():
        request = AlarmRaise(
            source=SOURCE,
            key=key,
            severity=fault.severity,
            title=fault.title,
            text=fault.text,
            policy=wanted.policy,
        )
        raise_alarm(work, request)
    for key in duties.changes.clears:
        clear(work, AlarmClear(source=SOURCE, key=key))
    for name, own_number in duties.loopbacks:
        loopback.send(work, name, own_number)
    for name in duties.credit_by_sms:
        if (request_by_sms := wanted.of_route(name).credit_request) is not None:
            credit.ask_by_sms(work, name, request_by_sms)
    for name in duties.credit_asked:
        credit.asked(work, name)
    if duties.end_rehearsals:
        rehearsals.end_unanswered(work)
    for person in duties.rehearsals:
        rehearsals.begin(work, person)


def _facts(tx: Transaction, name: str, settings: EngineSettings, now: datetime) -> RouteFacts:
    sent = tx.proofs.newest_loopback(name)
    own_number = settings.supervision.of_route(name).own_number or ""
    return RouteFacts(
        loopback=None
        if sent is None
        else Loopback(sent_at=sent.sent_at, returned_at=sent.returned_at, attempted=sent.attempted),
        delivered_at=tx.proofs.newest_delivered(name, own_number),
        answered_at=tx.rehearsals.newest_answer(name),
        credit=tx.proofs.credit(name),
        budget=settings.budgets.get(name),
        used_today=used_today(tx, name, settings, now),
    )
