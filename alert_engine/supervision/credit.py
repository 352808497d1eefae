"""What is left on a SIM or an account: asked for once a day, before it is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.credit import amount_in
from alert_engine.journal.tables.proofs import CreditRecord
from alert_engine.model import Address, Channel, MessageKind, Priority
from alert_engine.operations.messages import Draft, write

if TYPE_CHECKING:
    from alert_engine.routes.base import Credit, InboundSms
    from alert_engine.work import Work

    from .settings import CreditRequest

# How long an answer by SMS may take; a later one is of another day.
ANSWER_LIMIT = timedelta(hours=1)


def asked(work: Work, route: str) -> None:
    """Note that the route is being asked: whatever comes of it, not again for a while."""
    work.tx.proofs.put_credit(_known(work, route))


def ask_by_sms(work: Work, route: str, request: CreditRequest) -> None:
    """Write the question into the outbox, for this route and no other."""
    asked(work, route)
    write(
        work,
        Draft(
            kind=MessageKind.TEST,
            address=Address(channel=Channel.SMS, value=request.number),
            recipient=None,
            text=request.text,
            priority=Priority.NORMAL,
            expires_at=work.now + ANSWER_LIMIT,
            only_route=route,
        ),
    )


def told(work: Work, route: str, credit: Credit) -> None:
    """Note the answer of a route."""
    record = replace(_known(work, route), amount=credit.amount, currency=credit.currency, told_at=work.now)
    work.tx.proofs.put_credit(record)


def hear(work: Work, route: str, message: InboundSms) -> None:
    """Note the answer, if this is one. It stays an inbound message like any other."""
    request = work.settings.supervision.of_route(route).credit_request
    known = work.tx.proofs.credit(route)
    if request is None or known is None or message.sender != request.number:
        return
    amount = amount_in(message.text, request.pattern)
    if amount is not None and work.now - known.asked_at <= ANSWER_LIMIT:
        work.tx.proofs.put_credit(replace(known, amount=amount, told_at=work.now))


def _known(work: Work, route: str) -> CreditRecord:
    known = work.tx.proofs.credit(route)
    return (
        CreditRecord(route=route, asked_at=work.now) if known is None else replace(known, asked_at=work.now)
    )
