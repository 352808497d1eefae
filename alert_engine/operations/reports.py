"""Delivery reports and late acceptances: find what they are about; keep reports until it is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions import in_doubt
from alert_engine.decisions.reports import match, noted, state_after, taken_late
from alert_engine.model import MessageState
from alert_engine.phone.canonical import canonical_phone
from alert_engine.routes.base import ReportStatus

from .advancing import advance

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.journal.transaction import Transaction
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.routes.base import InboundReport, LateAcceptance
    from alert_engine.work import Work

# A report may be the answer to a segment whose own answer is still on its way, or was lost in a crash.
KEPT = timedelta(hours=1)

# How long networks try to deliver, and so how late a report may come: three days is the longest in use.
REPORT_LIFE = timedelta(days=3)

_MOST_AWAITED = 500  # references in one round of questions


def receive(work: Work, route: str, report: InboundReport) -> None:
    """Take a delivery report."""
    report = replace(report, address=_canonical(work, report.address))
    if not _apply(work, route, report):
        work.tx.reports.keep(route, report, work.now)


def accept_late(work: Work, route: str, acceptance: LateAcceptance) -> None:
    """A segment was taken although its attempt had ended otherwise: what waits to be sent again need not."""
    address, since = _canonical(work, acceptance.address), work.now - KEPT
    taken = taken_late(
        acceptance,
        work.tx.attempts.doubtful(route, address, since),
        work.tx.attempts.under_way(route, address, since),
    )
    if taken is not None:
        work.tx.attempts.save(taken)
        reconcile(work, taken.message_uid, route)


def awaited(tx: Transaction, *, route: str, now: datetime) -> tuple[str, ...]:
    """What a route may ask its provider about, the newest first."""
    return tx.attempts.awaited(route, now - REPORT_LIFE, _MOST_AWAITED)


def _canonical(work: Work, address: str) -> str:
    """Networks may leave out the plus or the country code of the number that we sent to."""
    try:
        return canonical_phone(address, default_country=work.settings.default_country)
    except ValueError:
        return address


def reconcile(work: Work, uid: str, route: str) -> None:
    """An attempt of this message ended, or its end was corrected: its reports may be here already."""
    for kept in work.tx.reports.kept(route, since=work.now - KEPT):
        if _apply(work, route, kept.report):
            work.tx.reports.remove(kept.id)
    _update_state(work, work.tx.messages.get(uid))


def _apply(work: Work, route: str, report: InboundReport) -> bool:
    """Note the report at its segments; False if it fits none."""
    since = work.now - REPORT_LIFE
    found = match(
        report,
        work.tx.attempts.sent(route, report, since),
        work.tx.attempts.doubtful(route, report.address, since),
        work.tx.attempts.under_way(route, report.address, since),
    )
    if found is None:
        return False
    for segment in found.segments:
        work.tx.attempts.save(noted(segment, report, found.reason))
        if report.opted_out:
            work.tx.consent.stop_route(segment.address, route, work.now)
    read_at = report.reported_at if report.status is ReportStatus.READ else None
    _update_state(
        work, work.tx.messages.get(found.segments[0].message_uid), code=report.code, read_at=read_at
    )
    return True


def _update_state(work: Work, entry: OutboxEntry, *, code: str = "", read_at: datetime | None = None) -> None:
    segments = work.tx.attempts.segments(entry.message.uid, since_attempt=entry.since_attempt)
    state = state_after(entry, segments)
    if state is MessageState.IN_DOUBT:
        after = in_doubt.cleared(entry, segments, work.now, work.settings.delivery)
        advance(work, entry, after or entry)
        return
    reason = entry.message.reason
    if state is MessageState.FAILED and state is not entry.message.state:
        reason = f"the network gave up{f' ({code})' if code else ''}"
    elif state in {MessageState.ACCEPTED, MessageState.DELIVERED}:
        reason = ""
    known = entry.message.read_at or read_at
    advance(work, entry, entry.changed(state=state, reason=reason, read_at=known))
