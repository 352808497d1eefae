"""What was executed and what came of it, added up over sessions: lab/results/fuzz.json."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench.record import circumstances

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .search import Search

FORMAT = 1  # of the JSON
PRODUCT = ("alert_engine", "gsm_driver", "lab/fuzz")  # what a result depends on


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One search of one target."""

    target: str
    search: Search
    seed: int
    executions: int
    seconds: float
    crashes: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    slow: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        """For whoever waits."""
        rate = self.executions / self.seconds if self.seconds else 0
        found = f"{len(self.crashes)} CRASHES, {len(self.slow)} SLOW" if self.crashes or self.slow else "ok"
        return f"{self.target:12} {self.search:9} {self.executions:>10,}  {rate:>8,.0f}/s  {found}"

    def told(self) -> str:
        """What must not be, with its inputs."""
        found = (*self.crashes, *self.slow)
        return "\n".join(f"{self.target}: {each['what']}\n  input {each['input'][:400]}" for each in found)

    def as_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        about = circumstances(PRODUCT)
        return {
            "target": self.target,
            "search": str(self.search),
            "seed": self.seed,
            "executions": self.executions,
            "seconds": round(self.seconds, 1),
            "crashes": list(self.crashes),
            "slow": list(self.slow),
            **{name: about[name] for name in ("date", "commit", "changed_since", "python")},
        }


def totals(played: Iterable[Played]) -> str:
    """One line."""
    runs = list(played)
    return (
        f"{sum(each.executions for each in runs):,} executions, "
        f"{sum(len(each.crashes) for each in runs)} crashes, "
        f"{sum(len(each.slow) for each in runs)} slow inputs"
    )


def read(file: Path) -> list[dict[str, Any]]:
    """The searches that were kept; none if there is no file."""
    if not file.exists():
        return []
    runs: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["runs"]
    return runs


def with_session(runs: list[dict[str, Any]], played: Iterable[Played]) -> list[dict[str, Any]]:
    """All of them, but for the broken ones whose target and search held since: that defect was mended."""
    fresh = list(played)
    held = {(each.target, str(each.search)) for each in fresh if not each.crashes and not each.slow}
    still = [run for run in runs if not is_broken(run) or (run["target"], run["search"]) not in held]
    return [*still, *(each.as_dict() for each in fresh)]


def is_broken(run: dict[str, Any]) -> bool:
    """It found what must not be."""
    return bool(run["crashes"] or run["slow"])


def write(runs: list[dict[str, Any]], file: Path) -> None:
    """Keep searches, with their sums by target and over all."""
    targets = sorted({run["target"] for run in runs})
    content = {
        "format": FORMAT,
        **_sums(runs),
        "targets": {name: _sums([run for run in runs if run["target"] == name]) for name in targets},
        "circumstances": {
            name: value for name, value in circumstances(PRODUCT).items() if name not in {"date", "load"}
        },
        "runs": runs,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _sums(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "executions": sum(run["executions"] for run in runs),
        "by_search": {
            search: sum(run["executions"] for run in runs if run["search"] == search)
            for search in sorted({run["search"] for run in runs})
        },
        "crashes": sum(len(run["crashes"]) for run in runs),
        "slow": sum(len(run["slow"]) for run in runs),
    }
