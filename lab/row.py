"""What a row of the fault matrix is: data that the runner, the tally and the report read.

A row is a module ``lab/rows/row_NN_words.py`` with ``ROW = Row(...)`` and ``async def play(run) -> Outcome``.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RUN_TIMEOUT = 120.0
"""Seconds of real time for one process of a row: a start, a fault, some patience."""


class World(StrEnum):
    """On what a row plays; the first is the nearest to a house."""

    REAL = "real"  # processes, sockets and ptys, in real time
    FORKED = "forked"  # a real process on real files, in virtual time
    VIRTUAL = "virtual"  # the engine in the process of the run, in virtual time


class Section(StrEnum):
    """The parts of the fault matrix."""

    MODEM = "Serial line and modem"
    SIM = "SIM and network"
    CLOUD = "Cloud routes"
    INTAKE = "Broker and webhook"
    HOST = "Host and Home Assistant"
    USE = "Semantics and abuse"


_LAST_ROWS = {
    Section.MODEM: 15,
    Section.SIM: 22,
    Section.CLOUD: 27,
    Section.INTAKE: 35,
    Section.HOST: 47,
    Section.USE: 56,
}
ROWS = range(1, 57)


class Need(StrEnum):
    """What a machine may lack; `lab.needs` knows whether it does."""

    MOSQUITTO = "mosquitto"
    IOTCORE = "iotcore"
    PHONESIM = "ofono-phonesim"
    MOUNT = "mount"  # a file system of our own
    DRIVE = "drive"  # one that is real: ext4 on a loop device
    STRACE = "strace"
    NAMESPACE = "namespace"  # a network namespace of our own
    FAKETIME = "faketime"
    HOME_ASSISTANT = "home assistant"  # the environment `demo`


class Statistic(StrEnum):
    """Of all values of a figure, the one that a limit looks at."""

    MIN = "min"
    MEDIAN = "median"
    MEAN = "mean"
    P95 = "p95"
    P99 = "p99"
    MAX = "max"
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class Limit:
    """What a figure must keep. Without `of`: no value above `at_most`, none below `at_least`."""

    figure: str
    _: KW_ONLY
    at_most: float | None = None
    at_least: float | None = None
    unit: str = ""
    of: Statistic | None = None
    anchor: str = ""  # the published figure that it stands for, for example "A5"

    def __post_init__(self) -> None:
        """Refuse a limit that limits nothing, or both ways at once."""
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError(f"the limit of {self.figure} needs at_most or at_least, and not both")

    @property
    def statistic(self) -> Statistic:
        """Which value is looked at."""
        return self.of or (Statistic.MAX if self.at_least is None else Statistic.MIN)

    def is_kept_by(self, value: float) -> bool:
        """Whether it is good enough."""
        return value <= self.at_most if self.at_most is not None else value >= (self.at_least or 0.0)

    def __str__(self) -> str:
        """For people: ``t_report at most 20 s``."""
        bound, words = (self.at_most, "at most") if self.at_least is None else (self.at_least, "at least")
        of = f"{self.of} " if self.of else ""
        return f"{of}{self.figure} {words} {bound:g} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How often a row is played in one world.

    Args:
        quick: runs in the quick laboratory, a part of every check: seconds in all; 0: not there.
        full: runs in the full one.
        batch: runs of one process, one after the other; more than one where a run takes milliseconds.
        alone: nothing else plays meanwhile, because it measures times that a busy machine would spoil.
    """

    quick: int = 1
    full: int = 10
    batch: int = 1
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the fault matrix.

    Nothing may be lost, doubled outside a doubt, late, or unexpected in any row: that needs no limit.

    Args:
        number: of the row, 1 to 56.
        fault: what goes wrong, in the words of the matrix.
        expected: what must come of it.
        worlds: where it plays, and how often.
        limits: of its own figures.
        units: of figures without a limit.
        needs: what a machine may lack. Without one of them the row is told as not played.
        environment: whose Python it runs on, of `scripts.lib.environment`; empty: that of the laboratory.
        timeout: seconds of real time for one process; then it is ended, and the run is broken.
        remark: what a reader must know of the figures; whose it is, if something is outside our power.
        name: of what is played as a row, and is none of the matrix.
    """

    number: int
    fault: str
    expected: str
    worlds: Mapping[World, Extent] = field(default_factory=lambda: {World.REAL: Extent()})
    limits: tuple[Limit, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    needs: frozenset[Need] = frozenset()
    environment: str = ""
    timeout: float = RUN_TIMEOUT
    remark: str = ""
    name: str = ""

    @property
    def section(self) -> Section:
        """Where in the matrix it stands."""
        return next(section for section, last in _LAST_ROWS.items() if self.number <= last)

    def unit(self, figure: str) -> str:
        """Of a figure."""
        found = (limit.unit for limit in self.limits if limit.figure == figure)
        return self.units.get(figure) or next(found, "") or ("s" if figure.startswith("t_") else "")
