"""How well a way out is proven, and how soon people hear that it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alert_engine.decisions.supervision_ladder import Loopback, Observations, climb
from alert_engine.routes.base import ProofLevel, RouteState

START = datetime(2026, 3, 1, tzinfo=UTC)
SIX_HOURS = timedelta(hours=6)


def after(**units: float) -> datetime:
    return START + timedelta(**units)


def seen(state: RouteState = RouteState.OK, **fields: Any) -> Observations:
    return Observations(state=state, since=START, **fields)


class TestBroken:
    @pytest.mark.parametrize(
        ("state", "proof", "seconds", "fault"),
        [
            (RouteState.FAILED, None, 5, ProofLevel.PORT),
            (RouteState.FAILED, ProofLevel.PORT, 0, ProofLevel.ANSWERS),  # three misses took their time
            (RouteState.FAILED, ProofLevel.ANSWERS, 20, ProofLevel.REGISTERED),
            (RouteState.FAILED, ProofLevel.REGISTERED, 0, ProofLevel.ALLOWED),
            (RouteState.FAILED, ProofLevel.ALLOWED, 0, ProofLevel.ALLOWED),
            (RouteState.UNKNOWN, None, 90, ProofLevel.PORT),
        ],
    )
    def test_people_hear_of_it_after_its_patience(
        self, state: RouteState, proof: ProofLevel | None, seconds: float, fault: ProofLevel
    ) -> None:
        observations = seen(state, proof=proof, reason="it is gone")
        if seconds:
            early = climb(observations, after(seconds=seconds - 0.1))
            assert (early.state, early.fault, early.look_at) == (state, None, after(seconds=seconds))
        late = climb(observations, after(seconds=seconds))
        assert (late.state, late.fault, late.look_at) == (RouteState.FAILED, fault, None)
        assert late.proof is proof

    def test_one_that_was_never_heard_of_says_so(self) -> None:
        assert (
            "since the start" in climb(seen(RouteState.UNKNOWN, reason="opening"), after(seconds=90)).reason
        )
        assert climb(seen(RouteState.FAILED, reason="gone"), after(seconds=90)).reason == "gone"


class TestProof:
    @pytest.mark.parametrize(
        ("fields", "proof"),
        [
            ({}, ProofLevel.ALLOWED),
            ({"proof": ProofLevel.REGISTERED}, ProofLevel.ALLOWED),
            ({"state": RouteState.DEGRADED}, ProofLevel.REGISTERED),
            ({"state": RouteState.DEGRADED, "proof": ProofLevel.ANSWERS}, ProofLevel.ANSWERS),
            ({"delivered_at": after(minutes=-9)}, ProofLevel.LOOPBACK),
            ({"delivered_at": after(minutes=-10)}, ProofLevel.ALLOWED),
            ({"delivered_at": after(hours=-6), "loopback_every": SIX_HOURS}, ProofLevel.LOOPBACK),
            (
                {
                    "loopback": Loopback(sent_at=after(hours=-5), returned_at=after(hours=-5)),
                    "loopback_every": SIX_HOURS,
                },
                ProofLevel.LOOPBACK,
            ),
            ({"answered_at": after(days=-7)}, ProofLevel.HUMAN),
            ({"answered_at": after(days=-8)}, ProofLevel.ALLOWED),
        ],
    )
    def test_the_highest_level_that_holds(self, fields: dict[str, Any], proof: ProofLevel) -> None:
        assert climb(seen(**fields), START).proof is proof

    def test_the_last_proof_is_the_newest_of_all(self) -> None:
        loop = Loopback(sent_at=after(hours=-3), returned_at=after(hours=-3))
        standing = climb(
            seen(loopback=loop, delivered_at=after(hours=-2), answered_at=after(hours=-1)), START
        )
        assert standing.last_proof == after(hours=-1)
        assert climb(seen(), START).last_proof is None

    def test_little_credit_is_a_weakness(self) -> None:
        standing = climb(seen(credit=Decimal("1.99"), least_credit=Decimal(2)), START)
        assert (standing.state, standing.fault) == (RouteState.DEGRADED, None)
        assert "credit" in standing.reason
        for amount, least in ((Decimal(2), Decimal(2)), (None, Decimal(2)), (Decimal(0), None)):
            assert climb(seen(credit=amount, least_credit=least), START).state is RouteState.OK


class TestLoopback:
    def test_the_first_one_comes_soon(self) -> None:
        standing = climb(seen(loopback_every=SIX_HOURS), START)
        assert standing.loopback_due == standing.look_at == after(minutes=1)

    def test_without_a_number_there_is_none(self) -> None:
        assert climb(seen(), START).loopback_due is None

    def test_the_next_one_comes_after_its_interval(self) -> None:
        loop = Loopback(sent_at=START, returned_at=after(seconds=7))
        standing = climb(seen(loopback_every=SIX_HOURS, loopback=loop), after(minutes=1))
        assert standing.loopback_due == after(hours=6)

    def test_a_real_delivery_saves_one(self) -> None:
        loop = Loopback(sent_at=START, returned_at=after(seconds=7))
        watched = seen(loopback_every=SIX_HOURS, loopback=loop, delivered_at=after(hours=4))
        assert climb(watched, after(hours=5)).loopback_due == after(hours=10)

    def test_while_one_is_under_way_there_is_no_other(self) -> None:
        watched = seen(loopback_every=SIX_HOURS, loopback=Loopback(sent_at=START))
        standing = climb(watched, after(minutes=9))
        assert (standing.state, standing.loopback_due) == (RouteState.OK, None)
        assert standing.look_at == after(minutes=10)

    def test_one_that_does_not_come_back_is_a_fault_and_is_tried_again(self) -> None:
        watched = seen(loopback_every=SIX_HOURS, loopback=Loopback(sent_at=START))
        standing = climb(watched, after(minutes=10))
        assert (standing.state, standing.fault) == (RouteState.FAILED, ProofLevel.LOOPBACK)
        assert standing.loopback_due == after(hours=1)

    def test_the_fault_stays_when_the_number_is_taken_from_the_configuration(self) -> None:
        standing = climb(seen(loopback=Loopback(sent_at=START)), after(minutes=10))
        assert (standing.fault, standing.loopback_due) == (ProofLevel.LOOPBACK, None)

    @pytest.mark.parametrize("shown", ["delivered_at", "recovered_at"])
    def test_what_went_through_since_ends_the_fault(self, shown: str) -> None:
        fields: dict[str, Any] = {shown: after(minutes=20)}
        watched = seen(loopback_every=SIX_HOURS, loopback=Loopback(sent_at=START), **fields)
        assert climb(watched, after(minutes=21)).state is RouteState.OK

    def test_one_that_never_left_proves_nothing(self) -> None:
        watched = seen(loopback_every=SIX_HOURS, loopback=Loopback(sent_at=START, attempted=False))
        standing = climb(watched, after(minutes=30))
        assert (standing.state, standing.loopback_due) == (RouteState.OK, after(hours=1))

    def test_after_a_recovery_there_is_one_but_not_many(self) -> None:
        loop = Loopback(sent_at=START, returned_at=after(seconds=7))
        watched = seen(loopback_every=SIX_HOURS, loopback=loop, recovered_at=after(hours=2))
        assert climb(watched, after(hours=2)).loopback_due == after(hours=2, minutes=1)
        flapping = seen(loopback_every=SIX_HOURS, loopback=loop, recovered_at=after(minutes=5))
        assert climb(flapping, after(minutes=5)).loopback_due == after(hours=1)

    def test_one_of_the_future_is_none(self) -> None:
        loop = Loopback(sent_at=after(days=1), returned_at=after(days=1))
        assert climb(seen(loopback_every=SIX_HOURS, loopback=loop), START).loopback_due == after(minutes=1)


_MOMENTS = st.integers(-100_000, 100_000).map(lambda seconds: after(seconds=seconds))
_LOOPBACKS = st.builds(Loopback, sent_at=_MOMENTS, returned_at=st.none() | _MOMENTS, attempted=st.booleans())
_OBSERVATIONS = st.builds(
    Observations,
    state=st.sampled_from(RouteState),
    reason=st.sampled_from(["", "weak"]),
    proof=st.none() | st.sampled_from([level for level in ProofLevel if level <= ProofLevel.ALLOWED]),
    since=_MOMENTS,
    recovered_at=st.none() | _MOMENTS,
    delivered_at=st.none() | _MOMENTS,
    answered_at=st.none() | _MOMENTS,
    loopback_every=st.none() | st.just(SIX_HOURS),
    loopback=st.none() | _LOOPBACKS,
    credit=st.none() | st.decimals(-10, 10, places=2),
    least_credit=st.none() | st.just(Decimal(2)),
)


@given(observations=_OBSERVATIONS, now=_MOMENTS)
def test_a_standing_makes_sense(observations: Observations, now: datetime) -> None:
    standing = climb(observations, now)
    assert standing.fault is None or standing.state is RouteState.FAILED
    if standing.state is RouteState.OK:
        assert standing.reason == observations.reason
        assert standing.proof is not None
    if standing.loopback_due is not None:
        assert observations.loopback_every is not None
        assert observations.state in {RouteState.OK, RouteState.DEGRADED}
    if observations.state in {
        RouteState.FAILED,
        RouteState.UNKNOWN,
    } and now >= observations.since + timedelta(seconds=90):
        assert standing.fault is not None


@given(observations=_OBSERVATIONS, now=_MOMENTS, share=st.floats(0, 1, exclude_max=True))
def test_nothing_changes_before_it_is_looked_at_again(
    observations: Observations, now: datetime, share: float
) -> None:
    """Whoever looks when told to misses no fault."""
    assume(observations.loopback is None or observations.loopback.sent_at <= now)
    standing = climb(observations, now)
    if standing.look_at is not None and standing.look_at > now:
        before = now + share * (standing.look_at - now)
        assume(before < standing.look_at)  # not so, where a share of almost all is rounded up
        later = climb(observations, before)
        assert (later.state, later.fault) == (standing.state, standing.fault)
