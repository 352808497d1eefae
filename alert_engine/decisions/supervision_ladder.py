"""How well a way out is proven: (observations, now) to its standing.

Each level proves more than the one below, and costs more to prove:

=====  ===========  ==========================================  ===============================
level  name         proof                                       fault after
=====  ===========  ==========================================  ===============================
0      port         the port is there                           5 s
1      answers      the modem answers, its SIM is ready         3 misses of 30 s, by the route
2      registered   network or provider takes messages          30 s of the route's, then 20 s
3      allowed      service centre, memory, credit              at once, as a weakness
4      loopback     an SMS to itself came back                  10 min
5      human        a person answered a test                    8 days (`rehearsals`)
=====  ===========  ==========================================  ===============================

Levels 0 to 2 the route looks at itself (`RouteHealth`). A delivery report of a real message proves as much
as an SMS to itself, and saves one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.routes.base import ProofLevel, RouteState

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

# How long a route may be gone, by how far its own look came, before people hear of it: a modem that is reset
# comes back within seconds, a cell changes within half a minute, and 90 s is the limit for all (EN 50136-1,
# DP4). What is not listed has been watched long enough by the route.
_PATIENCE = {None: timedelta(seconds=5), ProofLevel.ANSWERS: timedelta(seconds=20)}
# A route of which nothing was ever heard.
OPENING_LIMIT = timedelta(seconds=90)

# An SMS within one network takes seconds; one that takes longer than this is of no use for alarms.
RETURN_LIMIT = timedelta(minutes=10)
# After a loopback that did not come back: soon enough to notice that it is over, seldom enough to pay.
RETRY_AFTER = timedelta(hours=1)
# After a route came back: let what waited leave first.
SETTLING = timedelta(minutes=1)
# A proof by a person lasts a week and a day.
HUMAN_PROOF_LIFE = timedelta(days=8)

_NOT_RETURNED = (
    "an SMS to its own number did not come back within 10 min: check the SIM's credit and contract, "
    "and whether the own number in the configuration is right"
)
_NEVER_OPENED = "nothing was heard of it since the start: check that it is plugged in and configured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loopback:
    """The newest SMS of a route to itself."""

    sent_at: datetime  # written into the outbox
    returned_at: datetime | None = None
    attempted: bool = True  # the route was given it; if not, its coming back proves nothing either way


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """What is known of a route."""

    state: RouteState  # its own word
    reason: str = ""
    proof: ProofLevel | None = None  # how far its own look came
    since: datetime  # since when these two are so
    recovered_at: datetime | None = None  # when it last came back from a failure
    delivered_at: datetime | None = None  # when the newest message left that was delivered for certain
    answered_at: datetime | None = None  # when a person last answered a test that it carried
    loopback_every: timedelta | None = None  # None: it has no number of its own
    loopback: Loopback | None = None
    credit: Decimal | None = None
    least_credit: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What that means."""

    state: RouteState
    proof: ProofLevel | None  # the highest level that holds
    last_proof: datetime | None  # when something last went all the way
    reason: str  # for people; empty when all is well
    fault: ProofLevel | None = None  # the level that is broken, once people are to hear of it
    loopback_due: datetime | None = None
    look_at: datetime | None = None  # when this changes by itself


def climb(seen: Observations, now: datetime) -> Standing:
    """How the route stands."""
    if seen.state in {RouteState.OK, RouteState.DEGRADED}:
        return _in_use(seen, now)
    patience = OPENING_LIMIT if seen.state is RouteState.UNKNOWN else _PATIENCE.get(seen.proof, timedelta(0))
    ends = seen.since + patience
    if now < ends:
        return _standing(seen, seen.state, seen.proof, seen.reason, look_at=ends)
    reason = seen.reason if seen.state is RouteState.FAILED else _NEVER_OPENED
    return _standing(seen, RouteState.FAILED, seen.proof, reason, fault=_above(seen.proof))


def _in_use(seen: Observations, now: datetime) -> Standing:
    """It says that it can send."""
    loopback = seen.loopback
    if loopback is not None and _is_lost(seen, loopback, now):
        due = None if seen.loopback_every is None else loopback.sent_at + RETRY_AFTER
        return _standing(
            seen,
            RouteState.FAILED,
            ProofLevel.ALLOWED,
            _NOT_RETURNED,
            fault=ProofLevel.LOOPBACK,
            loopback_due=due,
            look_at=due,
        )
    is_low = _is_less(seen.credit, seen.least_credit)
    is_well = seen.state is RouteState.OK and not is_low
    due = _loopback_due(seen, now)
    return _standing(
        seen,
        RouteState.OK if is_well else RouteState.DEGRADED,
        _proof(seen, now, is_well=is_well),
        seen.reason or ("its credit is low: top it up" if is_low else ""),
        loopback_due=due,
        look_at=due
        if loopback is None or not _is_pending(loopback, now)
        else loopback.sent_at + RETURN_LIMIT,
    )


def _is_less(credit: Decimal | None, least: Decimal | None) -> bool:
    return credit is not None and least is not None and credit < least


def _is_pending(loopback: Loopback, now: datetime) -> bool:
    return loopback.returned_at is None and loopback.sent_at <= now < loopback.sent_at + RETURN_LIMIT


def _is_lost(seen: Observations, loopback: Loopback, now: datetime) -> bool:
    """It left, it did not come back in time, and nothing since then shows that the way is open."""
    if loopback.returned_at is not None or not loopback.attempted:
        return False
    shown_since = [moment for moment in (seen.delivered_at, seen.recovered_at) if moment is not None]
    is_over = any(moment > loopback.sent_at for moment in shown_since)
    return now >= loopback.sent_at + RETURN_LIMIT and not is_over


def _loopback_due(seen: Observations, now: datetime) -> datetime | None:
    """When the next one is to be sent; None: not by the clock."""
    loopback = seen.loopback
    if seen.loopback_every is None or (loopback is not None and _is_pending(loopback, now)):
        return None
    if loopback is not None and loopback.sent_at > now:  # the clock was set back
        loopback = None
    last = loopback.sent_at if loopback is not None and loopback.attempted else None
    proven = max((each for each in (last, seen.delivered_at) if each is not None), default=None)
    earliest = seen.since + SETTLING if loopback is None else loopback.sent_at + RETRY_AFTER
    if proven is None:
        return earliest
    if seen.recovered_at is not None and seen.recovered_at > proven:
        return max(seen.recovered_at + SETTLING, earliest)
    return max(proven + seen.loopback_every, earliest)


def _proof(seen: Observations, now: datetime, *, is_well: bool) -> ProofLevel:
    """The highest level that holds."""
    if seen.answered_at is not None and now - seen.answered_at < HUMAN_PROOF_LIFE:
        return ProofLevel.HUMAN
    went, life = _went_all_the_way(seen), (seen.loopback_every or timedelta(0)) + RETURN_LIMIT
    if went is not None and now - went < life:
        return ProofLevel.LOOPBACK
    own = ProofLevel.REGISTERED if seen.proof is None else seen.proof
    return max(own, ProofLevel.ALLOWED) if is_well else own


def _went_all_the_way(seen: Observations) -> datetime | None:
    returned = seen.loopback.returned_at if seen.loopback else None
    return max((each for each in (returned, seen.delivered_at) if each is not None), default=None)


def _above(proof: ProofLevel | None) -> ProofLevel:
    """The level that is broken when this one still holds."""
    return ProofLevel.PORT if proof is None else ProofLevel(min(proof + 1, ProofLevel.ALLOWED))


def _standing(
    seen: Observations,
    state: RouteState,
    proof: ProofLevel | None,
    reason: str,
    *,
    fault: ProofLevel | None = None,
    loopback_due: datetime | None = None,
    look_at: datetime | None = None,
) -> Standing:
    moments = (_went_all_the_way(seen), seen.answered_at)
    return Standing(
        state=state,
        proof=proof,
        last_proof=max((each for each in moments if each is not None), default=None),
        reason=reason,
        fault=fault,
        loopback_due=loopback_due,
        look_at=look_at,
    )
