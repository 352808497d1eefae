"""What happens when: a month of mixed life, drawn from the seed before anything is played."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


class Happening(StrEnum):
    """What may happen. `mean` and `shortest` are how long it lasts, in seconds."""

    ALARM = "alarm"  # a contact closes, and opens when it is over
    FLAPPING = "flapping"  # one that comes and goes
    STORM = "storm"  # many within a minute
    SEND = "send"  # a text without an alarm
    WRITING = "writing"  # somebody writes something
    SILENCE = "silence"  # the source of the heartbeat is off
    UNPLUGGED = "unplugged"
    HANGING = "hanging"  # the modem hears and says nothing
    REBOOTING = "rebooting"
    NO_NETWORK = "no network"
    WEAK = "weak"  # signal
    NO_REPORTS = "no reports"  # delivery reports are lost
    SLOW = "slow"  # the network takes its time
    PROVIDER_REFUSES = "provider refuses"  # no connection comes about
    PROVIDER_FAILS = "provider fails"  # HTTP 500
    PROVIDER_HANGS = "provider hangs"  # it takes what is sent, perhaps, and never answers
    BROKER = "broker"  # is restarted
    RESTART = "restart"  # of the gateway
    CRASH = "crash"  # of the gateway: from one moment on nothing is committed
    CLOCK = "clock"  # is wrong, and put right


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often something happens, and how long it lasts.

    Args:
        between: mean seconds from the end of one to the beginning of the next (MTBF); exponential.
        lasts: mean seconds (MTTR); exponential, above `least`.
    """

    between: float
    lasts: float = 0.0
    least: float = 0.0


RATES = {
    Happening.ALARM: Rate(between=DAY / 30, lasts=40 * MINUTE, least=20.0),
    Happening.FLAPPING: Rate(between=DAY, lasts=4 * MINUTE, least=MINUTE),
    Happening.STORM: Rate(between=7 * DAY, lasts=HOUR, least=20 * MINUTE),
    Happening.SEND: Rate(between=DAY / 4),
    Happening.WRITING: Rate(between=DAY / 8),
    Happening.SILENCE: Rate(between=3 * DAY, lasts=2 * HOUR, least=20 * MINUTE),
    Happening.UNPLUGGED: Rate(between=2 * DAY, lasts=8 * MINUTE, least=5.0),
    Happening.HANGING: Rate(between=3 * DAY, lasts=2 * MINUTE, least=10.0),
    Happening.REBOOTING: Rate(between=4 * DAY),
    Happening.NO_NETWORK: Rate(between=2 * DAY, lasts=10 * MINUTE, least=20.0),
    Happening.WEAK: Rate(between=4 * DAY, lasts=2 * HOUR, least=MINUTE),
    Happening.NO_REPORTS: Rate(between=4 * DAY, lasts=HOUR, least=MINUTE),
    Happening.SLOW: Rate(between=2 * DAY, lasts=HOUR, least=MINUTE),
    Happening.PROVIDER_REFUSES: Rate(between=2 * DAY, lasts=15 * MINUTE, least=30.0),
    Happening.PROVIDER_FAILS: Rate(between=3 * DAY, lasts=10 * MINUTE, least=30.0),
    Happening.PROVIDER_HANGS: Rate(between=3 * DAY, lasts=10 * MINUTE, least=30.0),
    Happening.BROKER: Rate(between=2 * DAY, lasts=MINUTE, least=3.0),
    Happening.RESTART: Rate(between=DAY, lasts=8.0, least=2.0),
    Happening.CRASH: Rate(between=2 * DAY, lasts=8.0, least=2.0),
    Happening.CLOCK: Rate(between=3 * DAY, lasts=HOUR, least=5 * MINUTE),
}

_SEVERITIES = {Severity.INFO: 2, Severity.NORMAL: 4, Severity.HIGH: 3, Severity.CRITICAL: 1}
_MARGIN = 10 * MINUTE  # at the beginning and at the end


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Event:
    """Something begins, and ends."""

    at: float  # seconds from the beginning
    number: int  # in the order of the plan
    lasts: float
    what: Happening
    severity: Severity = Severity.NORMAL
    chance: float = 0.0  # 0 to 1, for whatever else is to be decided


def plan(draw: Random, days: float) -> list[Event]:
    """All events in order. Each kind happens at least once, however few the days are."""
    found = sorted(
        (at, lasts, what) for what, rate in RATES.items() for at, lasts in _times(draw, rate, days)
    )
    severities, weights = list(_SEVERITIES), list(_SEVERITIES.values())
    return [
        Event(
            at=at,
            number=number,
            lasts=lasts,
            what=what,
            severity=draw.choices(severities, weights)[0],
            chance=draw.random(),
        )
        for number, (at, lasts, what) in enumerate(found)
    ]


def _times(draw: Random, rate: Rate, days: float) -> Iterator[tuple[float, float]]:
    last = days * DAY - _MARGIN
    at = _MARGIN + draw.expovariate(1 / rate.between)
    if at > last:
        yield draw.uniform(_MARGIN, last), _length(draw, rate)
    while at <= last:
        lasts = _length(draw, rate)
        yield at, lasts
        at += lasts + draw.expovariate(1 / rate.between)


def _length(draw: Random, rate: Rate) -> float:
    return rate.least + draw.expovariate(1 / rate.lasts) if rate.lasts else 0.0
