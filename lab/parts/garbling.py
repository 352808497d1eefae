"""What bad lines and odd firmware make of what a modem says, without making it say something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

LINE_END = b"\r\n"
LINE_ENDS = (b"\r\r\n", b"\n", b"\r", b"\n\r", b"\r\n\r\n", b" \r\n", b"\r\n")
GARBAGE = (b"\xff\x00\x8a", b"\x80\x81\xfe\r\n", b"\r\n#!~\r\n", b"\x1b\x07", b"\r\n\r\n\r\n")
GARBAGE_RATE = 0.1  # of what is written
LONGEST_PIECE = 24  # octets that arrive together


def garbler(draw: random.Random) -> Callable[[bytes], list[bytes]]:
    """Pieces of what was said: with other line ends, and garbage between two lines."""

    def garble(said: bytes) -> list[bytes]:
        if said.endswith(b"> "):
            return [said[:-1], said[-1:]]  # the prompt is no line
        changed = draw.choice(LINE_ENDS).join(said.split(LINE_END))
        if draw.random() < GARBAGE_RATE:
            changed = draw.choice(GARBAGE) + changed
        return _pieces(draw, changed)

    return garble


def _pieces(draw: random.Random, data: bytes) -> list[bytes]:
    found = []
    while data:
        size = draw.randint(1, LONGEST_PIECE)
        found.append(data[:size])
        data = data[size:]
    return found
