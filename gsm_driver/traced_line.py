"""The way out to the modem, and what a trace shows of both ways."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gsm_driver.at.exchange import ESCAPE
from gsm_driver.at.redaction import RedactedLines

if TYPE_CHECKING:
    from collections.abc import Callable

    from .transport import Transport

    Trace = Callable[[str, str], None]

INPUT_PIECE = 32  # characters of a payload at a time where a modem overruns: half of the smallest UART buffer


class TracedLine:
    """Writes, and shows what is written and what comes, without numbers and texts.

    Args:
        trace: called with "<" or ">" and each line.
    """

    def __init__(self, trace: Trace | None) -> None:
        self.transport: Transport | None = None
        self.is_traced = trace is not None
        self._trace = trace
        self._received = RedactedLines()

    def write(self, data: bytes, shown: str) -> None:
        """Write; `shown` stands for it in the trace."""
        if self._trace is not None:
            self._trace(">", shown)
        if self.transport is not None:
            self.transport.write(data)

    def escape(self) -> None:
        """Write ESC."""
        self.write(ESCAPE.encode("ascii"), "<ESC>")

    def show_received(self, data: bytes) -> None:
        """Bytes came: show the lines that they complete."""
        if self._trace is not None:
            for line in self._received.feed(data):
                self._trace("<", line)

    async def write_ahead(self, payload: str, pause: float, check: Callable[[], None]) -> int:
        """Write a payload but for its last piece, for a modem that overruns. Returns how much that was.

        `check` is called after each pause, and may raise: then no more is written.
        """
        written = 0
        while len(payload) - written > INPUT_PIECE:
            piece = payload[written : written + INPUT_PIECE]
            self.write(piece.encode("ascii"), f"<{len(piece) // 2} octets>")
            written += len(piece)
            await asyncio.sleep(pause)
            check()
        return written
