"""Many stories, several at once, and what they come to."""

from __future__ import annotations

import gc
import multiprocessing
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .story import Result, play
from .world import Kill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .flaws import Flaw


@dataclass(kw_only=True)
class Tally:
    """All stories together."""

    stories: int = 0
    crashes: int = 0
    promises: int = 0
    messages: int = 0
    seconds: float = 0.0
    kills: Counter[str] = field(default_factory=Counter)  # by point
    passed: Counter[str] = field(default_factory=Counter)  # failpoints, without dying there
    doubts: Counter[str] = field(default_factory=Counter)  # by point
    resent: Counter[str] = field(default_factory=Counter)  # the same: copies too many
    faults: Counter[str] = field(default_factory=Counter)  # by kind
    broken: list[tuple[int, str]] = field(default_factory=list)  # seed and what is wrong

    def add(self, result: Result) -> None:
        """One more story."""
        self.stories += 1
        self.crashes += result.crashes
        self.promises += result.promises
        self.messages += result.messages
        for end in result.ends:
            self.kills[end.point] += end.kill is not Kill.NONE
            self.passed.update(end.passed)
        self.doubts.update(result.findings.doubts)
        self.resent.update(result.findings.resent)
        for kind, found in result.findings.faults.items():
            self.faults[kind] += len(found)
            self.broken += [(result.seed, f"{kind}: {each}") for each in found]


def run(
    runs: int, *, seed: int = 1, workers: int = 2, folder: Path | None = None, flaw: Flaw | None = None
) -> Tally:
    """Play stories until there were at least so many crashes; `seed` is that of the first.

    The calling process must have no threads: it is forked.
    """
    tally, began = Tally(), time.monotonic()
    gc.freeze()  # what is there is shared by all that is forked
    context = multiprocessing.get_context("fork")
    # The pool is ended while some play; their folders go with this one.
    with (
        tempfile.TemporaryDirectory(prefix="crash-", dir=folder, ignore_cleanup_errors=True) as place,
        context.Pool(workers) as pool,
    ):
        for result in pool.imap(_Player(Path(place), flaw), _seeds(seed, tally, runs), chunksize=1):
            tally.add(result)
            if tally.crashes >= runs:
                break
    tally.seconds = time.monotonic() - began
    return tally


@dataclass(frozen=True)
class _Player:
    folder: Path
    flaw: Flaw | None

    def __call__(self, seed: int) -> Result:
        return play(seed, self.folder, flaw=self.flaw)


def _seeds(first: int, tally: Tally, runs: int) -> Iterator[int]:
    seed = first
    while tally.crashes < runs:
        yield seed
        seed += 1
