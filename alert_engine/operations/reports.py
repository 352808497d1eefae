"""Delivery reports and late acceptances: find what they are about; keep reports until it is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions import in_doubt
from alert_engine.decisions.outcome import after_refusal
from alert_engine.decisions.reports import match, noted, state_after, taken_late
from alert_engine.model import AlarmState, MessageKind, MessageState
from alert_engine.phone.canonical import canonical_phone
from alert_engine.routes.base import ErrorClass, Rejected, ReportStatus

from . import opt_outs
from .advancing import advance
from .proof import watch_again

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.journal.transaction import Transaction
    from alert_engine.model import Alarm
    from alert_engine.outbox.entry import OutboxEntry, Segment
    from alert_engine.routes.base import InboundReport, LateAcceptance
    from alert_engine.work import Work

# A report may be the answer to a segment whose own answer is still on its way, or was lost in a crash.
KEPT = timedelta(hours=1)

# How long networks try to deliver, and so how late a report may come: three days is the longest in use.
REPORT_LIFE = timedelta(days=3)

_ARRIVED = frozenset({ReportStatus.DELIVERED, ReportStatus.READ})

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
        work.tx.attempts.doubtful_of(route, report),
    )
    if found is None:
        return False
    for segment in found.segments:
        after = noted(segment, report, found.reason)
        work.tx.attempts.save(after)
        if after.report is not segment.report:  # a repeat says nothing about today
            _note_consent(work, segment, report)
    read_at = report.reported_at if report.status is ReportStatus.READ else None
    _update_state(
        work, work.tx.messages.get(found.segments[0].message_uid), code=report.code, read_at=read_at
    )
    return True


def _note_consent(work: Work, segment: Segment, report: InboundReport) -> None:
    """A provider may say only now that it was told to stop; what arrives shows that it was told to start."""
    if report.opted_out:
        opt_outs.note(work, segment.address, segment.route)
    elif report.status in _ARRIVED:
        opt_outs.take_back(work, segment.address, segment.route, sent_at=segment.changed_at)


def _update_state(work: Work, entry: OutboxEntry, *, code: str = "", read_at: datetime | None = None) -> None:
    segments = work.tx.attempts.segments(entry.message.uid, since_attempt=entry.since_attempt)
    state = state_after(entry, segments)
    if state is MessageState.IN_DOUBT:
        after = in_doubt.cleared(entry, segments, work.now, work.settings.delivery)
        advance(work, entry, after or entry)
        return
    if state is MessageState.FAILED and state is not entry.message.state:
        _give_up(work, entry, f"the network gave up{f' ({code})' if code else ''}")
        return
    is_taken = state in {MessageState.ACCEPTED, MessageState.DELIVERED}
    known = entry.message.read_at or read_at
    reason = "" if is_taken else entry.message.reason
    advance(work, entry, entry.changed(state=state, reason=reason, read_at=known))


def _give_up(work: Work, entry: OutboxEntry, reason: str) -> None:
    """It did not arrive. If its provider was told to stop, it is as if that had been said at once."""
    message = entry.message
    failed = entry.changed(state=MessageState.FAILED, reason=reason)
    is_raise = message.kind is MessageKind.RAISE and message.alarm_id is not None
    alarm = work.tx.alarms.get(message.alarm_id or "") if is_raise else None
    if (message.route or "") not in work.tx.consent.stopped_routes(message.address) or (
        alarm is not None and alarm.state is not AlarmState.RAISED
    ):
        advance(work, entry, failed)
    elif alarm is not None and _has_next_way(alarm, failed):
        advance(work, entry, failed)
        watch_again(work, alarm, failed)
    else:
        advance(work, entry, _elsewhere(work, entry, reason))


def _has_next_way(alarm: Alarm, entry: OutboxEntry) -> bool:
    """Its policy tells its person by the next way when it fails."""
    is_watched = alarm.policy.fallback_after is not None and not alarm.is_test
    return is_watched and entry.message.recipient is not None


def _elsewhere(work: Work, entry: OutboxEntry, reason: str) -> OutboxEntry:
    """By the next route, from the beginning; failed, if none is left."""
    route = entry.message.route or ""
    refused = Rejected(error_class=ErrorClass.RECIPIENT, reason=reason, opted_out=True)
    after = after_refusal(
        entry,
        route,
        refused,
        work.now,
        work.settings.delivery,
        alternative=entry.only_route is None and opt_outs.has_another_route(work, entry, route),
    ).entry
    return replace(after, since_attempt=after.message.attempts + 1)
