"""Which segment a delivery report is about, and what it makes of the message."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.decisions.reports import Match, MatchReason, match, noted, state_after
from alert_engine.routes.base import InboundReport, ReportStatus, SegmentState
from tests.engine.test_outcome import ACC, NOW, SUB, Q, S, entry, segment

if TYPE_CHECKING:
    from alert_engine.model import MessageState
    from alert_engine.outbox.entry import Segment

DELIVERED, PENDING, GAVE_UP = ReportStatus.DELIVERED, ReportStatus.PENDING, ReportStatus.FAILED
MINUTE = timedelta(minutes=1)


def report(**changes: Any) -> InboundReport:
    fields: dict[str, Any] = {
        "reference": "7",
        "address": "+436641111111",
        "status": DELIVERED,
        "reported_at": NOW + MINUTE,
        "accepted_at": NOW,
    }
    return InboundReport(**(fields | changes))


def sent(minutes: int = 0, **changes: Any) -> Segment:
    return replace(segment(ACC), changed_at=NOW + minutes * MINUTE, **changes)


def doubt(minutes: int = 0, **changes: Any) -> Segment:
    return replace(segment(SUB), changed_at=NOW + minutes * MINUTE, **changes)


def found(reason: MatchReason, *segments: Segment) -> Match:
    return Match(segments=segments, reason=reason)


YESTERDAY = sent(-1440, message_uid="old")
REPORTED = sent(-1440, message_uid="old", report=DELIVERED)
EARLIER = sent(-1, message_uid="old", report=DELIVERED, reported_at=NOW)
PROVIDER = (sent(segment=0), sent(segment=1))


def test_a_report_that_names_our_message_is_the_missing_answer_to_its_first_doubt() -> None:
    named = (doubt(attempt=2), doubt(-9, segment=0), doubt(-9, segment=1))
    told = report(reference="9", address="", accepted_at=None, uid="m")
    assert match(told, (), (), named=named) == found(MatchReason.ADOPTED, *named[1:])
    # It has an answer, and this is about that.
    assert match(report(), (sent(),), (), named=named) == found(MatchReason.REFERENCE, sent())


@pytest.mark.parametrize(
    ("told", "known", "doubtful", "expected"),
    [
        (report(), (sent(),), (), found(MatchReason.REFERENCE, sent())),
        (report(accepted_at=None), (sent(-600),), (), found(MatchReason.REFERENCE, sent(-600))),
        # TP-MR went round: the one whose time fits.
        (report(), (YESTERDAY, sent()), (), found(MatchReason.REFERENCE, sent())),
        (report(accepted_at=None), (YESTERDAY, sent()), (), found(MatchReason.REFERENCE, sent())),
        # A provider names the whole message.
        (report(), PROVIDER, (), found(MatchReason.REFERENCE, *PROVIDER)),
        # The missing answer to a segment in doubt.
        (report(reference="9"), (), (doubt(),), found(MatchReason.ADOPTED, doubt())),
        (report(), (YESTERDAY,), (doubt(),), found(MatchReason.ADOPTED, doubt())),
        (report(), (), (doubt(1), doubt(-1)), found(MatchReason.ADOPTED, doubt(-1))),
        (report(), (sent(),), (doubt(),), found(MatchReason.REFERENCE, sent())),
        # TP-MR went round within minutes: what has arrived does not arrive again at another time.
        (report(), (EARLIER,), (doubt(),), found(MatchReason.ADOPTED, doubt())),
        (report(), (EARLIER, sent()), (doubt(),), found(MatchReason.REFERENCE, sent())),
        (report(), (EARLIER,), (doubt(), doubt(1, message_uid="other")), None),
        (report(), (EARLIER,), (), found(MatchReason.REFERENCE, EARLIER)),
        (report(reported_at=NOW), (EARLIER,), (doubt(),), found(MatchReason.REFERENCE, EARLIER)),
        (report(status=GAVE_UP), (EARLIER,), (doubt(),), found(MatchReason.ADOPTED, doubt())),
        (report(accepted_at=None), (EARLIER,), (doubt(),), found(MatchReason.REFERENCE, EARLIER)),
        # Two messages could be meant.
        (report(), (), (doubt(), doubt(1, message_uid="other")), None),
        (report(), (YESTERDAY,), (doubt(), doubt(1, message_uid="other")), None),
        (report(), (), (doubt(), doubt(-9, message_uid="other")), found(MatchReason.ADOPTED, doubt())),
        (report(), (), (doubt(-6),), None),
        (report(accepted_at=None), (), (doubt(),), None),
        (report(address=""), (), (doubt(),), None),
        # The clock of the network or ours is wrong.
        (report(), (YESTERDAY,), (), found(MatchReason.REFERENCE_ONLY, YESTERDAY)),
        (report(), (REPORTED,), (), None),
        (report(), (), (), None),
    ],
)
def test_match(
    told: InboundReport, known: tuple[Segment, ...], doubtful: tuple[Segment, ...], expected: Match | None
) -> None:
    assert match(told, known, doubtful) == expected


@pytest.mark.parametrize(
    ("under_way", "expected"),
    [
        # The answer to another message may be about to come: the report is kept until it did.
        (doubt(message_uid="other"), None),
        (doubt(-9, message_uid="other"), found(MatchReason.ADOPTED, doubt())),
        # Another copy of the same message is under way: either was delivered, so it is.
        (doubt(attempt=2), found(MatchReason.ADOPTED, doubt())),
    ],
)
def test_match_while_another_segment_is_under_way(under_way: Segment, expected: Match | None) -> None:
    assert match(report(), (), (doubt(),), (under_way,)) == expected


@pytest.mark.parametrize(
    ("before", "status", "after"),
    [
        (None, PENDING, PENDING),
        (PENDING, DELIVERED, DELIVERED),
        (DELIVERED, PENDING, DELIVERED),
        (GAVE_UP, PENDING, GAVE_UP),
        (DELIVERED, GAVE_UP, DELIVERED),
    ],
)
def test_final_reports_stay(before: ReportStatus | None, status: ReportStatus, after: ReportStatus) -> None:
    assert noted(sent(report=before), report(status=status), MatchReason.REFERENCE).report is after


def test_an_adopted_segment_was_accepted() -> None:
    adopted = noted(doubt(), report(reference="9", status=PENDING), MatchReason.ADOPTED)
    assert (adopted.state, adopted.reference, adopted.report) == (SegmentState.ACCEPTED, "9", PENDING)


def copy(
    state: SegmentState, status: ReportStatus | None = None, index: int = 0, attempt: int = 1
) -> Segment:
    return replace(segment(state, index, attempt), report=status)


@pytest.mark.parametrize(
    ("state", "planned", "segments", "after"),
    [
        (S.ACCEPTED, 1, (copy(ACC, DELIVERED),), S.DELIVERED),
        (S.ACCEPTED, 1, (copy(ACC, ReportStatus.READ),), S.DELIVERED),
        (S.ACCEPTED, 1, (copy(ACC, PENDING),), S.ACCEPTED),
        (S.ACCEPTED, 1, (copy(ACC, GAVE_UP),), S.FAILED),
        (S.ACCEPTED, 2, (copy(ACC, DELIVERED), copy(ACC, None, 1)), S.ACCEPTED),
        (S.ACCEPTED, 2, (copy(ACC, DELIVERED), copy(ACC, DELIVERED, 1)), S.DELIVERED),
        (S.ACCEPTED, 2, (copy(ACC, DELIVERED), copy(ACC, GAVE_UP, 1)), S.FAILED),
        # One copy of a segment arrived: the other does not matter.
        (S.ACCEPTED, 1, (copy(ACC, GAVE_UP), copy(ACC, DELIVERED, 0, 2)), S.DELIVERED),
        (S.ACCEPTED, 1, (copy(ACC, GAVE_UP), copy(ACC, None, 0, 2)), S.ACCEPTED),
        (S.ACCEPTED, 1, (copy(SUB), copy(ACC, GAVE_UP, 0, 2)), S.ACCEPTED),
        (S.ACCEPTED, 1, (copy(SegmentState.REFUSED), copy(ACC, GAVE_UP, 0, 2)), S.FAILED),
        # A doubt is cleared.
        (S.IN_DOUBT, 1, (copy(ACC, PENDING),), S.ACCEPTED),
        (S.IN_DOUBT, 1, (copy(ACC, DELIVERED),), S.DELIVERED),
        (S.IN_DOUBT, 1, (copy(SUB),), S.IN_DOUBT),
        (S.IN_DOUBT, 2, (copy(ACC), copy(SUB, None, 1)), S.IN_DOUBT),
        (S.QUEUED, 1, (copy(ACC, DELIVERED),), S.DELIVERED),
        (S.QUEUED, 1, (copy(Q),), S.QUEUED),
        (S.QUEUED, 0, (), S.QUEUED),
        # The outcome of the attempt under way comes first.
        (S.IN_FLIGHT, 1, (copy(ACC, DELIVERED),), S.IN_FLIGHT),
        # A delivery is a fact.
        (S.FAILED, 1, (copy(ACC, DELIVERED),), S.DELIVERED),
        (S.CANCELLED, 1, (copy(ACC, DELIVERED),), S.DELIVERED),
        (S.EXPIRED, 1, (copy(ACC, GAVE_UP),), S.EXPIRED),
        (S.DELIVERED, 1, (copy(ACC, DELIVERED),), S.DELIVERED),
    ],
)
def test_state_after(
    state: MessageState, planned: int, segments: tuple[Segment, ...], after: MessageState
) -> None:
    assert state_after(entry(state=state, segments=planned), segments) is after
