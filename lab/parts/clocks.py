"""Wall clocks of processes that nobody can pass a clock to: by libfaketime, through their environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.needs import faketime_library

if TYPE_CHECKING:
    from pathlib import Path


class NoFaketimeError(Exception):
    """libfaketime is not here: a row needs `Need.FAKETIME`."""


@dataclass(frozen=True, slots=True)
class WallClock:
    """A wall clock that can be set while a process runs; its monotonic clock goes on undisturbed.

    Args:
        file: holds the offset; the process looks at it again and again.
    """

    file: Path

    def set(self, seconds: float) -> None:
        """So many seconds ahead of the machine's clock, or behind it."""
        self.file.write_text(f"{seconds:+.3f}\n", encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """For the process: ``plant.gateway(**clock.environment())``.

        Raises:
            NoFaketimeError: it is not installed.
        """
        library = faketime_library()
        if library is None:
            raise NoFaketimeError("libfaketime is not installed")
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


def a_wall_clock(folder: Path, seconds: float = 0.0) -> WallClock:
    """A clock that is so many seconds ahead to begin with."""
    clock = WallClock(folder / "wall-clock")
    clock.set(seconds)
    return clock
