"""May this person give this command, by this message?

A sender's number is whatever somebody put there, so a command with consequences needs proof (`Tier`):

====  ==================================================================================================
0     the full number is a person's
1     and the alarm was sent to this person, or the keyword is meant for this person
2     and a PIN or a one-time code, as the last word
3     and a one-time code; else a challenge, which only the owner of the number can read. Who has a PIN
      gives that first
====  ==================================================================================================

Numbers are what guessing makes them: a PIN and each code has six digits or more, five failures within 15 min
lock a sender out for an hour, and ten failures of anybody within a day switch tiers 2 and 3 off until a
person switches them on again. At most ten tries a day at three valid codes of a million: 3 in 100,000, and 4
for somebody who has a PIN beside the app.
Lock-outs never touch tiers 0 and 1: nobody shall be kept from acknowledging by somebody who guesses.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.model import Authorisation, Tier

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILURES = 5
FAILURE_SPAN = timedelta(minutes=15)
LOCK_OUT = timedelta(minutes=60)
FAILURES_OF_ALL = 10
DAY = timedelta(days=1)

# An SMS can take minutes. A one-time code is checked against the time when the network took it, and after
# this long not at all: whoever held the message back could have read it.
LATEST = timedelta(minutes=15)

CHALLENGE_LIFE = timedelta(minutes=3)
CHALLENGE_DIGITS = 6  # as many as a one-time code has: four would be guessed once in a thousand days of tries


class Refusal(StrEnum):
    """Why not."""

    NOT_PERMITTED = "not_permitted"  # this person may not give it
    NO_PROOF = "no_proof"  # a PIN or a one-time code is missing
    NOTHING_SET = "nothing_set"  # and this person has neither
    LATE = "late"  # the one-time code was under way too long
    WRONG = "wrong"
    USED = "used"  # a one-time code that was used before, or one before that
    LOCKED_OUT = "locked_out"
    SWITCHED_OFF = "switched_off"  # after too many failures of anybody
    NOT_CHECKED = "not_checked"  # the PIN could not be compared; nothing is counted
    NO_CHALLENGE = "no_challenge"  # an answer, and no question is open any more
    REPEATED = "repeated"  # the same words a moment ago: the network said it twice

    @property
    def is_failure(self) -> bool:
        """Somebody may be guessing: it counts for the lock-outs."""
        return self in {Refusal.WRONG, Refusal.USED}

    @property
    def is_told(self) -> bool:
        """The sender hears of it. Whoever guesses hears nothing."""
        return self in {Refusal.NOT_PERMITTED, Refusal.NO_PROOF, Refusal.NOTHING_SET, Refusal.LATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Yes, and how that was proven."""

    by: Authorisation
    counter: int | None = None  # of the one-time code: neither it nor an earlier one is taken again


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenged:
    """Perhaps: text a code to the registered number, and wait for it to come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """No."""

    reason: Refusal


Decision = Granted | Challenged | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A command of a person whose number is known."""

    tier: Tier
    permitted: bool  # the role, the list of the keyword, and whether the alarm was sent there
    named_code: bool = False  # it names an alarm by its code
    proof: str = field(default="", repr=False)  # the digits at its end
    written_at: datetime  # when the network took it, or when it arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a person can prove oneself with."""

    has_pin: bool = False
    pin_matches: bool | None = None  # the digits of this attempt; None: not compared
    has_totp: bool = False
    counter: int | None = (
        None  # of the one-time code that the digits are, when they were written; None: no such
    )
    last_counter: int = -1  # of the newest one-time code that was taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What speaks against anybody's proof, whatever it is."""

    failures: tuple[datetime, ...] = ()  # of this sender, the oldest first
    switched_off: bool = False


def authorise(attempt: Attempt, credentials: Credentials, standing: Standing, now: datetime) -> Decision:
    """Decide."""
    if not attempt.permitted:
        return Refused(reason=Refusal.NOT_PERMITTED)
    if attempt.tier < Tier.PROVEN:
        return Granted(by=Authorisation.CODE if attempt.named_code else Authorisation.KNOWN)
    if (barred := _barred(standing, now)) is not None:
        return Refused(reason=barred)
    if not attempt.proof:
        return _without_proof(attempt.tier, credentials)
    return _by_proof(attempt, credentials, now)


def _without_proof(tier: Tier, credentials: Credentials) -> Decision:
    if tier is Tier.CONFIRMED and not credentials.has_pin:
        return Challenged()
    something = credentials.has_pin or credentials.has_totp
    return Refused(reason=Refusal.NO_PROOF if something else Refusal.NOTHING_SET)


def _by_proof(attempt: Attempt, credentials: Credentials, now: datetime) -> Decision:
    """A one-time code first: it is enough for every tier."""
    late = abs(now - attempt.written_at) > LATEST
    counter = credentials.counter
    if counter is not None and not late:
        if counter > credentials.last_counter:
            return Granted(by=Authorisation.TOTP, counter=counter)
        return Refused(reason=Refusal.USED)
    if credentials.has_pin and credentials.pin_matches is None:
        return Refused(reason=Refusal.NOT_CHECKED)
    if credentials.pin_matches:
        return Challenged() if attempt.tier is Tier.CONFIRMED else Granted(by=Authorisation.PIN)
    if credentials.has_pin or (credentials.has_totp and not late):
        return Refused(reason=Refusal.WRONG)
    return Refused(reason=Refusal.LATE if credentials.has_totp else Refusal.NOTHING_SET)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenChallenge:
    """A question that was texted to a number."""

    code: str = field(repr=False)
    expires_at: datetime


def settle_challenge(
    challenge: OpenChallenge | None, given: str, standing: Standing, now: datetime
) -> Granted | Refused:
    """Is this the answer? Whatever it is, the question is closed by it."""
    if challenge is None or challenge.expires_at <= now:
        return Refused(reason=Refusal.NO_CHALLENGE)
    if (barred := _barred(standing, now)) is not None:
        return Refused(reason=barred)
    if not hmac.compare_digest(challenge.code.encode(), given.encode()):
        return Refused(reason=Refusal.WRONG)
    return Granted(by=Authorisation.CHALLENGE)


def _barred(standing: Standing, now: datetime) -> Refusal | None:
    if standing.switched_off:
        return Refusal.SWITCHED_OFF
    return Refusal.LOCKED_OUT if is_locked_out(standing.failures, now) else None


def is_locked_out(failures: Sequence[datetime], now: datetime) -> bool:
    """Five failures within 15 min, the last of them less than an hour ago."""
    return locked_out_until(failures, now) is not None


def locked_out_until(failures: Sequence[datetime], now: datetime) -> datetime | None:
    """When the lock-out ends; None: there is none. `failures`: the oldest first."""
    ends = (
        last + LOCK_OUT
        for first, last in zip(failures, failures[FAILURES - 1 :], strict=False)
        if last - first <= FAILURE_SPAN
    )
    return max((end for end in ends if end > now), default=None)


def must_switch_off(failures_of_all: int) -> bool:
    """So many failures of anybody within a day: that is no typing error any more."""
    return failures_of_all >= FAILURES_OF_ALL
