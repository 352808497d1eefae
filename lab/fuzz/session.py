"""Runs searches, one process at a time, and judges what they found: ``scripts/lab --fuzz``."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.environment import ROOT, SetupError, make_environment

from . import child
from .record import Played, read, totals, with_session, write
from .search import Search, smallest_cover
from .target import CORPORA, NAMES, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

RESULTS = ROOT / "lab" / "results" / "fuzz.json"
ENVIRONMENT = "fuzz"
MAX_FILES = 300  # of one corpus that is kept
MAX_OCTETS = 500_000  # of all its files
_SHARES = ((Search.GROWN, 0.89), (Search.ATHERIS, 0.1), (Search.STRETCHED, 0.01))
_MOST_STRETCHED = 2_000  # of a target: each takes as long as a hundred others
_LOG_SHOWN = 1500  # characters of what a process said that died


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do.

    Args:
        targets: their names.
        executions: of each target.
        seed: of chance.
        keep: write what came to `results`, and the inputs that reach most to `corpora`.
        only: these searches, with all executions each; none: all of them, by their shares.
    """

    targets: tuple[str, ...]
    executions: int
    seed: int
    keep: bool = False
    only: tuple[Search, ...] = ()
    corpora: Path = field(default=CORPORA)
    results: Path = field(default=RESULTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One search of one target, and the Python that does it."""

    name: str
    search: Search
    executions: int
    seed: int
    python: Path


def play(plan: Plan, tell: Callable[[str], None]) -> int:
    """Search; returns 0 if nothing was found that must not be, 1 if something was, 2 if a part is missing."""
    if unknown := sorted(set(plan.targets) - set(NAMES)):
        tell(f"no such target: {', '.join(unknown)}; there are {', '.join(NAMES)}")
        return 2
    guided, why_not = _guided_python() if Search.ATHERIS in dict(_split(plan)) else (None, "")
    if why_not:
        tell(f"not played with atheris: {why_not}")
    tell(f"seed {plan.seed}")
    played = []
    for name in plan.targets:
        for search, executions in _split(plan):
            if search is Search.ATHERIS and guided is None:
                continue
            python = guided if search is Search.ATHERIS and guided is not None else Path(sys.executable)
            task = _Task(name=name, search=search, executions=executions, seed=plan.seed, python=python)
            played.append(_played(task, plan))
            tell(str(played[-1]))
            if plan.keep:
                write(with_session(read(plan.results), [played[-1]]), plan.results)
    broken = [each for each in played if each.crashes or each.slow]
    for each in broken:
        tell(each.told())
    tell(totals(played))
    if broken:
        return 1
    return 2 if why_not else 0


def _guided_python() -> tuple[Path | None, str]:
    """The Python with atheris, or why there is none."""
    try:
        return make_environment(ENVIRONMENT), ""
    except SetupError as error:
        return None, str(error)


def _split(plan: Plan) -> list[tuple[Search, int]]:
    if plan.only:
        return [(search, plan.executions) for search in plan.only]
    parts = {search: max(int(plan.executions * share), 1) for search, share in _SHARES}
    parts[Search.STRETCHED] = min(parts[Search.STRETCHED], _MOST_STRETCHED)
    return list(parts.items())


def _played(task: _Task, plan: Plan) -> Played:
    """One search, and what it found kept among the inputs of its target."""
    with tempfile.TemporaryDirectory(prefix="agw-fuzz-") as place:
        folder = Path(place)
        corpus = folder / child.CORPUS
        known = plan.corpora / task.name
        shutil.copytree(known, corpus) if known.exists() else corpus.mkdir()
        began = time.monotonic()
        found = _searched(task, folder)
        seconds = time.monotonic() - began
        slow = _still_slow(task, found["slow"], folder)
        if plan.keep and not found["crashes"]:
            keep_smallest(task.name, corpus, plan.corpora)
    return Played(
        target=task.name,
        search=task.search,
        seed=task.seed,
        executions=found["executions"],
        seconds=seconds,
        crashes=tuple(found["crashes"]),
        slow=tuple(slow),
    )


def _searched(task: _Task, folder: Path) -> dict[str, Any]:
    """The outcome that the process wrote; if it died, that is a crash with its last words."""
    words = (task.name, task.search, str(task.executions), str(task.seed), str(folder))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(task.python), "-m", child.__name__, *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            code = process.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    outcome = folder / child.OUTCOME
    found: dict[str, Any] = {"executions": 0, "crashes": [], "slow": []}
    if outcome.exists():
        found = json.loads(outcome.read_text(encoding="utf-8"))
    if code:
        last = (folder / "log").read_text(encoding="utf-8", errors="replace")[-_LOG_SHOWN:]
        culprits = [file.read_bytes().hex() for file in _left(folder)]
        what = f"the process ended with {code}\n{last}"
        found["crashes"].append({"what": what, "input": culprits[0] if culprits else ""})
    return found


def _left(folder: Path) -> Iterable[Path]:
    """What libFuzzer leaves of an input that ended the process."""
    return (file for kind in ("crash", "timeout", "oom") for file in sorted(folder.glob(f"{kind}-*")))


def _still_slow(task: _Task, found: Sequence[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Those that are slow where nothing is looked at: looking takes time, too."""
    if not found:
        return []
    again = folder / "again"
    (again / child.CORPUS).mkdir(parents=True)
    for each in found:
        child.keep(bytes.fromhex(each["input"]), again / child.CORPUS)
    plainly = replace(task, search=Search.REPLAY, python=Path(sys.executable))
    slow: list[dict[str, Any]] = _searched(plainly, again)["slow"]
    return slow


def keep_smallest(name: str, corpus: Path, corpora: Path) -> None:
    """Keep the inputs that together reach most, few and short; words of the old corpus stay if they fit."""
    inputs = [file.read_bytes() for file in corpus.iterdir()]
    kept, room = [], MAX_OCTETS
    for data in smallest_cover(load(name), inputs)[:MAX_FILES]:
        room -= len(data)
        if room < 0:
            break
        kept.append(data)
    old = corpora / name
    shutil.rmtree(old, ignore_errors=True)
    old.mkdir(parents=True)
    for data in kept:
        child.keep(data, old)


def plan_of(targets: Sequence[str], executions: int, seed: int | None, *, keep: bool) -> Plan:
    """What a person asked for."""
    plan = Plan(
        targets=NAMES, executions=executions, seed=int(time.time()) if seed is None else seed, keep=keep
    )
    return replace(plan, targets=tuple(targets)) if targets else plan
