"""The process of a run: ``python -m lab --child ROW WORLD SEED RUNS FOLDER``, started by the runner.

Each run leaves one line of JSON in ``FOLDER/outcomes``: what it came to, or what went wrong in the row
itself. A run that is not there did not end.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

from tests import virtual_time

from .catalogue import load_one
from .row import World
from .run import Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .catalogue import Entry
    from .run import Outcome

OUTCOMES = "outcomes"  # the file
_SHOWN = 4000  # characters of what went wrong: the end says it


def play_all(
    number: int,
    world: World,
    seed: int,
    runs: int,
    folder: Path,
    *,
    is_quick: bool,
    load_one: Callable[[int], Entry] = load_one,
) -> None:
    """Play so many runs of a row, with this and the following seeds."""
    entry = load_one(number)
    for each in range(seed, seed + runs):
        place = folder / str(each)
        place.mkdir()
        began = time.monotonic()
        found = _play(entry, Run(entry.row, world, each, place, is_quick=is_quick))
        line = json.dumps({"seed": each, "seconds": round(time.monotonic() - began, 2), **found})
        with (folder / OUTCOMES).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def _play(entry: Entry, run: Run) -> dict[str, Any]:
    """What it came to; a row that fails by itself is told, and the next seed is played."""
    try:
        if run.world is World.VIRTUAL:
            return virtual_time.run(_playing(entry, run)).as_dict()
        return asyncio.run(_playing(entry, run)).as_dict()
    except Exception:  # noqa: BLE001 - whatever it was, it is told with the seed
        told = traceback.format_exc()
        sys.stderr.write(told)
        return {"error": told[-_SHOWN:]}


async def _playing(entry: Entry, run: Run) -> Outcome:
    async with run:
        return await entry.play(run)
