"""A pytest plugin that fails the run when too little is covered: ``-p scripts.lib.coverage_gate``.

It reads the JSON report that pytest-cov writes, and judges lines and branches together, as coverage.py does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from scripts.lib.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

REPORT = ROOT / ".cache" / "coverage.json"

# What must be covered, in percent. The pure rooms have no excuse: a table can reach everything in them.
THRESHOLDS: Mapping[str, float] = {
    "": 95.0,
    "gsm_driver/at/": 100.0,
    "gsm_driver/pdu/": 100.0,
    "alert_engine/decisions/": 100.0,
}
ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of a part of the tree is covered."""

    prefix: str
    covered: int
    total: int
    wanted: float
    gaps: tuple[str, ...]

    @property
    def percent(self) -> float:
        """Lines and branches that ran, of all."""
        return 100.0 * self.covered / self.total if self.total else 100.0

    @property
    def is_enough(self) -> bool:
        """The threshold is met."""
        return self.percent >= self.wanted

    def __str__(self) -> str:
        """A line for people, with the files that fall short below it."""
        line = f"{self.prefix or ALL:<26}{self.percent:7.2f} %  (at least {self.wanted:g} %)"
        return line if self.is_enough else "\n    ".join([line, *self.gaps])


def shares(report: Mapping[str, Any]) -> list[Share]:
    """Judge a report of ``coverage json``."""
    return [_share(report["files"], prefix, wanted) for prefix, wanted in THRESHOLDS.items()]


def _share(files: Mapping[str, Any], prefix: str, wanted: float) -> Share:
    chosen = {name: file["summary"] for name, file in files.items() if name.startswith(prefix)}
    covered = {name: one["covered_lines"] + one.get("covered_branches", 0) for name, one in chosen.items()}
    total = {name: one["num_statements"] + one.get("num_branches", 0) for name, one in chosen.items()}
    gaps = sorted(
        (name for name in chosen if covered[name] < total[name]), key=lambda name: covered[name] - total[name]
    )
    return Share(
        prefix=prefix,
        covered=sum(covered.values()),
        total=sum(total.values()),
        wanted=wanted,
        gaps=tuple(f"{name}: {total[name] - covered[name]} of {total[name]} never ran" for name in gaps[:20]),
    )


class Gate:
    """Judges once, after pytest-cov has written its report."""

    def __init__(self) -> None:
        self._judged: list[Share] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Count a missed threshold as a failure of the run."""
        outcome = yield
        if REPORT.is_file():
            self._judged = shares(json.loads(REPORT.read_text()))
            session.testsfailed += sum(not share.is_enough for share in self._judged)
        return outcome

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the shares."""
        if self._judged:
            terminalreporter.section("coverage of lines and branches")
        for share in self._judged:
            terminalreporter.line(str(share), red=not share.is_enough)


def pytest_configure(config: pytest.Config) -> None:
    """Register in the main process only; workers see a part of the whole."""
    if not hasattr(config, "workerinput"):
        REPORT.unlink(missing_ok=True)
        config.pluginmanager.register(Gate(), "coverage-gate")
