"""Plays cases, one process each, and tells what came of them: ``scripts/lab --security``."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab import runner
from scripts.lib.environment import ROOT, SetupError, make_environment

from . import advisories
from .catalogue import NAMES, load, number_of
from .record import content_of, tally, write
from .shown import told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

RESULTS = ROOT / "lab" / "results" / "security.json"
ADVISORIES = "advisories"  # no case, and asked for like one
NOT_PLAYED = 2  # exit code


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do.

    Args:
        cases: their names.
        seed: of chance.
        with_advisories: ask for known weaknesses of packages, too.
        is_quick: less of the same.
        workers: processes at the same time.
        strict: a case that cannot be played is a failure.
        keep: write what came to `results`.
        folder: keeps what the runs wrote; None: nothing is kept.
    """

    cases: tuple[str, ...]
    seed: int
    with_advisories: bool = False
    is_quick: bool = False
    workers: int = 2
    strict: bool = False
    keep: bool = False
    folder: Path | None = None
    results: Path = field(default=RESULTS)


def play(plan: Plan, tell: Callable[[str], None]) -> int:
    """Play; returns 0 if all held, 1 if something was let in or found, 2 if one that had to play did not."""
    if unknown := sorted(set(plan.cases) - set(NAMES)):
        tell(f"no such case: {', '.join(unknown)}; there are {', '.join((*NAMES, ADVISORIES))}")
        return NOT_PLAYED
    rows = [load(name).row(number_of(name)) for name in plan.cases]
    if any("house" in name for name in plan.cases):
        _make_demo(tell)
    tell(f"seed {plan.seed}")
    began = time.monotonic()
    how = runner.Plan(
        is_quick=plan.is_quick,
        seed=plan.seed,
        workers=plan.workers,
        folder=plan.folder,
        module=__package__,
    )
    played = runner.play(rows, how, tell)
    cases = [tally(each) for each in played]
    content = content_of(cases, seed=plan.seed, is_quick=plan.is_quick, seconds=time.monotonic() - began)
    if plan.with_advisories:
        content[ADVISORIES] = advisories.ask().as_dict()
    tell(told(content))
    if plan.keep:
        write(content, plan.results)
    if any(case["verdict"] == "broken" for case in cases) or content.get(ADVISORIES, {}).get("weaknesses"):
        return 1
    return NOT_PLAYED if plan.strict and any(case["verdict"] == "not played" for case in cases) else 0


def _make_demo(tell: Callable[[str], None]) -> None:
    """What cannot be made is told by `needs`."""
    try:
        make_environment("demo")
    except SetupError as error:
        tell(f"the environment demo cannot be made: {error}")


def plan_of(
    cases: Sequence[str], seed: int | None, *, is_quick: bool, strict: bool, keep: bool, folder: Path | None
) -> Plan:
    """What a person asked for."""
    everything = tuple(name for name in NAMES if not is_quick or load(name).is_quick)
    return Plan(
        cases=tuple(name for name in cases if name != ADVISORIES) if cases else everything,
        with_advisories=ADVISORIES in cases or not (cases or is_quick),
        seed=int(time.time()) if seed is None else seed,
        is_quick=is_quick,
        strict=strict or bool(cases),
        keep=keep,
        folder=folder,
    )
