"""Wall clocks of processes that nobody can pass a clock to: by libfaketime, through their environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.needs import faketime_library

if TYPE_CHECKING:
    from pathlib import Path


class NoFaketimeError(Exception):
    """libfaketime is not here: a row needs `Need.FAKETIME`."""


@dataclass(frozen=True, slots=True)
class WallClock:
    """A wall clock that can be set while a process runs; its monotonic clock goes on undisturbed.

    Args:
        file: holds the offset; the process looks at it every second.
    """

    file: Path

    def set(self, seconds: float) -> None:
        """So many seconds ahead of the machine's clock, or behind it."""
        draft = self.file.with_suffix(".new")  # whoever reads meanwhile would see no offset
        draft.write_text(f"{seconds:+.3f}\n", encoding="utf-8")
        draft.replace(self.file)

    def environment(self) -> dict[str, Any]:
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
            "FAKETIME_CACHE_DURATION": "1",  # without it every look at the clock reads the file
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # it would poll in every wait of a thread
        }


def a_wall_clock(folder: Path, seconds: float = 0.0) -> WallClock:
    """A clock that is so many seconds ahead to begin with."""
    clock = WallClock(folder / "wall-clock")
    clock.set(seconds)
    return clock
