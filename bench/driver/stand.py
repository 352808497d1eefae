"""The reference modem: strict, on a pseudo-terminal, without SMSC latency; and what can be read off it.

It runs in the process of the referee; see `exact` for its time.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bench.driver.exact import ExactScheduler
from gsm_driver.simulator import (
    FaultPlan,
    LineConditions,
    NetworkConditions,
    NetworkEventKind,
    PtyPort,
    SimulatedNetwork,
    Simulator,
    UnknownNumber,
    run_pty,
)
from gsm_driver.simulator.profiles import GENERIC

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from gsm_driver.simulator import Fault, LineCounters, NetworkEvent

BAUD = 115_200
BITS_PER_BYTE = 10
PHONE = "+436641234567"  # receives what the client sends
SENDER = "+436769876543"  # sends what the client receives
SLOTS = 60  # of the SIM: a burst of 50 fits


class Stand:
    """One modem with its network, and a clock on everything that happens; ``async with Stand() as stand``.

    Attributes:
        arrived_at: text to the time at which the modem had a received message and announced it, in seconds of
            the system's monotonic clock.
        submitted: how many segments the SMSC took.
        texts: what the phone got, and how often.
    """

    def __init__(
        self,
        *,
        baud: int | None = None,
        slots: int = SLOTS,
        faults: Iterable[Fault] = (),
        report_latency: float = 0.0,
    ) -> None:
        scheduler = ExactScheduler()
        conditions = NetworkConditions(
            unknown_number=UnknownNumber.ADOPT, retry_after=1.0, report_latency=report_latency
        )
        self.network = SimulatedNetwork(scheduler, conditions=conditions)
        self.network.add_phone(PHONE)
        capacities = {"SM": slots, "ME": slots, "SR": slots}
        self.simulator = Simulator(
            scheduler,
            network=self.network,
            profile=replace(GENERIC, capacities=capacities),
            faults=FaultPlan(faults),
            line=LineConditions(baud=baud),
        )
        self.arrived_at: dict[str, float] = {}
        self.submitted = 0
        self.texts: Counter[str] = Counter()
        self._changed = asyncio.Event()
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        self._port: PtyPort | None = None
        self.network.listen(self._note)

    @property
    def path(self) -> str:
        """The serial port; a link that stays the same when the modem is plugged in again."""
        return str(Path(self._folder.name) / "modem0")

    @property
    def counters(self) -> LineCounters:
        """Bytes and turns so far: a copy."""
        return replace(self.simulator.line.counters)

    @property
    def delivered(self) -> int:
        """How many different texts the phone has."""
        return len(self.texts)

    @property
    def doubled(self) -> int:
        """How many texts came to the phone more than once."""
        return sum(count > 1 for count in self.texts.values())

    def deliver(self, text: str) -> None:
        """A message comes in."""
        self.network.deliver_sms(SENDER, text)

    async def until(self, *, delivered: int = 0, submitted: int = 0, within: float) -> bool:
        """Wait until so much happened; False when that took too long."""
        try:
            async with asyncio.timeout(within):
                while self.delivered < delivered or self.submitted < submitted:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def _note(self, event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.ARRIVED:
            self.arrived_at.setdefault(event.text, event.at)
        elif event.kind is NetworkEventKind.SUBMITTED:
            self.submitted += 1
        elif event.kind is NetworkEventKind.DELIVERED:
            self.texts[event.text] += 1
        self._changed.set()

    async def __aenter__(self) -> Self:
        """Open the port."""
        self._port = run_pty(self.simulator, Path(self.path))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it."""
        if self._port is not None:
            self._port.close()
        self.simulator.close()
        self._folder.cleanup()


def seconds_on_wire(octets: float) -> float:
    """How long so many bytes take at `BAUD`."""
    return octets * BITS_PER_BYTE / BAUD
