"""What a case of the security part is, and the book that it keeps.

A case is a module ``lab/security/cases/words.py`` with ``CASE = Case(...)`` and
``async def play(run: Run, book: Book) -> None``. It tries, and writes down what it tried, whatever was
let in, and whatever else must not be. It is played as rows are: in a process of its own, by the same runner.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.checker import Findings
from lab.row import Extent, Need, Row, World
from lab.run import Outcome

if TYPE_CHECKING:
    from lab.run import Run

ATTEMPTS = "attempts"  # what is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way to attack.

    Args:
        name: of its module.
        tries: what somebody does.
        expected: what must come of it.
        is_quick: it is a part of every check.
        needs: what a machine may lack. Without one of them it is told as not played.
        timeout: seconds of real time; then it is ended, and broken.
        remark: what a reader must know of its figures.
    """

    name: str
    tries: str
    expected: str
    is_quick: bool = False
    needs: frozenset[Need] = frozenset({Need.MOSQUITTO})
    timeout: float = 120.0
    remark: str = ""

    def row(self, number: int) -> Row:
        """As the runner takes it."""
        return Row(
            number=number,
            name=self.name,
            fault=self.tries,
            expected=self.expected,
            worlds={World.REAL: Extent(quick=1, full=1)},
            needs=self.needs,
            timeout=self.timeout,
            remark=self.remark,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityFindings(Findings):
    """What a case found; all of it has to be empty."""

    let_in: tuple[str, ...] = ()  # attempts that had an effect
    found: tuple[str, ...] = ()  # whatever else must not be


@dataclass(kw_only=True)
class Book:
    """What was tried, and what came of it.

    Attributes:
        run: counts are kept there.
    """

    run: Run
    _let_in: list[str] = field(default_factory=list)
    _found: list[str] = field(default_factory=list)

    def attempt(self, what: str, *, is_let_in: bool = False, count: int = 1) -> None:
        """Tried so many times; `is_let_in`: it had an effect."""
        self.run.count(ATTEMPTS, count, of=what)
        if is_let_in:
            self._let_in.append(what)

    def let_in(self, what: str) -> None:
        """Something that was tried before had an effect."""
        self._let_in.append(what)

    def find(self, what: str) -> None:
        """Something must not be."""
        self._found.append(what)

    def must(self, what: str, *, is_so: bool) -> None:
        """A finding unless it is so."""
        if not is_so:
            self.find(f"not so: {what}")

    def measure(self, what: str, value: float) -> None:
        """A figure for the report; it is judged by whoever measures it."""
        self.run.note(what, value)

    def outcome(self) -> Outcome:
        """For the runner."""
        kept = self.run.outcome(findings=Findings())
        findings = SecurityFindings(let_in=tuple(self._let_in), found=tuple(self._found))
        return Outcome(findings=findings, figures=kept.figures, counts=kept.counts)
