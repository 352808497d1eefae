"""What a row is given to play with, and what it hands back."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Self, TypeVar

from .ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from pathlib import Path

    from gsm_driver.simulator import SimulatedPhone

    from .checker import Findings
    from .row import Row, World

PATIENCE = 60.0
"""Seconds for something that has to come. The slowest promise of the product, 90 s, is waited for by name."""
LOOK = 0.02  # seconds between two looks at something that tells nobody, such as a file

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run came to. The verdict is the tally's."""

    findings: Findings
    figures: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # by name, and by what it was of
    accepted: int = 0  # promises; 0 in rows that are not about alarms

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        found: dict[str, Any] = {}
        for each in fields(self.findings):
            value = getattr(self.findings, each.name)
            found[each.name] = dict(value) if isinstance(value, Counter) else list(value)
        counts = {name: dict(each) for name, each in self.counts.items()}
        return {
            "accepted": self.accepted,
            "findings": found,
            "figures": dict(self.figures),
            "counts": counts,
        }


class Run:
    """One run of one row with one seed. Use as ``async with``: everything that it started ends with it.

    Attributes:
        row, world, seed: what is played.
        is_quick: the quick laboratory plays; a row may then do less of the same.
        folder: empty, of this run alone; everything that is written belongs there.
        random: chance, from seed and row. Nothing else in a row may be random.
        ledger: the books for the checker.
    """

    def __init__(self, row: Row, world: World, seed: int, folder: Path, *, is_quick: bool = True) -> None:
        self.row = row
        self.world = world
        self.seed = seed
        self.folder = folder
        self.is_quick = is_quick
        self.random = random.Random(f"{row.number} {world} {seed}")
        self.ledger = Ledger()
        self._figures: dict[str, tuple[float, ...]] = {}
        self._counts: dict[str, Counter[str]] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Nothing is started yet."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """End what was started, the last one first."""
        await self._stack.aclose()

    @staticmethod
    def now() -> float:
        """Seconds on the clock of the loop, which is the clock of the phones, real or virtual."""
        return asyncio.get_running_loop().time()

    async def use(self, part: AbstractAsyncContextManager[T]) -> T:
        """Start a part; it ends with the run."""
        return await self._stack.enter_async_context(part)

    def keep(self, part: AbstractContextManager[T]) -> T:
        """Start a part that needs no waiting; it ends with the run."""
        return self._stack.enter_context(part)

    def note(self, figure: str, *values: float) -> None:
        """Measured: seconds if the name begins with ``t_``, else what the row says."""
        self._figures[figure] = (*self._figures.get(figure, ()), *(float(value) for value in values))

    def count(self, name: str, number: int = 1, *, of: str = "") -> None:
        """Counted: added up over all runs. `of` sorts it, for example by the point of a crash."""
        self._counts.setdefault(name, Counter())[of] += number

    async def until(
        self, condition: Callable[[], bool], what: str, *, within: float = PATIENCE, every: float = LOOK
    ) -> float:
        """Wait until it is so, by looking again and again; the seconds that it took.

        Only where nothing tells of it: a part that has an ``until`` or ``says`` of its own is more exact.

        Raises:
            AssertionError: it did not come.
        """
        began = self.now()
        while not condition():
            if self.now() - began > within:
                raise AssertionError(f"{what}: it did not come within {within:g} s")
            await asyncio.sleep(every)
        return self.now() - began

    def outcome(
        self,
        journal: Path | None = None,
        phones: Iterable[SimulatedPhone] = (),
        *,
        foreseen: tuple[str, ...] = (),
        findings: Findings | None = None,
        accepted: int | None = None,
    ) -> Outcome:
        """Let the checker judge the ledger, and add the figures.

        Args:
            journal: of the gateway, if it can be read.
            phones: what they received is looked at, besides what is in the ledger.
            foreseen: keys of the gateway's own alarms that the fault has to raise, as patterns.
            findings: of a world with books of its own, which went through the same checker …
            accepted: … and how many promises were in them.
        """
        return Outcome(
            findings=findings or self.ledger.findings(journal, phones, foreseen=foreseen),
            figures=dict(self._figures),
            counts=self._counts,
            accepted=len(self.ledger.promises) if accepted is None else accepted,
        )
