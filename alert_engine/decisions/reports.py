"""Which segment a delivery report or a late acceptance is about, and what it makes of the message.

TP-MR has 8 bits and wraps, so a reference alone proves little: address and time must fit too. A report with a
reference that nobody knows may be the missing answer to a segment in doubt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.model import MessageState
from alert_engine.routes.base import ReportStatus, SegmentState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from alert_engine.outbox.entry import OutboxEntry, Segment
    from alert_engine.routes.base import InboundReport, LateAcceptance

# How far the network's time of acceptance may be from ours: its clock and ours differ, and an answer that
# came late may have taken minutes.
WINDOW = timedelta(minutes=5)

_FINAL = frozenset({ReportStatus.DELIVERED, ReportStatus.READ, ReportStatus.FAILED})
_ARRIVED = frozenset({ReportStatus.DELIVERED, ReportStatus.READ})
_OPEN = frozenset({MessageState.QUEUED, MessageState.IN_DOUBT, MessageState.ACCEPTED})


class MatchReason(StrEnum):
    """Why a report belongs to a segment."""

    REFERENCE = "reference"  # reference and address, and the time if the report has one
    ADOPTED = "adopted"  # a segment in doubt: address and time, or the message that the report names
    REFERENCE_ONLY = "reference_only"  # reference and address; the time is off: one of the clocks is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The segments that a report is about: one, or all of a message that its provider names as a whole."""

    segments: tuple[Segment, ...]
    reason: MatchReason


def match(
    report: InboundReport,
    sent: Sequence[Segment],
    doubtful: Sequence[Segment],
    under_way: Sequence[Segment] = (),
    named: Sequence[Segment] = (),
) -> Match | None:
    """Find what `report` is about.

    All segments went to the report's address by the report's route: `sent` have its reference, `doubtful`
    were submitted and their attempt ended without an answer, `under_way` were submitted and may still be
    answered; `named` are as `doubtful`, of the message that the report names. When two messages could be
    meant, neither is: a second copy does less harm than none.
    """
    fitting = [segment for segment in sent if report.accepted_at is None or _fits(report, segment)]
    unsettled = [segment for segment in fitting if not _arrived_before(report, segment)]
    if unsettled:
        return Match(segments=_whole(max(unsettled, key=_age), sent), reason=MatchReason.REFERENCE)
    if named:
        return Match(segments=_whole(min(named, key=_age), named), reason=MatchReason.ADOPTED)
    adoptable = [segment for segment in doubtful if report.address and _fits(report, segment)]
    if adoptable:
        rivals = {s.message_uid for s in (*adoptable, *under_way) if _fits(report, s)}
        only = Match(segments=(min(adoptable, key=_age),), reason=MatchReason.ADOPTED)
        return only if len(rivals) == 1 else None
    if fitting:
        return Match(segments=_whole(max(fitting, key=_age), sent), reason=MatchReason.REFERENCE)
    unreported = [segment for segment in sent if segment.report not in _FINAL]
    if unreported:
        return Match(segments=_whole(max(unreported, key=_age), sent), reason=MatchReason.REFERENCE_ONLY)
    return None


def taken_late(
    acceptance: LateAcceptance, doubtful: Sequence[Segment], under_way: Sequence[Segment]
) -> Segment | None:
    """The segment that was taken after all, as accepted.

    Of those that went to the address of `acceptance` by its route it is the one that left when `acceptance`
    says, else the last one. `doubtful` and `under_way` are as in `match`; an attempt that the route has ended
    may be under way still in the journal.
    """
    known = [s for s in (*doubtful, *under_way) if s.segment == acceptance.segment]
    left_at = acceptance.left_at
    if left_at is not None:
        taken = min(known, key=lambda segment: abs(segment.changed_at - left_at), default=None)
    else:
        ended = [segment for segment in doubtful if segment.segment == acceptance.segment]
        taken = max(ended or known, key=_age, default=None)
    return taken and replace(taken, state=SegmentState.ACCEPTED, reference=acceptance.reference)


def noted(segment: Segment, report: InboundReport, reason: MatchReason) -> Segment:
    """The segment with what the report says. Reports may overtake each other: what is final stays.

    But what was given up and arrives has arrived: that is a fact, and the other was an opinion.
    """
    has_arrived = report.status in _ARRIVED and segment.report is ReportStatus.FAILED
    if segment.report not in _FINAL or has_arrived:
        segment = replace(segment, report=report.status, reported_at=report.reported_at)
    if reason is MatchReason.ADOPTED:
        return replace(segment, state=SegmentState.ACCEPTED, reference=report.reference)
    return segment


def state_after(entry: OutboxEntry, segments: Iterable[Segment]) -> MessageState:
    """Where the message stands, given all its segments since the text last changed.

    A delivery is a fact: it overrides whatever was assumed. A message under way is left to its outcome.
    """
    state = entry.message.state
    copies: dict[int, list[Segment]] = {index: [] for index in range(entry.message.segments)}
    for segment in segments:
        copies.setdefault(segment.segment, []).append(segment)
    if state is MessageState.IN_FLIGHT or not copies:
        return state
    if all(any(copy.report in _ARRIVED for copy in each) for each in copies.values()):
        return MessageState.DELIVERED
    if state not in _OPEN:
        return state
    if any(_gave_up(each) for each in copies.values()):
        return MessageState.FAILED
    if all(any(copy.state is SegmentState.ACCEPTED for copy in each) for each in copies.values()):
        return MessageState.ACCEPTED
    return state


def _gave_up(copies: Sequence[Segment]) -> bool:
    """The network gave up every copy of this segment that may have left. A refused one has probably not."""
    left = [copy for copy in copies if copy.state in {SegmentState.SUBMITTED, SegmentState.ACCEPTED}]
    return bool(left) and all(copy.report is ReportStatus.FAILED for copy in left)


def _fits(report: InboundReport, segment: Segment) -> bool:
    return report.accepted_at is not None and abs(report.accepted_at - segment.changed_at) <= WINDOW


def _arrived_before(report: InboundReport, segment: Segment) -> bool:
    """It has arrived, and this report has another time: TP-MR went round. A repeat would have the same."""
    has_other_time = report.accepted_at is not None and segment.reported_at != report.reported_at
    return segment.report in _ARRIVED and has_other_time


def _whole(found: Segment, sent: Sequence[Segment]) -> tuple[Segment, ...]:
    """`found` and its siblings of the same attempt under the same reference."""
    attempt = (found.message_uid, found.attempt)
    return tuple(segment for segment in sent if (segment.message_uid, segment.attempt) == attempt)


def _age(segment: Segment) -> tuple[datetime, int, int]:
    return segment.changed_at, segment.attempt, segment.segment
