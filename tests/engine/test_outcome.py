"""What each outcome makes of a message, and how a doubt begins and ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alert_engine.decisions import in_doubt
from alert_engine.decisions.outcome import OutcomeReason, after_refusal
from alert_engine.model import Channel, Message, MessageKind, MessageState, Priority
from alert_engine.outbox.entry import OutboxEntry, Segment
from alert_engine.routes.base import ErrorClass, Rejected, SegmentState
from alert_engine.settings import DeliveryRules

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RULES = DeliveryRules()
S, R, C = MessageState, OutcomeReason, ErrorClass
HIGH, CALL = Priority.HIGH, Channel.CALL


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def entry(**changes: Any) -> OutboxEntry:
    message = Message(
        uid="m",
        kind=MessageKind.RAISE,
        channel=Channel.SMS,
        address="+436641111111",
        recipient="anna",
        alarm_id="a",
        text="water",
        priority=Priority.CRITICAL,
        state=S.IN_FLIGHT,
        segments=1,
        attempts=1,
        in_doubt=False,
        route="modem",
        created_at=NOW,
        due_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )
    inner = {name: changes.pop(name) for name in tuple(changes) if hasattr(message, name)}
    return OutboxEntry(message=replace(message, **inner), **changes)


def refused(error_class: ErrorClass, **changes: Any) -> Rejected:
    return Rejected(error_class=error_class, reason="because", **changes)


def uncertain(error_class: ErrorClass) -> Rejected:
    return refused(error_class, certain=False)


@pytest.mark.parametrize(
    ("before", "outcome", "alternative", "state", "reason", "wait", "rest"),
    [
        # 2, 5, 15, 30 s …; then another route, if one is usable; sooner for what is critical.
        (entry(), refused(C.TEMPORARY), False, S.QUEUED, R.WAITS, 2, None),
        (entry(refusals=1), refused(C.TEMPORARY), False, S.QUEUED, R.WAITS, 5, None),
        (entry(), refused(C.TEMPORARY), True, S.QUEUED, R.WAITS, 2, None),
        (entry(refusals=1), refused(C.TEMPORARY), True, S.QUEUED, R.NEXT_ROUTE, 0, None),
        (entry(refusals=1, priority=HIGH), refused(C.TEMPORARY), True, S.QUEUED, R.WAITS, 5, None),
        (entry(refusals=2, priority=HIGH), refused(C.TEMPORARY), True, S.QUEUED, R.WAITS, 15, None),
        (entry(refusals=3, priority=HIGH), refused(C.TEMPORARY), True, S.QUEUED, R.NEXT_ROUTE, 0, None),
        (entry(refusals=3), refused(C.TEMPORARY), False, S.QUEUED, R.WAITS, 30, None),
        (entry(refusals=50), refused(C.TEMPORARY), False, S.QUEUED, R.WAITS, 300, None),
        (entry(), refused(C.TEMPORARY, retry_after=seconds(60)), False, S.QUEUED, R.WAITS, 60, None),
        (entry(), refused(C.TEMPORARY, retry_after=seconds(1)), False, S.QUEUED, R.WAITS, 2, None),
        # A call rings three times, on each route.
        (entry(channel=CALL, refusals=1), refused(C.TEMPORARY), False, S.QUEUED, R.WAITS, 5, None),
        (entry(channel=CALL, refusals=2), refused(C.TEMPORARY), True, S.QUEUED, R.NEXT_ROUTE, 0, None),
        (
            entry(channel=CALL, refusals=2),
            refused(C.TEMPORARY),
            False,
            S.FAILED,
            R.TOO_MANY_ATTEMPTS,
            0,
            None,
        ),
        (entry(), refused(C.RECIPIENT), True, S.FAILED, R.REFUSED, 0, None),
        # CMS 21: only this route refuses the address.
        (entry(), refused(C.RECIPIENT, this_route_only=True), True, S.QUEUED, R.NEXT_ROUTE, 0, None),
        (entry(), refused(C.RECIPIENT, this_route_only=True), False, S.FAILED, R.REFUSED, 0, None),
        (entry(), refused(C.RECIPIENT, opted_out=True), True, S.QUEUED, R.NEXT_ROUTE, 0, None),
        (entry(), refused(C.RECIPIENT, opted_out=True), False, S.FAILED, R.REFUSED, 0, None),
        (entry(), refused(C.MESSAGE), True, S.QUEUED, R.SIMPLIFIED, 0, None),
        (entry(plain=True), refused(C.MESSAGE), True, S.QUEUED, R.NEXT_ROUTE, 0, None),
        (entry(plain=True), refused(C.MESSAGE), False, S.FAILED, R.REFUSED, 0, None),
        (entry(simplified=True), refused(C.MESSAGE), True, S.QUEUED, R.NEXT_ROUTE, 0, None),
        (entry(simplified=True), refused(C.MESSAGE), False, S.FAILED, R.REFUSED, 0, None),
        (entry(), refused(C.ACCOUNT), False, S.QUEUED, R.ROUTE_RESTS, 0, 900),
        (entry(), refused(C.DEVICE), False, S.QUEUED, R.ROUTE_RESTS, 0, 10),
        # It is there, and answers: the next message may well be to its liking.
        (entry(), refused(C.DEVICE, code="CMS 500"), False, S.QUEUED, R.ROUTE_RESTS, 0, 2),
        (entry(refusals=1), refused(C.DEVICE, code="CMS 500"), False, S.QUEUED, R.ROUTE_RESTS, 0, 5),
        (entry(refusals=2), refused(C.DEVICE, code="CMS 500"), False, S.QUEUED, R.ROUTE_RESTS, 15, 10),
        (entry(), refused(C.DEVICE, retry_after=seconds(99)), False, S.QUEUED, R.ROUTE_RESTS, 0, 99),
        # A device that says no all day must not use up its tries within the hour.
        (entry(refusals=2), refused(C.DEVICE), False, S.QUEUED, R.ROUTE_RESTS, 15, 10),
        (entry(refusals=50), refused(C.DEVICE), False, S.QUEUED, R.ROUTE_RESTS, 60, 10),
        (entry(refusals=60), refused(C.DEVICE), False, S.QUEUED, R.ROUTE_RESTS, 300, 10),
        (entry(refusals=50), refused(C.DEVICE), True, S.QUEUED, R.ROUTE_RESTS, 0, 10),
        (entry(), refused(C.MEMORY), False, S.QUEUED, R.AT_ONCE, 0, None),
        (entry(refusals=1), refused(C.MEMORY), False, S.QUEUED, R.AT_ONCE, 0, None),
        (entry(refusals=2), refused(C.MEMORY), False, S.QUEUED, R.WAITS, 15, None),
        (entry(withdrawn=True), refused(C.TEMPORARY), False, S.CANCELLED, R.WITHDRAWN, 0, None),
        (entry(expires_at=NOW), refused(C.TEMPORARY), False, S.EXPIRED, R.EXPIRED, 0, None),
        (entry(expires_at=None), refused(C.TEMPORARY), False, S.QUEUED, R.WAITS, 2, None),
        # It may have been sent all the same: its report has some seconds to say so.
        (entry(), uncertain(C.TEMPORARY), False, S.QUEUED, R.WAITS, 15, None),
        (entry(refusals=3), uncertain(C.TEMPORARY), False, S.QUEUED, R.WAITS, 30, None),
        (entry(refusals=3), uncertain(C.TEMPORARY), True, S.QUEUED, R.NEXT_ROUTE, 15, None),
        (entry(), uncertain(C.DEVICE), False, S.QUEUED, R.ROUTE_RESTS, 15, 10),
        # It waits longer than its route rests: without a word the same one would have it again and again.
        (entry(), uncertain(C.DEVICE), True, S.QUEUED, R.NEXT_ROUTE, 15, 10),
        (entry(), uncertain(C.RECIPIENT), True, S.FAILED, R.REFUSED, 0, None),
        (entry(attempts=400), refused(C.DEVICE), False, S.FAILED, R.TOO_MANY_ATTEMPTS, 0, None),
    ],
)
def test_after_refusal(
    *,
    before: OutboxEntry,
    outcome: Rejected,
    alternative: bool,
    state: MessageState,
    reason: OutcomeReason,
    wait: float,
    rest: float | None,
) -> None:
    after = after_refusal(before, "modem", outcome, NOW, RULES, alternative=alternative)
    assert (after.entry.message.state, after.reason) == (state, reason)
    assert after.entry.message.due_at == NOW + seconds(wait)
    assert after.rest == (None if rest is None else seconds(rest))
    assert after.entry.message.reason == "because"
    assert after.entry.message.in_doubt is (not outcome.certain and state is S.QUEUED)


@pytest.mark.parametrize("error_class", [C.DEVICE, C.ACCOUNT])
@pytest.mark.parametrize(
    ("waited", "planned", "alternative", "look"),
    [
        (5, 10, False, 10),  # the first look keeps its time
        (15, 10, False, 1),
        (40, 0.5, False, 0.5),
        (40, None, False, None),
        (40, 10, True, 10),  # the other route has it at once
    ],
)
def test_nobody_waits_for_a_route_that_rests_as_long_as_for_one_that_tries(
    *, error_class: ErrorClass, waited: float, planned: float | None, alternative: bool, look: float | None
) -> None:
    planned_at = None if planned is None else NOW + seconds(planned)
    before = entry(created_at=NOW - seconds(waited), proof_look_at=planned_at)
    after = after_refusal(before, "modem", refused(error_class), NOW, RULES, alternative=alternative).entry
    assert after.proof_look_at == (None if look is None else NOW + seconds(look))


def test_the_next_route_begins_with_a_clean_sheet() -> None:
    after = after_refusal(
        entry(refusals=3), "modem", refused(C.TEMPORARY), NOW, RULES, alternative=True
    ).entry
    assert (after.given_up, after.refusals) == (("modem",), 0)


def test_a_simplified_text_is_a_new_text() -> None:
    after = after_refusal(entry(attempts=2), "modem", refused(C.MESSAGE), NOW, RULES, alternative=False).entry
    assert (after.plain, after.simplified, after.since_attempt) == (True, True, 3)


def segment(state: SegmentState, index: int = 0, attempt: int = 1, route: str = "modem") -> Segment:
    return Segment(
        message_uid="m",
        attempt=attempt,
        segment=index,
        route=route,
        address="+436641111111",
        state=state,
        reference="7" if state is SegmentState.ACCEPTED else "",
        report=None,
        changed_at=NOW,
    )


Q, SUB, ACC = SegmentState.QUEUED, SegmentState.SUBMITTED, SegmentState.ACCEPTED
REF = SegmentState.REFUSED


class TestInDoubt:
    @pytest.mark.parametrize(("priority", "wait"), [(Priority.CRITICAL, 15), (Priority.REPLY, 90)])
    def test_opened(self, priority: Priority, wait: int) -> None:
        after = in_doubt.opened(entry(priority=priority), "no answer", NOW, RULES)
        message = after.entry.message
        assert (message.state, message.in_doubt, message.reason) == (S.IN_DOUBT, True, "no answer")
        assert message.due_at == NOW + seconds(wait)

    @pytest.mark.parametrize(
        ("before", "segments", "state", "reason"),
        [
            (entry(), (), S.QUEUED, R.NOT_SENT),
            (entry(), (segment(Q),), S.QUEUED, R.NOT_SENT),
            (entry(withdrawn=True), (segment(Q),), S.CANCELLED, R.WITHDRAWN),
            (entry(), (segment(SUB),), S.IN_DOUBT, R.IN_DOUBT),
            (entry(withdrawn=True), (segment(SUB),), S.IN_DOUBT, R.IN_DOUBT),
            (entry(), (segment(ACC), segment(SUB, 1), segment(Q, 2)), S.IN_DOUBT, R.IN_DOUBT),
            (entry(), (segment(ACC), segment(Q, 1)), S.QUEUED, R.NOT_SENT),
            (entry(), (segment(ACC), segment(ACC, 1)), S.ACCEPTED, R.ACCEPTED),
        ],
    )
    def test_settled(
        self, before: OutboxEntry, segments: tuple[Segment, ...], state: MessageState, reason: OutcomeReason
    ) -> None:
        after = in_doubt.settled(before, segments, "crash", NOW, RULES)
        assert (after.entry.message.state, after.reason) == (state, reason)

    @pytest.mark.parametrize(
        ("before", "usable", "alternative", "state", "reason", "resends"),
        [
            (entry(), True, False, S.QUEUED, R.RESEND, 1),
            (entry(), False, True, S.QUEUED, R.RESEND, 1),
            (entry(), False, False, S.IN_DOUBT, R.STILL_IN_DOUBT, 0),
            (entry(resends=2), True, True, S.QUEUED, R.RESEND, 3),
            (entry(resends=3), True, True, S.FAILED, R.NEVER_CONFIRMED, 3),
            (entry(withdrawn=True), True, True, S.CANCELLED, R.WITHDRAWN, 0),
            (entry(expires_at=NOW), True, True, S.EXPIRED, R.EXPIRED, 0),
        ],
    )
    def test_waited(
        self,
        *,
        before: OutboxEntry,
        usable: bool,
        alternative: bool,
        state: MessageState,
        reason: OutcomeReason,
        resends: int,
    ) -> None:
        doubt = before.changed(state=S.IN_DOUBT, in_doubt=True)
        after = in_doubt.waited(doubt, NOW, RULES, route_usable=usable, alternative=alternative)
        assert (after.entry.message.state, after.reason, after.entry.resends) == (state, reason, resends)
        assert after.entry.message.in_doubt

    @pytest.mark.parametrize(
        ("resends", "alternative", "given_up"), [(0, True, ()), (1, False, ()), (1, True, ("modem",))]
    )
    def test_what_is_not_confirmed_twice_leaves_by_another_route(
        self, *, resends: int, alternative: bool, given_up: tuple[str, ...]
    ) -> None:
        doubt = entry(resends=resends).changed(state=S.IN_DOUBT, in_doubt=True)
        after = in_doubt.waited(doubt, NOW, RULES, route_usable=True, alternative=alternative)
        assert after.entry.given_up == given_up

    @pytest.mark.parametrize(
        ("before", "segments", "state"),
        [
            (entry(), (segment(ACC), segment(Q, 1)), S.QUEUED),
            (entry(), (segment(SUB), segment(ACC, attempt=2), segment(Q, 1)), S.QUEUED),
            (entry(), (segment(ACC), segment(SUB, 1), segment(Q, 2)), None),
            (entry(), (segment(ACC), segment(REF, 1), segment(Q, 2)), None),
            (entry(withdrawn=True), (segment(ACC), segment(Q, 1)), S.CANCELLED),
            (entry(expires_at=NOW), (segment(ACC), segment(Q, 1)), S.EXPIRED),
        ],
    )
    def test_cleared(
        self, before: OutboxEntry, segments: tuple[Segment, ...], state: MessageState | None
    ) -> None:
        doubt = before.changed(state=S.IN_DOUBT, in_doubt=True, due_at=NOW + seconds(90))
        after = in_doubt.cleared(doubt, segments, NOW, RULES)
        assert (after and after.message.state) == state
        if state is S.QUEUED:
            assert after is not None
            assert (after.message.due_at, after.resends) == (NOW, 0)

    @pytest.mark.parametrize(
        ("planned", "segments", "to_send"),
        [
            (1, (), None),
            (3, (), None),
            (3, (segment(SUB),), None),
            (3, (segment(ACC), segment(SUB, 1), segment(Q, 2)), (1, 2)),
            (3, (segment(ACC), segment(ACC, 1, attempt=2)), (2,)),
            (3, (segment(ACC, route="other"),), None),
            (1, (segment(ACC),), None),
        ],
    )
    def test_segments_to_send(
        self, planned: int, segments: tuple[Segment, ...], to_send: tuple[int, ...] | None
    ) -> None:
        assert in_doubt.segments_to_send(planned, "modem", segments) == to_send
