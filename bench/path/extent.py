"""How much is measured of the whole path."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

IDLE, LOADED, SLOW, BOTH = "idle", "loaded", "slow disk", "loaded, slow disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Counts, and under which circumstances."""

    samples: int = 200  # of each figure, under each of the circumstances
    circumstances: tuple[str, ...] = (IDLE, LOADED, SLOW, BOTH)
    home_too: bool = True  # Home Assistant takes half a minute to start

    def as_dict(self) -> dict[str, Any]:
        """For the record."""
        return asdict(self)


FULL = Extent()
SMOKE = Extent(samples=3, circumstances=(IDLE,), home_too=False)
