"""What every client program says to the referee, and how it hears from it."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import NamedTuple


class Order(NamedTuple):
    """Texts to send."""

    number: str
    texts: list[str]


def parse_order(line: str | bytes) -> Order:
    """One line of standard input."""
    return Order(**json.loads(line))


def tell(*words: object) -> None:
    """One line of standard output, at once."""
    os.write(sys.stdout.fileno(), (" ".join(map(str, words)) + "\n").encode())


class Outcomes:
    """What became of the texts of an order: told for each, or, to save what telling costs, all at the end."""

    EACH = "each"  # the option of a client program

    def __init__(self, options: list[str]) -> None:
        self._each = self.EACH in options
        self._lines: list[str] = []

    def note(self, index: int, outcome: str) -> None:
        """One text is over: "accepted" or "failed"."""
        self._lines.append(f"sent {index} {outcome}")
        if self._each:
            self.flush()

    def flush(self) -> None:
        """Tell what was not told yet."""
        if self._lines:
            tell("\n".join(self._lines))
        self._lines.clear()


def tell_received(text: str) -> None:
    """The consumer has this text now."""
    tell("received", f"{time.monotonic():.6f}", text)
