"""The life of one attempt: chosen, claimed, told of, ended.

The order of the commits is the promise: *in flight* before the route is touched, *submitted* before the
last byte of a segment leaves, and the outcome before anything else is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from alert_engine.decisions import in_doubt
from alert_engine.decisions.outcome import Next, OutcomeReason, after_refusal, not_carried
from alert_engine.decisions.recipients import is_gone
from alert_engine.decisions.routing import pick
from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.model import AlarmRaise, Channel, MessageState, Severity
from alert_engine.routes.base import (
    Accepted,
    ErrorClass,
    OutboundMessage,
    Rejected,
    SegmentProgress,
    SegmentState,
    Unknown,
)

from . import opt_outs, route_facts
from .advancing import advance
from .alarms import raise_alarm
from .effects import readdress
from .reports import reconcile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from alert_engine.decisions.routing import RouteView
    from alert_engine.journal.transaction import Transaction
    from alert_engine.outbox.entry import OutboxEntry, Segment
    from alert_engine.routes.base import Outcome
    from alert_engine.settings import EngineSettings
    from alert_engine.work import Work


_UNWRITABLE = "the gateway could not write down what became of it"
# How long people hear of a defect of ours: long enough to be read.
_DEFECT_SHOWN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An attempt: from its commit as in flight on, the route may be touched."""

    uid: str
    attempt: int
    route: str


def candidate(
    tx: Transaction, route: str, routes: Sequence[RouteView], settings: EngineSettings, now: datetime
) -> OutboxEntry | datetime | None:
    """The next message for `route`; or when the next one comes due; or None if none waits.

    What one route sends about itself proves it, and is not refused by its budget or credit.
    """
    known = route_facts.known(tx, routes, settings, now)
    by_reserve = route_facts.told_by_reserve(tx, known)
    carried = next((each.channels for each in known if each.name == route), frozenset())
    for entry in tx.messages.queue(now, carried):
        if entry.only_route not in {None, route} or entry.expired(now):
            continue
        urgent = entry.is_urgent or entry.message.alarm_id in by_reserve
        if entry.only_route or _choice(tx, entry, known, urgent=urgent) == route:
            return entry
    return tx.messages.next_due(now)


def _choice(tx: Transaction, entry: OutboxEntry, routes: Sequence[RouteView], *, urgent: bool) -> str | None:
    channel = entry.message.channel
    excluded = {*entry.excluded, *tx.consent.stopped_routes(entry.message.address)}
    preferred = entry.preferred_route
    return pick(channel, entry.given_up, routes, excluded=excluded, preferred=preferred, urgent=urgent).route


def outbound(entry: OutboxEntry, now: datetime) -> OutboundMessage:
    """The message as a route is given it, all segments."""
    message = entry.message
    return OutboundMessage(
        uid=message.uid,
        channel=message.channel,
        address=message.address,
        text=message.text,
        priority=message.priority,
        plain=entry.plain,
        flash=entry.flash,
        validity=None if message.expires_at is None else message.expires_at - now,
        concat_reference=entry.concat_reference,
        media=entry.media,
        data=entry.data,
    )


def claim(work: Work, wanted: Claim, planned: int) -> OutboundMessage | None:
    """Commit the message as in flight, in `planned` segments; None if it must not be sent now."""
    entry = work.tx.messages.get(wanted.uid)
    if not _can_begin(entry, wanted) or entry.expired(work.now):
        return None
    if is_gone(entry.message, work.settings.people):
        readdress(work, entry)
        return None
    same_split = planned == entry.message.segments
    since = entry.since_attempt if same_split else wanted.attempt
    segments = work.tx.attempts.segments(wanted.uid, since_attempt=since)
    to_send = in_doubt.segments_to_send(planned, wanted.route, segments)
    in_flight = replace(entry, since_attempt=since).changed(
        state=MessageState.IN_FLIGHT, route=wanted.route, attempts=wanted.attempt, segments=planned
    )
    work.save(entry, in_flight)
    work.tx.attempts.begin(in_flight.message, wanted.route, to_send or range(planned), work.now)
    return replace(
        outbound(in_flight, work.now),
        segments_to_send=to_send,
        heard_at=_heard_at(work, in_flight),
        first_tried_at=work.tx.attempts.first_tried(wanted.uid, wanted.route),
    )


def _heard_at(work: Work, entry: OutboxEntry) -> datetime | None:
    """When the address last wrote by WhatsApp to this route's number; other channels have no such window."""
    if entry.message.channel is not Channel.WHATSAPP:
        return None
    return work.tx.inbound.last_heard(entry.message.address, Channel.WHATSAPP, entry.message.route or "")


def _can_begin(entry: OutboxEntry, wanted: Claim) -> bool:
    """It waits, and is still the one that was looked at."""
    message = entry.message
    return message.state is MessageState.QUEUED and message.attempts + 1 == wanted.attempt


def refuse(work: Work, uid: str, route: str, refused: Rejected) -> None:
    """The route cannot even plan the message: as if it had refused it, without an attempt."""
    entry = work.tx.messages.get(uid)
    if entry.message.state is not MessageState.QUEUED:
        return
    if entry.is_special and refused.error_class is ErrorClass.MESSAGE:
        advance(work, entry, not_carried(entry, route, refused, work.now))
    else:
        advance(work, entry, _after_refusal(work, entry, route, refused).entry)


def progress(work: Work, claimed: Claim, told: SegmentProgress) -> None:
    """Journal how far a segment is."""
    for segment in _segments(work, claimed):
        if segment.segment == told.segment:
            work.tx.attempts.save(
                replace(segment, state=told.state, reference=told.reference, changed_at=work.now)
            )


def end(work: Work, claimed: Claim, outcome: Outcome) -> timedelta | None:
    """Journal what the route said of the attempt. Returned is how long the route must rest, if it must."""
    entry = _in_flight(work, claimed)
    if entry is None:
        return None
    segments = _segments(work, claimed)
    match outcome:
        case Accepted():
            _mark(work, segments, SegmentState.ACCEPTED, outcome.reference)
            accepted = replace(entry, refusals=0).changed(state=MessageState.ACCEPTED, reason="")
            after = Next(entry=accepted, reason=OutcomeReason.ACCEPTED)
        case Rejected():
            _note_refusal(work, segments, outcome)
            after = _after_refusal(work, entry, claimed.route, outcome)
        case Unknown():
            if all(segment.state is SegmentState.QUEUED for segment in segments):  # it tells no progress
                _mark(work, segments, SegmentState.SUBMITTED)
            after = in_doubt.opened(entry, outcome.reason, work.now, work.settings.delivery)
        case _:
            assert_never(outcome)
    _finish(work, claimed, entry, after, refused=outcome if isinstance(outcome, Rejected) else None)
    return after.rest


def settle(work: Work, claimed: Claim, reason: str) -> bool:
    """The attempt ended without an outcome: its segments say what that means. True: nothing can have left."""
    entry = _in_flight(work, claimed)
    if entry is None:
        return False
    after = in_doubt.settled(entry, _segments(work, claimed), reason, work.now, work.settings.delivery)
    _finish(work, claimed, entry, after)
    return after.entry.message.state is not MessageState.IN_DOUBT


def give_up(work: Work, uid: str) -> None:
    """What came of a message cannot be written: it has failed, and nothing else is touched."""
    entry = work.tx.messages.get(uid)
    if not entry.message.state.is_final:
        work.save(entry, entry.changed(state=MessageState.FAILED, reason=_UNWRITABLE))


def report_defect(work: Work) -> None:
    """People hear that a message was given up."""
    if work.settings.supervision.raises_alarms:
        request = AlarmRaise(
            source=SOURCE,
            key="outbox",
            severity=Severity.HIGH,
            title="a message was given up",
            text=f"{_UNWRITABLE}: report this with the log",
            policy=work.settings.supervision.policy,
            ttl=_DEFECT_SHOWN,
        )
        raise_alarm(work, request)


def _in_flight(work: Work, claimed: Claim) -> OutboxEntry | None:
    """The claimed message, if its attempt is still open."""
    entry = work.tx.messages.get(claimed.uid)
    message = entry.message
    if message.state is not MessageState.IN_FLIGHT:
        return None
    return entry if (message.attempts, message.route or "") == (claimed.attempt, claimed.route) else None


def _segments(work: Work, claimed: Claim) -> tuple[Segment, ...]:
    return work.tx.attempts.segments(claimed.uid, since_attempt=claimed.attempt)


def _note_refusal(work: Work, segments: Sequence[Segment], refused: Rejected) -> None:
    """What was submitted in this attempt was refused: it is not in doubt, unless that is not certain."""
    if refused.certain:
        _mark(work, segments, SegmentState.QUEUED)
    else:
        for segment in segments:  # it keeps the time when it left: by that it is known again
            if segment.state is SegmentState.SUBMITTED:
                work.tx.attempts.save(replace(segment, state=SegmentState.REFUSED))


def _mark(work: Work, segments: Sequence[Segment], state: SegmentState, reference: str = "") -> None:
    """Set all segments that were not accepted."""
    for segment in segments:
        if segment.state is not SegmentState.ACCEPTED:
            marked = replace(segment, state=state, reference=reference, changed_at=work.now)
            work.tx.attempts.save(marked)


def _after_refusal(work: Work, entry: OutboxEntry, route: str, refused: Rejected) -> Next:
    if refused.opted_out:
        opt_outs.note(work, entry.message.address, route)
    alternative = opt_outs.has_another_route(work, entry, route)
    return after_refusal(entry, route, refused, work.now, work.settings.delivery, alternative=alternative)


def _finish(
    work: Work, claimed: Claim, before: OutboxEntry, after: Next, *, refused: Rejected | None = None
) -> None:
    """Close the attempt, and look whether its delivery report came before its answer."""
    work.tx.attempts.end(
        claimed.uid,
        claimed.attempt,
        outcome=after.reason,
        error_class="" if refused is None else refused.error_class,
        code="" if refused is None else refused.code,
        reason=after.entry.message.reason,
        now=work.now,
    )
    advance(work, before, after.entry)
    reconcile(work, claimed.uid, claimed.route)
