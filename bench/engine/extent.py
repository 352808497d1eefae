"""How much is measured of the engine: everything, or a little of everything."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Counts."""

    at_a_time: tuple[int, ...] = (1, 10, 100)
    raises: int = 2000  # for each of these
    syncs: int = 500
    messages: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    open_alarms: tuple[int, ...] = (1000, 10_000, 100_000)  # on the largest history
    single: int = 100  # raises, one by one, at each size
    asked: int = 200  # times each question
    home_too: bool = True  # Home Assistant takes half a minute to start

    def as_dict(self) -> dict[str, Any]:
        """For the record."""
        return asdict(self)


FULL = Extent()
SMOKE = Extent(
    at_a_time=(1, 10),
    raises=100,
    syncs=20,
    messages=(1000, 2000),
    open_alarms=(100, 200),
    single=5,
    asked=3,
    home_too=False,
)
