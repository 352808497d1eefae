"""What the person in front of the demo reads."""

from __future__ import annotations

import sys
import textwrap
import time

INDENT = " " * 12
WIDTH = 84  # characters of what happened; with time and place it fits a terminal of 120


class Telling:
    """Prints each step with the seconds since the beginning of the act."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def act(self, title: str) -> None:
        """A new part begins; its clock starts at zero."""
        self._start = time.monotonic()
        self._print(f"\n{title}")

    def fact(self, text: str) -> None:
        """Something happened."""
        self._line("", text)

    def step(self, where: str, text: str) -> None:
        """Something happened at a place: MQTT, the phone, Home Assistant."""
        self._line(f"{where:<15}", text)

    def _line(self, where: str, text: str) -> None:
        seconds = time.monotonic() - self._start
        lines = [part for line in text.splitlines() for part in textwrap.wrap(line, WIDTH) or [""]]
        first, *rest = lines or [""]
        self._print(f"{seconds:8.2f} s  {where}{first}")
        for line in rest:
            self._print(f"{INDENT}{' ' * len(where)}{line}")

    @staticmethod
    def _print(text: str) -> None:
        print(text, file=sys.stdout, flush=True)
