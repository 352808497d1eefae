"""How much is measured: everything, or a little of everything."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.driver.roster import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Counts and times."""

    rounds: int = 3
    slow_too: bool = True  # the clients that sleep between messages take part
    quick_messages: int = 300
    slow_messages: int = 15  # of clients that sleep between messages: about one a second
    quick_long_messages: int = 30
    slow_long_messages: int = 4
    quick_received: int = 100
    slow_received: int = 40
    burst: int = 50
    burst_seconds: float = 30.0
    idle_seconds: float = 120.0
    fault_messages: int = 100
    fault_seconds: float = 300.0
    troubles: int | None = None  # rows of the fault table; None for all
    troubles_at_a_time: int = 33

    def messages(self, entry: Entry) -> int:
        """How many this client sends in one series."""
        return self.quick_messages if entry.is_quick else self.slow_messages

    def long_messages(self, entry: Entry) -> int:
        """How many of five segments."""
        return self.quick_long_messages if entry.is_quick else self.slow_long_messages

    def received(self, entry: Entry) -> int:
        """How many this client receives one by one."""
        return self.quick_received if entry.is_quick else self.slow_received

    def as_dict(self) -> dict[str, Any]:
        """For the record."""
        return asdict(self)


FULL = Extent()
SMOKE = Extent(
    rounds=1,
    quick_messages=20,
    slow_too=False,
    quick_long_messages=1,
    quick_received=5,
    burst=10,
    burst_seconds=3.0,
    idle_seconds=1.0,
    fault_messages=4,
    fault_seconds=5.0,
    troubles=1,
)
