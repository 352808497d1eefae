"""What a severity means: who is told, by what, when, how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from .words import AcknowledgeBy, Channel, Proof, Until

REOPEN_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a policy: who is told, when, and how often again."""

    after: timedelta  # from the start of its round, the first of which begins with the raise
    notify: tuple[str, ...]  # recipient ids; empty means everybody
    channels: tuple[Channel, ...] = (Channel.SMS,)  # empty: each person's first address, then the next
    repeat: int = 0  # how many times again; -1: without end
    every: timedelta | None = None  # between repeats; required when repeat is not 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a severity means: the steps. A snapshot is kept in each alarm at its raise.

    The steps are a ladder. It may run in rounds: each begins `round_every` after the one before, and what of
    that is not done by then is left out; the last one runs to its end.
    """

    name: str
    steps: tuple[Step, ...]
    latch: bool = False  # clear before acknowledge leaves the alarm open as CLEARED
    hold: timedelta | None = None  # how long a raise must last before anybody is told; None: at once
    rounds: int = 0  # how many times the ladder runs again; -1: without end
    round_every: timedelta | None = None  # required when rounds is not 0
    until: Until = Until.ACKNOWLEDGED  # what ends the ladder
    proof: Proof = Proof.ACCEPTED  # what counts as told
    fallback_after: timedelta | None = None  # without proof: the same person by the next channel or route
    acknowledge_by: AcknowledgeBy = AcknowledgeBy.ANY  # who must take it
    remind_every: timedelta | None = None  # while the cause lasts, whoever took it is told again
    digest_within: timedelta | None = None  # told with others, at the latest after this; None: each at once
    reopen_within: timedelta = REOPEN_WITHIN  # a raise so soon after the clear is the same episode
