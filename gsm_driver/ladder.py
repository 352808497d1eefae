"""What to do next for a modem that is not well: pure decisions, no clock, no modem.

The ladder is `RecoveryRung`. Opening the port again is tried often, because it harms nobody. What is rougher
comes in order, each rung once in a trouble, after pauses that grow (30 s, 2 min, 10 min, 60 min); no rung is
used more than twice within an hour. When nothing is left a person is told, once, and the strongest means goes
on hourly. What a modem says of a number, a message or an SMSC is no fault of the modem and never climbs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from .models import ModemFault, RecoveryReason, RecoveryRung, RecoveryStep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOST_AFTER = 90.0  # seconds without a network until that is a fault: a search over all bands may take 60
SETTLE_TIME = 120.0  # seconds a modem that we restarted may take until it answers: some need 60 for power-off
SETTLE_LOOK = 5.0  # seconds between looks meanwhile; opened too soon it returns as another (gammu#198)
LOOKS = (2.0, 5.0, 15.0, 30.0)  # seconds before each new try to open the port; the last one repeats
SLOW_LOOKS = (30.0, 120.0, 300.0)  # the same where a person must see to the SIM; a look finds out
LOCKED_LOOKS = (300.0,)  # the same where it wants a PIN: none is entered that was entered before
LIMIT = 2  # times a rung above REOPEN may be used …
WINDOW = 3600.0  # … within so many seconds
REBOOTS = 3  # restarts of its own …
REBOOT_WINDOW = 600.0  # … within so many seconds that make a loop

MILD = frozenset({RecoveryRung.CYCLE_RADIO})  # what is possible without leave: no port is lost by it
_DISRUPTIVE = frozenset({RecoveryRung.RESET, RecoveryRung.REBIND, RecoveryRung.POWER})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """How one fault is treated."""

    rungs: tuple[tuple[RecoveryRung, float], ...] = ()  # in order, with the seconds since the one before
    patience: float = SETTLE_TIME  # seconds from the last rung to the person; infinite: none is ever told
    again: tuple[RecoveryRung, ...] = ()  # afterwards the first of these that is allowed, hourly
    looks: tuple[float, ...] | None = None  # None: those of the caller; empty: the modem stays open
    person: RecoveryReason = RecoveryReason.EXHAUSTED


_CLIMB = (
    (RecoveryRung.SIBLING, 10.0),
    (RecoveryRung.RESET, 30.0),
    (RecoveryRung.REBIND, 120.0),
    (RecoveryRung.POWER, 600.0),
)
_STRONGEST = (RecoveryRung.POWER, RecoveryRung.REBIND, RecoveryRung.RESET)

PLANS: Mapping[ModemFault, _Plan] = {
    ModemFault.PORT_GONE: _Plan(rungs=((RecoveryRung.POWER, 120.0),), again=(RecoveryRung.POWER,)),
    ModemFault.PORT_HELD: _Plan(patience=30.0, person=RecoveryReason.PERSON),
    ModemFault.SILENT: _Plan(rungs=_CLIMB, again=_STRONGEST),
    ModemFault.INIT_FAILED: _Plan(rungs=_CLIMB, again=_STRONGEST),
    ModemFault.RESTARTED: _Plan(),
    ModemFault.REBOOT_LOOP: _Plan(patience=0.0, person=RecoveryReason.POWER_SUPPLY),
    ModemFault.NOT_REGISTERED: _Plan(
        rungs=((RecoveryRung.CYCLE_RADIO, 0.0), (RecoveryRung.RESET, 600.0)),
        again=(RecoveryRung.CYCLE_RADIO,),
        looks=(),
    ),
    # A restart changes no operator's mind. Some modems ask the network again only after a radio cycle.
    ModemFault.REGISTRATION_DENIED: _Plan(
        rungs=((RecoveryRung.CYCLE_RADIO, 0.0),), looks=(), person=RecoveryReason.PERSON
    ),
    ModemFault.SIM_NOT_READY: _Plan(patience=0.0, looks=SLOW_LOOKS, person=RecoveryReason.PERSON),
    ModemFault.SIM_LOCKED: _Plan(patience=0.0, looks=LOCKED_LOOKS, person=RecoveryReason.PERSON),
    ModemFault.REFUSED: _Plan(),
    ModemFault.OTHER: _Plan(),
}


class Taken(NamedTuple):
    """A rung, and when it was used."""

    rung: RecoveryRung
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryHistory:
    """What happened so far. A trouble lasts from the first fault until the modem was well for a while."""

    since: float | None = None  # when the trouble began; None: all is well
    looks: int = 0  # tries to open the port in this trouble
    taken: tuple[Taken, ...] = ()  # rungs above REOPEN in this trouble
    told: frozenset[ModemFault] = field(default_factory=frozenset)  # faults a person knows of
    recent: tuple[Taken, ...] = ()  # rungs above REOPEN of the last hour, other troubles included
    restarts: tuple[float, ...] = ()  # when the modem or its port went away by itself

    def noted(self, fault: ModemFault, now: float, *, was_open: bool = False) -> RecoveryHistory:
        """A fault showed. `was_open`: the modem worked until then."""
        history = self if self.since is not None else replace(self, since=now)
        by_itself = was_open and fault in {ModemFault.RESTARTED, ModemFault.PORT_GONE}
        if not by_itself or history.is_settling(now):
            return history
        recent = tuple(at for at in self.restarts if now - at < REBOOT_WINDOW)
        return replace(history, restarts=(*recent, now))

    def after(self, step: RecoveryStep, now: float) -> RecoveryHistory:
        """A step was done."""
        if step.rung is RecoveryRung.REOPEN:
            return replace(self, looks=self.looks + 1)
        if step.rung is RecoveryRung.HUMAN:
            return replace(self, told=self.told | {step.fault})
        taken = Taken(step.rung, now)
        recent = tuple(old for old in self.recent if now - old.at < WINDOW)
        # The looks begin anew: what was just done may have helped.
        return replace(self, taken=(*self.taken, taken), recent=(*recent, taken), looks=0)

    def well(self) -> RecoveryHistory:
        """The modem works: the trouble is over. What was used within the hour still counts."""
        return RecoveryHistory(recent=self.recent, restarts=self.restarts)

    def is_settling(self, now: float) -> bool:
        """We restarted the modem, and it may still be on its way."""
        return now < self.settles_at

    @property
    def settles_at(self) -> float:
        """When the modem must be back from what we did to it last."""
        done = [old.at for old in self.recent if old.rung in _DISRUPTIVE]
        return done[-1] + SETTLE_TIME if done else -math.inf

    def is_looping(self, now: float) -> bool:
        """The modem restarts again and again."""
        return sum(now - at < REBOOT_WINDOW for at in self.restarts) >= REBOOTS

    def seen_as(self, fault: ModemFault, now: float) -> ModemFault:
        """The fault in the light of what happened before: the third restart in a row is a loop."""
        is_loop = fault in {ModemFault.RESTARTED, ModemFault.PORT_GONE} and self.is_looping(now)
        return ModemFault.REBOOT_LOOP if is_loop else fault

    def times(self, rung: RecoveryRung, now: float) -> tuple[float, ...]:
        """When this rung was used within the last hour."""
        return tuple(old.at for old in self.recent if old.rung is rung and now - old.at < WINDOW)


class _Due(NamedTuple):
    rung: RecoveryRung
    at: float
    reason: RecoveryReason


def decide(
    history: RecoveryHistory,
    fault: ModemFault,
    now: float,
    *,
    allowed: frozenset[RecoveryRung] = MILD,
    looks: Sequence[float] = LOOKS,
) -> RecoveryStep:
    """The next step, and after how many seconds it is to be done; infinite: when a person says so.

    Args:
        history: the fault is noted in it.
        fault: what is wrong now.
        now: seconds on the clock of the history.
        allowed: which rungs from SIBLING to POWER can be used at all.
        looks: seconds before each try to open the port; the last one repeats.
    """
    fault = history.seen_as(fault, now)
    plan = PLANS[fault]
    due = _next_rung(history, fault, now, allowed)
    own = looks if plan.looks is None else plan.looks
    if own and not history.is_settling(now):
        pause = own[min(history.looks, len(own) - 1)]
        reason = RecoveryReason.AGAIN if history.looks else RecoveryReason.FIRST
    else:
        pause, reason = (SETTLE_LOOK, RecoveryReason.SETTLING) if own else (math.inf, RecoveryReason.PERSON)
    at = max(due.at, history.settles_at) if own else due.at
    if at <= now + pause:
        return RecoveryStep(rung=due.rung, fault=fault, reason=due.reason, delay=max(0.0, at - now))
    return RecoveryStep(rung=RecoveryRung.REOPEN, fault=fault, reason=reason, delay=pause)


def _next_rung(
    history: RecoveryHistory, fault: ModemFault, now: float, allowed: frozenset[RecoveryRung]
) -> _Due:
    """The next rung above REOPEN, and when."""
    plan = PLANS[fault]
    began = now if history.since is None else history.since
    last = history.taken[-1].at if history.taken else began
    highest = max((old.rung for old in history.taken), default=RecoveryRung.REOPEN)
    is_told = fault in history.told
    for rung, pause in plan.rungs:
        if rung <= highest or rung not in allowed:
            continue
        used = history.times(rung, now)
        if len(used) < LIMIT and not (used and is_told):
            reason = RecoveryReason.NEXT if history.taken else RecoveryReason.FIRST
            return _Due(rung, last + pause, reason)
        if not is_told:
            return _Due(RecoveryRung.HUMAN, last + pause, RecoveryReason.TOO_OFTEN)
        return _hourly(history, rung, now, last)
    if not is_told:
        return _Due(RecoveryRung.HUMAN, last + plan.patience, plan.person)
    strongest = next((rung for rung in plan.again if rung in allowed), None)
    if strongest is None:
        return _Due(RecoveryRung.HUMAN, math.inf, plan.person)
    return _hourly(history, strongest, now, last)


def _hourly(history: RecoveryHistory, rung: RecoveryRung, now: float, last: float) -> _Due:
    used = history.times(rung, now)
    return _Due(rung, (used[-1] if used else last) + WINDOW, RecoveryReason.HOURLY)
