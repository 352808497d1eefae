"""Who may command what: every tier with every proof, and what stops those who guess."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.decisions.authorisation import (
    FAILURES_OF_ALL,
    Attempt,
    Challenged,
    Credentials,
    Granted,
    OpenChallenge,
    Refusal,
    Refused,
    Standing,
    authorise,
    is_locked_out,
    must_switch_off,
    settle_challenge,
)
from alert_engine.model import Authorisation, Tier

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
COUNTER = 59_077_440  # the step of the code
CODE = "271828"
WRONG = "000000"
MINUTE = timedelta(minutes=1)

NOTHING = Credentials()
PIN = Credentials(has_pin=True, pin_matches=True)
WRONG_PIN = Credentials(has_pin=True, pin_matches=False)
UNCHECKED_PIN = Credentials(has_pin=True)
TOTP = Credentials(has_totp=True)
RIGHT_CODE = Credentials(has_totp=True, counter=COUNTER, last_counter=COUNTER - 1)
BOTH = Credentials(has_pin=True, pin_matches=True, has_totp=True)
BOTH_RIGHT_CODE = Credentials(has_pin=True, pin_matches=False, has_totp=True, counter=COUNTER)
BOTH_WRONG_PIN = Credentials(has_pin=True, pin_matches=False, has_totp=True)
USED = Credentials(has_totp=True, counter=COUNTER, last_counter=COUNTER)


def attempt(tier: Tier, proof: str = "", **changes: Any) -> Attempt:
    return Attempt(
        tier=tier, permitted=True, proof=proof, written_at=changes.pop("written_at", NOW), **changes
    )


def granted(by: Authorisation, counter: int | None = None) -> Granted:
    return Granted(by=by, counter=counter)


BY_TOTP = granted(Authorisation.TOTP, COUNTER)
BY_PIN = granted(Authorisation.PIN)


@pytest.mark.parametrize("tier", [Tier.LISTED, Tier.CONCERNED])
@pytest.mark.parametrize("credentials", [NOTHING, PIN, TOTP])
def test_low_tiers_need_a_known_number_only(tier: Tier, credentials: Credentials) -> None:
    barred = Standing(failures=(NOW,) * 5, switched_off=True)
    assert authorise(attempt(tier), credentials, barred, NOW) == granted(Authorisation.KNOWN)
    named = attempt(tier, named_code=True)
    assert authorise(named, credentials, barred, NOW) == granted(Authorisation.CODE)


@pytest.mark.parametrize(
    ("credentials", "proof", "proven", "confirmed"),
    [
        (NOTHING, "", Refusal.NOTHING_SET, Challenged()),
        (NOTHING, WRONG, Refusal.NOTHING_SET, Refusal.NOTHING_SET),
        (PIN, "", Refusal.NO_PROOF, Refusal.NO_PROOF),
        (PIN, "314159", BY_PIN, Challenged()),
        (WRONG_PIN, WRONG, Refusal.WRONG, Refusal.WRONG),
        (UNCHECKED_PIN, "314159", Refusal.NOT_CHECKED, Refusal.NOT_CHECKED),
        (TOTP, "", Refusal.NO_PROOF, Challenged()),
        (RIGHT_CODE, CODE, BY_TOTP, BY_TOTP),
        (TOTP, WRONG, Refusal.WRONG, Refusal.WRONG),
        (USED, CODE, Refusal.USED, Refusal.USED),
        (BOTH_RIGHT_CODE, CODE, BY_TOTP, BY_TOTP),
        (BOTH, "314159", BY_PIN, Challenged()),
        (BOTH_WRONG_PIN, WRONG, Refusal.WRONG, Refusal.WRONG),
    ],
)
def test_high_tiers(*, credentials: Credentials, proof: str, proven: Any, confirmed: Any) -> None:
    for tier, expected in ((Tier.PROVEN, proven), (Tier.CONFIRMED, confirmed)):
        wanted = Refused(reason=expected) if isinstance(expected, Refusal) else expected
        assert authorise(attempt(tier, proof), credentials, Standing(), NOW) == wanted


@pytest.mark.parametrize("tier", list(Tier))
def test_who_may_not_may_not_with_any_proof(tier: Tier) -> None:
    asked = replace(attempt(tier, CODE), permitted=False)
    assert authorise(asked, BOTH, Standing(), NOW) == Refused(reason=Refusal.NOT_PERMITTED)


@pytest.mark.parametrize(
    ("late", "reason"),
    [(15 * MINUTE, None), (15.1 * MINUTE, Refusal.LATE), (-15.1 * MINUTE, Refusal.LATE)],
)
def test_a_code_counts_when_the_network_took_it(late: timedelta, reason: Refusal | None) -> None:
    written = NOW - late
    decision = authorise(attempt(Tier.PROVEN, CODE, written_at=written), RIGHT_CODE, Standing(), NOW)
    if reason is None:
        assert decision == BY_TOTP
    else:
        assert decision == Refused(reason=reason)
        assert not reason.is_failure
        assert reason.is_told


def test_a_pin_has_no_time() -> None:
    late = attempt(Tier.PROVEN, "314159", written_at=NOW - 20 * MINUTE)
    assert authorise(late, BOTH, Standing(), NOW) == BY_PIN
    assert authorise(late, BOTH_WRONG_PIN, Standing(), NOW) == Refused(reason=Refusal.WRONG)


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing(failures=(NOW,) * 5), Refusal.LOCKED_OUT),
        (Standing(switched_off=True), Refusal.SWITCHED_OFF),
        (Standing(failures=(NOW,) * 5, switched_off=True), Refusal.SWITCHED_OFF),
    ],
)
@pytest.mark.parametrize("proof", ["", CODE, WRONG])
def test_barred_is_barred_whatever_the_proof(standing: Standing, reason: Refusal, proof: str) -> None:
    for tier in (Tier.PROVEN, Tier.CONFIRMED):
        assert authorise(attempt(tier, proof), BOTH, standing, NOW) == Refused(reason=reason)
    challenge = OpenChallenge(code=CODE, expires_at=NOW + MINUTE)
    assert settle_challenge(challenge, CODE, standing, NOW) == Refused(reason=reason)
    assert not reason.is_told


OPEN = OpenChallenge(code="082130", expires_at=NOW + 3 * MINUTE)


@pytest.mark.parametrize(
    ("challenge", "given", "minutes", "expected"),
    [
        (OPEN, "082130", 2.9, granted(Authorisation.CHALLENGE)),
        (OPEN, "082130", 3, Refused(reason=Refusal.NO_CHALLENGE)),
        (OPEN, "082131", 1, Refused(reason=Refusal.WRONG)),
        (OPEN, "82130", 1, Refused(reason=Refusal.WRONG)),
        (None, "082130", 1, Refused(reason=Refusal.NO_CHALLENGE)),
    ],
)
def test_settle_challenge(challenge: OpenChallenge | None, given: str, minutes: float, expected: Any) -> None:
    assert settle_challenge(challenge, given, Standing(), NOW + minutes * MINUTE) == expected


@pytest.mark.parametrize(
    ("minutes_ago", "locked"),
    [
        ([], False),
        ([4, 3, 2, 1], False),
        ([4, 3, 2, 1, 0], True),
        ([15, 10, 5, 1, 0], True),
        ([16, 10, 5, 1, 0], False),
        ([74, 73, 72, 71, 59], True),
        ([74, 73, 72, 71, 60], False),
        ([200, 199, 198, 197, 196, 0], False),
    ],
)
def test_lock_out(*, minutes_ago: list[float], locked: bool) -> None:
    assert is_locked_out([NOW - minutes * MINUTE for minutes in minutes_ago], NOW) is locked


def test_the_switch() -> None:
    assert not must_switch_off(FAILURES_OF_ALL - 1)
    assert must_switch_off(FAILURES_OF_ALL)


@given(
    tier=st.sampled_from([Tier.PROVEN, Tier.CONFIRMED]),
    credentials=st.sampled_from([NOTHING, WRONG_PIN, UNCHECKED_PIN, TOTP, USED, BOTH_WRONG_PIN]),
    proof=st.from_regex(r"[0-9]{0,12}", fullmatch=True),
    seconds=st.integers(-2000, 2000),
)
def test_no_proof_no_grant(tier: Tier, credentials: Credentials, proof: str, seconds: int) -> None:
    asked = attempt(tier, proof, written_at=NOW)
    decision = authorise(asked, credentials, Standing(), NOW + timedelta(seconds=seconds))
    assert not isinstance(decision, Granted)


def _guesses_of_a_day(digits_right: float, chance: random.Random) -> tuple[int, int]:
    """Somebody guesses as often as the rules let them, from as many numbers as they like: tries and hits."""
    tried = hit = failures_of_all = 0
    for sender in range(1000):
        failures: list[datetime] = []
        now = NOW + sender * MINUTE
        while not is_locked_out(failures, now) and not must_switch_off(failures_of_all):
            tried += 1
            if chance.random() < digits_right:
                hit += 1
                break
            failures.append(now)
            failures_of_all += 1
    return tried, hit


@pytest.mark.parametrize(
    ("per_guess", "bound"),
    [
        (3 / 10**6, 3e-5),
        (1 / 10**6, 3e-5),
    ],  # three one-time codes are valid at a time; one PIN, one challenge
)
def test_guessing_stays_under_the_chance_that_we_promise(*, per_guess: float, bound: float) -> None:
    chance = random.Random(4711)
    tries = [_guesses_of_a_day(per_guess, chance) for _ in range(2000)]
    most = max(tried for tried, _ in tries)
    assert most == FAILURES_OF_ALL
    assert most * per_guess <= bound * (1 + 1e-9)
    assert sum(hit for _, hit in tries) <= 1
