"""The end of the line that lives in this process: ``simulator://NAME``."""

from __future__ import annotations

import asyncio
import errno
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from .conditions import NetworkConditions, UnknownNumber
from .network import SimulatedNetwork
from .scheduler import LoopScheduler
from .simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterable

# A simulator lives as long as the loop it was made in: two tests never meet.
_simulators: WeakKeyDictionary[asyncio.AbstractEventLoop, list[Simulator]] = WeakKeyDictionary()


def register_simulator(simulator: Simulator) -> Simulator:
    """Let ``simulator://NAME`` lead to this one in the running loop; returns it."""
    _here().append(simulator)
    return simulator


def create_simulator(name: str = "modem0") -> Simulator:
    """A generic modem in the running loop whose network takes every number for a phone, registered."""
    scheduler = LoopScheduler()
    conditions = NetworkConditions(unknown_number=UnknownNumber.ADOPT)
    network = SimulatedNetwork(scheduler, conditions=conditions)
    return register_simulator(Simulator(scheduler, name=name, network=network))


def find_simulator(name: str) -> Simulator | None:
    """The simulator of the running loop whose port has, or once had, this name."""
    plugged = (simulator for simulator in _here() if simulator.name == name and simulator.is_plugged)
    known = (simulator for simulator in _here() if simulator.had_name(name))
    return next(plugged, None) or next(known, None)


def close_simulators() -> None:
    """Close and forget all simulators of the running loop: no timer of theirs is left."""
    for simulator in _simulators.pop(asyncio.get_running_loop(), []):
        simulator.close()


def open_memory_port(name: str, protocol: asyncio.Protocol) -> MemoryTransport:
    """Connect `protocol` to the simulated modem whose port is called `name` now.

    A name that nobody registered gets a simulator of its own (`create_simulator`). ``connection_made`` is
    called before this returns; everything else comes through the running loop, which there must be.

    Raises:
        FileNotFoundError: the modem was unplugged, or has come back under another name.
        OSError: EBUSY, somebody else has the port open.
    """
    simulator = find_simulator(name) or create_simulator(name)
    if not simulator.is_plugged or simulator.name != name:
        raise FileNotFoundError(errno.ENOENT, "the simulated modem is not plugged in under this name")
    if any(isinstance(end, MemoryTransport) for end in simulator.line.ends):
        raise OSError(errno.EBUSY, "the simulated port is open already")
    return MemoryTransport(simulator, protocol)


def _here() -> list[Simulator]:
    return _simulators.setdefault(asyncio.get_running_loop(), [])


class MemoryTransport(asyncio.Transport):
    """A serial port without a port; made by `open_memory_port`."""

    def __init__(self, simulator: Simulator, protocol: asyncio.Protocol) -> None:
        super().__init__({"simulator": simulator})
        self._simulator = simulator
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._paused: list[bytes] | None = None  # what came while reading was paused
        simulator.line.ends.append(self)
        protocol.connection_made(self)

    # --- the host's side ----------------------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Bytes to the modem; dropped once the transport closes."""
        if data and not self._closing:
            self._simulator.line.write_from_host(bytes(data))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """The same as one write."""
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        """Let go of the port; ``connection_lost(None)`` follows."""
        self._lose(None)

    def abort(self) -> None:
        """The same: nothing is buffered."""
        self._lose(None)

    def is_closing(self) -> bool:
        """The port is closed or lost."""
        return self._closing

    def get_write_buffer_size(self) -> int:
        """Always 0."""
        return 0

    def can_write_eof(self) -> bool:
        """A serial line has no end of file."""
        return False

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The protocol."""
        return self._protocol

    def is_reading(self) -> bool:
        """Bytes are handed on as they come."""
        return self._paused is None and not self._closing

    def pause_reading(self) -> None:
        """Keep bytes until `resume_reading`."""
        if self._paused is None:
            self._paused = []

    def resume_reading(self) -> None:
        """Hand on what was kept."""
        kept, self._paused = self._paused or [], None
        for data in kept:
            self.data_from_modem(data)

    # --- the modem's side ---------------------------------------------------------------------------------

    def data_from_modem(self, data: bytes) -> None:
        """Hand bytes to the protocol in the loop's next round."""
        if self._paused is not None:
            self._paused.append(data)
        elif not self._closing:
            self._loop.call_soon(self._hand_on, data)

    def port_gone(self) -> None:
        """The modem was unplugged."""
        self._lose(OSError(errno.EIO, "the simulated modem was unplugged"))

    def port_back(self, name: str) -> None:
        """A lost connection stays lost; the host opens the port again."""

    def _hand_on(self, data: bytes) -> None:
        if not self._closing:
            self._protocol.data_received(data)

    def _lose(self, error: OSError | None) -> None:
        if self._closing:
            return
        self._closing = True
        self._simulator.line.ends.remove(self)
        self._loop.call_soon(self._protocol.connection_lost, error)
