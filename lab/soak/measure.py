"""What a month costs, and how much of it there was a way out."""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The process and its journal at one moment."""

    day: float
    memory: float  # MiB, resident
    descriptors: int
    journal: float  # MiB, with the WAL


def sample(day: float, journal: Path) -> Sample:
    """Look."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    files = (journal, journal.with_name(f"{journal.name}-wal"))
    return Sample(
        day=day,
        memory=pages * os.sysconf("SC_PAGE_SIZE") / _MIB,
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
        journal=sum(file.stat().st_size for file in files if file.exists()) / _MIB,
    )


def slope(samples: Sequence[Sample], of: str) -> float:
    """How much more a day: least squares over the second half, when all that is kept has come to be."""
    later = samples[len(samples) // 2 :]
    days, values = [each.day for each in later], [float(getattr(each, of)) for each in later]
    middle, mean = sum(days) / len(days), sum(values) / len(values)
    spread = sum((day - middle) ** 2 for day in days)
    return sum((day - middle) * (value - mean) for day, value in zip(days, values, strict=True)) / spread


def growth(samples: Sequence[Sample], of: str) -> float:
    """The most of the second half over the most of the first."""
    half = len(samples) // 2
    values = [float(getattr(each, of)) for each in samples]
    return max(values[half:]) - max(values[:half])


@dataclass(kw_only=True)
class Availability:
    """When each way out worked: nothing was broken there, and the gateway held it for usable.

    Attributes:
        began: seconds.
        repairs: how long each outage lasted, by route.
    """

    routes: tuple[str, ...]
    began: float
    repairs: dict[str, list[float]] = field(default_factory=dict)
    _works: dict[str, bool] = field(default_factory=dict)
    _broken: dict[str, int] = field(default_factory=dict)  # faults at the same time
    _is_broken: dict[str, bool] = field(default_factory=dict)  # since `_since`
    _usable: dict[str, bool] = field(default_factory=dict)
    _since: float = 0.0
    _down_since: dict[str, float] = field(default_factory=dict)
    _up: dict[str, float] = field(default_factory=dict)  # seconds so far; "" is any of them
    _whole: float = 0.0  # seconds in which the plan had not broken all of them

    def __post_init__(self) -> None:
        """Nothing works yet."""
        self._since = self.began
        for route in self.routes:
            self._works[route], self._usable[route], self._broken[route] = False, False, 0
            self._is_broken[route] = False
            self.repairs[route], self._up[route] = [], 0.0
            self._down_since[route] = self.began
        self._up[""] = 0.0

    def fault(self, route: str, change: int, now: float) -> None:
        """One fault more, or one fewer."""
        self._broken[route] += change
        self._follow(now)

    def tell(self, route: str, *, usable: bool, now: float) -> None:
        """The gateway holds it for usable, or does not."""
        if route in self._usable:
            self._usable[route] = usable
            self._follow(now)

    def gone(self, now: float) -> None:
        """There is no gateway."""
        self._usable = dict.fromkeys(self._usable, False)
        self._follow(now)

    def shares(self, now: float) -> Mapping[str, float]:
        """In percent: of each route, and of all together under ""."""
        self._follow(now)
        return {name: 100.0 * up / (now - self.began) for name, up in self._up.items()}

    def kept(self, now: float) -> float:
        """In percent of the time in which a way was left: how much of it there was one that worked."""
        self._follow(now)
        return 100.0 * self._up[""] / self._whole

    def _follow(self, now: float) -> None:
        passed, self._since = now - self._since, now
        self._whole += passed * (not all(self._is_broken.values()))
        self._is_broken = {route: broken > 0 for route, broken in self._broken.items()}
        self._up[""] += passed * any(self._works.values())
        for route, worked in self._works.items():
            self._up[route] += passed * worked
            works = self._usable[route] and not self._broken[route]
            if worked and not works:
                self._down_since[route] = now
            elif works and not worked and self._down_since[route] > self.began:
                self.repairs[route].append(now - self._down_since[route])
            self._works[route] = works
