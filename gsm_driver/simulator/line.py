"""The wire between host and modem: pace, pieces, and counting."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .scheduler import Scheduler

BITS_PER_BYTE = 10  # start bit, eight data bits, stop bit
PACED_PIECE = 64  # bytes that a UART of a modem hands on at once


@dataclass(frozen=True, slots=True, kw_only=True)
class LineConditions:
    """How bytes travel, both ways."""

    baud: int | None = None  # None: at once, as on USB
    piece: int | None = None  # bytes that arrive together, at most; 1 is byte by byte
    delay: float = 0.0  # seconds before each piece from the modem


@dataclass(slots=True, kw_only=True)
class LineCounters:
    """What went over the wire."""

    from_host: int = 0  # bytes
    to_host: int = 0  # bytes
    writes: int = 0  # by the host
    turns: int = 0  # times the host wrote after it had been answered: write, wait, write is two

    def as_dict(self) -> dict[str, int]:
        """As JSON of the control channel."""
        return asdict(self)


class LineEnd(Protocol):
    """Where the host's bytes come from and the modem's go to."""

    def data_from_modem(self, data: bytes) -> None:
        """Bytes from the modem."""

    def port_gone(self) -> None:
        """The port disappeared."""

    def port_back(self, name: str) -> None:
        """The port is there again, under this name."""


class Line:
    """Carries bytes between the modem and the ends that are open.

    Args:
        scheduler: its time.
        to_modem: takes what arrives there.
        conditions: how bytes travel; may be exchanged at any time.
    """

    def __init__(
        self, scheduler: Scheduler, to_modem: Callable[[bytes], None], conditions: LineConditions
    ) -> None:
        self.conditions = conditions
        self.counters = LineCounters()
        self.ends: list[LineEnd] = []
        self._to_modem = _Way(scheduler, to_modem)
        self._to_host = _Way(scheduler, self._arrive_at_host)
        self._host_spoke_last = False

    def write_from_host(self, data: bytes) -> None:
        """The host writes."""
        if not data:
            return
        self.counters.from_host += len(data)
        self.counters.writes += 1
        if not self._host_spoke_last:
            self.counters.turns += 1
            self._host_spoke_last = True
        self._to_modem.send(data, self.conditions, delay=0.0)

    def write_from_modem(self, data: bytes) -> None:
        """The modem writes."""
        self._to_host.send(data, self.conditions, delay=self.conditions.delay)

    def cut(self) -> None:
        """What is on the wire never arrives."""
        self._to_modem.clear()
        self._to_host.clear()

    def _arrive_at_host(self, data: bytes) -> None:
        self.counters.to_host += len(data)
        self._host_spoke_last = False
        for end in tuple(self.ends):
            end.data_from_modem(data)


class _Way:
    """One direction."""

    def __init__(self, scheduler: Scheduler, arrive: Callable[[bytes], None]) -> None:
        self._scheduler = scheduler
        self._arrive = arrive
        self._free_at = 0.0  # when the last piece that was sent has arrived
        self._under_way = 0  # pieces
        self._cuts = 0

    def send(self, data: bytes, conditions: LineConditions, *, delay: float) -> None:
        """Let bytes arrive, in order."""
        if not (conditions.baud or delay or self._under_way):
            for piece in _pieces(data, conditions.piece or len(data)):
                self._arrive(piece)
            return
        for piece in _pieces(data, conditions.piece or PACED_PIECE):
            self._send_later(piece, delay + _seconds_on_wire(piece, conditions.baud))

    def clear(self) -> None:
        """Drop what has not arrived."""
        self._cuts += 1
        self._free_at = 0.0
        self._under_way = 0

    def _send_later(self, piece: bytes, seconds: float) -> None:
        cuts = self._cuts
        now = self._scheduler.now()
        self._free_at = max(self._free_at, now) + seconds
        self._under_way += 1

        def arrive() -> None:
            if cuts == self._cuts:
                self._under_way -= 1
                self._arrive(piece)

        self._scheduler.call_later(self._free_at - now, arrive)


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def _seconds_on_wire(piece: bytes, baud: int | None) -> float:
    return len(piece) * BITS_PER_BYTE / baud if baud else 0.0
