"""A simulated modem whose time is moved by hand, and the bytes that it wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gsm_driver.simulator import (
    PROFILES,
    Fault,
    FaultPlan,
    LineConditions,
    NetworkConditions,
    NetworkEvent,
    SimCard,
    SimulatedNetwork,
    SimulatedPhone,
    Simulator,
    SteppedScheduler,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PHONE = "+34616585119"
MODEM = "+43660000001"
STARTED = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class RecordingEnd:
    """A host that only listens."""

    def __init__(self) -> None:
        self.chunks: list[tuple[float, bytes]] = []
        self.gone = 0
        self.names: list[str] = []
        self.now: Callable[[], float] = lambda: 0.0

    def data_from_modem(self, data: bytes) -> None:
        self.chunks.append((self.now(), data))

    def port_gone(self) -> None:
        self.gone += 1

    def port_back(self, name: str) -> None:
        self.names.append(name)

    def take(self) -> bytes:
        taken = b"".join(data for _, data in self.chunks)
        self.chunks.clear()
        return taken


class Bench:
    """One simulator on a bench: write bytes, move the time, read bytes."""

    def __init__(
        self,
        profile: str = "generic",
        *,
        faults: tuple[Fault, ...] = (),
        seed: int = 0,
        sim: SimCard | None = None,
        line: LineConditions | None = None,
        **conditions: Any,
    ) -> None:
        self.time = SteppedScheduler()
        self.network = SimulatedNetwork(
            self.time,
            wall=lambda: STARTED + timedelta(seconds=self.time.now()),
            conditions=NetworkConditions(**conditions),
        )
        self.events: list[NetworkEvent] = []
        self.network.listen(self.events.append)
        self.simulator = Simulator(
            self.time,
            network=self.network,
            profile=PROFILES[profile],
            sim=sim or SimCard(number=MODEM),
            faults=FaultPlan(faults, seed=seed),
            line=line,
        )
        self.modem = self.simulator.modem
        self.phone: SimulatedPhone = self.network.add_phone(PHONE)
        self.end = RecordingEnd()
        self.end.now = self.time.now
        self.simulator.line.ends.append(self.end)

    def write(self, data: bytes) -> bytes:
        """Write as the host; what comes back without any time passing."""
        self.simulator.line.write_from_host(data)
        return self.after(0)

    def after(self, seconds: float) -> bytes:
        """What the modem writes while so much time passes."""
        self.time.advance(seconds)
        return self.end.take()

    def quiet(self) -> Bench:
        """Echo off, numeric errors, PDU mode: as a driver sets it up."""
        assert self.write(b"ATE0;+CMEE=1;+CMGF=0\r").endswith(b"\r\nOK\r\n")
        return self

    def submit(self, hex_pdu: str, length: int) -> bytes:
        """Send one PDU; everything that comes back."""
        return self.write(f"AT+CMGS={length}\r".encode()) + self.write(hex_pdu.encode() + b"\x1a")
