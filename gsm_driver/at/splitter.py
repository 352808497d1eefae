"""Bytes from a modem to lines and prompts.

The contract: bytes go in by `feed`; `next_token` returns one token, or None for "I need more bytes", and
never raises. The caller says at each pull whether a prompt is due; so the same bytes give the same tokens
however they are cut.
"""

from __future__ import annotations

import re
from enum import Enum

MAX_LINE = 8_192  # bytes; the longest real line, a +COPS=? in a city, is below 3,000

# A booting or re-plugged UART sends these; no answer has them. 0xFF is also the fill of USSD strings.
_NOISE = b"\x00\xff"
# Whole runs: CRLF, CRCRLF (Huawei E1752), a lone CR (old phones after "+CDS:25") all end one line.
_LINE_END = re.compile(rb"[\r\n]+")


class Mark(Enum):
    """What is no line."""

    PROMPT = "prompt"  # ">" at the start of a line while one was due (3GPP TS 27.005 clause 3.5.1)
    LINE_TOO_LONG = "line_too_long"  # more than `MAX_LINE` bytes without CR or LF were dropped


Token = str | Mark


class Splitter:
    """Holds at most `MAX_LINE` bytes between two pulls that returned None."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0  # bytes at the start of the buffer that hold no line end
        self._dropping = False  # inside a line that was too long

    def feed(self, data: bytes) -> None:
        """Take bytes in."""
        self._buffer += data.translate(None, _NOISE)

    def forget_prompt(self) -> None:
        """Drop a ">" that came before the command which now wants one."""
        if self._buffer.strip() == b">":
            self._drop()

    def next_token(self, *, prompt_due: bool) -> Token | None:
        """The next line without its end, in Latin-1 so that no byte is lost, or a mark, or None."""
        while True:
            end = _LINE_END.search(self._buffer, self._searched)
            if end is None:
                return self._partial_line(prompt_due=prompt_due)
            if prompt_due and self._starts_with_prompt():
                return Mark.PROMPT
            line = bytes(self._buffer[: end.start()])
            self._drop(end.end())
            if self._dropping:
                self._dropping = False
            elif len(line) > MAX_LINE:
                return Mark.LINE_TOO_LONG
            elif line:
                return line.decode("latin-1")

    def _partial_line(self, *, prompt_due: bool) -> Mark | None:
        """What an unfinished line can tell already: that it is a prompt, or too long."""
        if prompt_due and self._starts_with_prompt():
            return Mark.PROMPT
        if self._dropping:
            self._drop()
        elif len(self._buffer) > MAX_LINE:
            self._drop()
            self._dropping = True
            return Mark.LINE_TOO_LONG
        self._searched = len(self._buffer)
        return None

    def _starts_with_prompt(self) -> bool:
        """Take the ">" away. The blank after it, or SIM7670G's CRLF in its place, is left: an empty line."""
        if self._dropping or not self._buffer.startswith(b">"):
            return False
        self._drop(1)
        return True

    def _drop(self, count: int | None = None) -> None:
        """Drop bytes from the start; all by default."""
        del self._buffer[:count]
        self._searched = 0
