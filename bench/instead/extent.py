"""How much is given to whom."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bench.driver.faults import SLOW_REPORT
from bench.driver.stand import BAUD


class Scenario(StrEnum):
    """What happens to them."""

    UNDISTURBED = "as fast as the modem answers"
    PACED = "at 115,200 baud"
    KILLED = "killed halfway"
    REFUSING = "CMS 500 now and then"

    @property
    def baud(self) -> int | None:
        """Of the line; None: at once."""
        return BAUD if self is Scenario.PACED else None

    @property
    def is_calm(self) -> bool:
        """Nothing goes wrong: times are told."""
        return self in {Scenario.UNDISTURBED, Scenario.PACED}

    @property
    def is_waiting(self) -> bool:
        """Everybody spends most of it waiting before a refused alarm is tried again."""
        return self is Scenario.REFUSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """Times in seconds."""

    settle: float = 1.5  # everybody has looked into the message memories
    report: float = SLOW_REPORT  # until a phone reports, where a process dies: it is not that quick
    done: float = 150.0  # at most, for what waits or is in doubt at the end: ours settles a doubt after 90
    afterwards: float = 3.0  # in which a double still counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Counts.

    Attributes:
        rounds: of those that do not sleep.
        bursts: how many alarms come at a time; the next ones come when these are through.
        fewer_bursts: the same for those that would take too long.
        floor: messages of each kind, by baud, for the distance to what the line allows.
        slow_too: those that sleep between messages take part.
    """

    rounds: int
    bursts: tuple[int, ...]
    fewer_bursts: tuple[int, ...]
    scenarios: tuple[Scenario, ...] = tuple(Scenario)
    floor: dict[int, int]
    slow_too: bool = True
    pauses: Pauses = Pauses()

    def as_dict(self) -> dict[str, Any]:
        """For the record."""
        return asdict(self)


def _symmetric(alone: int, few: tuple[int, int], many: int, most: int) -> tuple[int, ...]:
    """Small ones, large ones, and halfway, where something is killed, the largest."""
    before = (1,) * alone + (few[1],) * few[0] + (many,)
    return (*before, most, *reversed(before))


FULL = Extent(
    rounds=3,
    bursts=_symmetric(8, (2, 8), 115, 222),  # 500 alarms
    fewer_bursts=_symmetric(2, (1, 8), 10, 20),  # 60
    floor={9600: 5, 115_200: 40, 460_800: 80},
)
SMOKE = Extent(
    rounds=1,
    bursts=_symmetric(2, (1, 2), 2, 8),  # 20
    fewer_bursts=(),
    scenarios=(Scenario.UNDISTURBED, Scenario.KILLED),
    floor={460_800: 3},
    slow_too=False,
    pauses=Pauses(settle=0.1, report=3.0, done=5.0, afterwards=0.1),
)
