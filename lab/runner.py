"""Plays rows: each in a process of its own, several at once, with a time limit; nothing is left behind.

A run is ended by the id of its process group. Everything that it started is found once more by a word in its
environment, also what made itself a session of its own; what is found is ended too, and told, since a row has
to end what it starts.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.environment import ROOT, environment_python

from . import needs
from .child import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from .row import Extent, Row, World

MARK = "ALERT_GATEWAY_LAB_RUN"  # in the environment of everything that a run starts
_DYING = 30.0  # seconds for a process that was killed; one that waits for a disk takes some
_LOOK = 0.01  # seconds between two looks at it
_LOG_SHOWN = 2000  # characters of the log of a run that did not end: its end


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one process plays: some runs of a row in a world."""

    row: Row
    world: World
    seed: int
    runs: int

    @property
    def is_alone(self) -> bool:
        """Nothing else plays meanwhile."""
        return self.row.worlds[self.world].alone


@dataclass(kw_only=True)
class Played:
    """What the runs of a row came to, as the processes told it."""

    row: Row
    why_not: str = ""  # it was not played; else:
    runs: list[dict[str, Any]] = field(default_factory=list)  # by world and seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is played.

    Args:
        is_quick: the quick extent of each row, else the full one.
        part: of the full extent, one run of so many; never fewer runs than the quick extent has.
        seed: of the first run of each row.
        runs: of each row and world; None: as the row says.
        workers: processes at the same time.
        folder: keeps what the runs wrote; None: nothing is kept.
        module: what Python starts with ``-m``.
    """

    is_quick: bool = True
    part: int = 1
    seed: int = 1
    runs: int | None = None
    workers: int = 2
    folder: Path | None = None
    module: str = "lab"

    def runs_of(self, extent: Extent) -> int:
        """How often a row is played in one of its worlds."""
        if self.runs is not None:
            return self.runs
        return extent.quick if self.is_quick else max(extent.quick, ceil(extent.full / self.part))


def play(rows: Iterable[Row], plan: Plan, tell: Callable[[str], None] = lambda _: None) -> list[Played]:
    """Play these rows; `tell` hears of each process that has ended."""
    return asyncio.run(_play_all(list(rows), plan, tell))


async def _play_all(rows: Sequence[Row], plan: Plan, tell: Callable[[str], None]) -> list[Played]:
    found = {row.number: Played(row=row, why_not=needs.missing(row.needs)) for row in rows}
    playable = [row for row in rows if not found[row.number].why_not]
    with tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as temporary:
        folder = plan.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        at_once = asyncio.Semaphore(plan.workers)

        async def play_one(task: Task) -> None:
            async with at_once:
                runs = await _Process(task, plan, folder).run()
            found[task.row.number].runs += runs
            tell(_line(task, runs))

        tasks = list(_tasks(playable, plan))
        await asyncio.gather(*(play_one(task) for task in tasks if not task.is_alone))
        for task in tasks:
            if task.is_alone:
                await play_one(task)
    for played in found.values():
        played.runs.sort(key=lambda run: (run["world"], run["seed"]))
    return list(found.values())


def _tasks(rows: Iterable[Row], plan: Plan) -> Iterator[Task]:
    for row in rows:
        for world, extent in row.worlds.items():
            total = plan.runs_of(extent)
            for first in range(0, total, extent.batch):
                runs = min(extent.batch, total - first)
                yield Task(row=row, world=world, seed=plan.seed + first, runs=runs)


def _line(task: Task, runs: list[dict[str, Any]]) -> str:
    seconds = sum(run["seconds"] for run in runs)
    bad = sum("error" in run or any_harm(run) for run in runs)
    last = task.seed + task.runs - 1
    seeds = f"seed {task.seed}" if last == task.seed else f"seeds {task.seed} to {last}"
    told = f"{bad} BROKEN" if bad else "ok"
    name = task.row.name or f"row {task.row.number:2}"
    return f"{name} {task.world:8} {seeds:18} {seconds:6.1f} s  {told}"


def any_harm(run: dict[str, Any]) -> bool:
    """The checker found something in this run; limits of figures are the tally's."""
    findings = run.get("findings", {})
    return any(isinstance(found, list) and found for found in findings.values())


class _Process:
    """One process, from its start until nothing of it is left."""

    def __init__(self, task: Task, plan: Plan, folder: Path) -> None:
        self._task = task
        self._plan = plan
        name = f"row_{task.row.number:02}-{task.world}-{task.seed}"
        self._folder = folder / name
        self._log = folder / f"{name}.log"
        self._mark = secrets.token_hex(8)

    async def run(self) -> list[dict[str, Any]]:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        began = time.monotonic()
        process = await self._start()
        try:
            has_ended = await _ends(process, self._task.row.timeout)
        finally:
            left = self._end_all(process.pid)
            await process.wait()
            await _all_gone(self._mark)
            _unmount_below(self._folder)
        return self._collect(time.monotonic() - began, left if has_ended else [], has_ended=has_ended)

    async def _start(self) -> asyncio.subprocess.Process:
        task = self._task
        python = environment_python(task.row.environment) if task.row.environment else Path(sys.executable)
        words = (str(task.row.number), task.world, str(task.seed), str(task.runs), str(self._folder))
        quick = ("--quick",) if self._plan.is_quick else ()
        with self._log.open("wb") as log:
            return await asyncio.create_subprocess_exec(
                str(python),
                "-m",
                self._plan.module,
                "--child",
                *words,
                *quick,
                cwd=ROOT,
                env={**os.environ, MARK: self._mark, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _end_all(self, group: int) -> list[int]:
        """End the group, and whatever else carries the mark; returns those that were still there."""
        left = [pid for pid in _marked(self._mark) if pid != group]
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return left

    def _collect(self, seconds: float, left: list[int], *, has_ended: bool) -> list[dict[str, Any]]:
        """What was told, and what is missing."""
        file = self._folder / OUTCOMES
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        runs = [json.loads(line) for line in lines]
        if len(runs) < self._task.runs:
            why = "ended by itself" if has_ended else f"did not end within {self._task.row.timeout:g} s"
            log = self._log.read_text(encoding="utf-8", errors="replace")[-_LOG_SHOWN:]
            spent = round(seconds - sum(run["seconds"] for run in runs), 2)
            runs.append(
                {"seed": self._task.seed + len(runs), "seconds": spent, "error": f"the run {why}\n{log}"}
            )
        if left:
            runs[-1].setdefault("error", f"the row left {len(left)} processes behind")
        return [{"world": str(self._task.world), **run} for run in runs]


async def _ends(process: asyncio.subprocess.Process, within: float) -> bool:
    try:
        async with asyncio.timeout(within):
            await process.wait()
    except TimeoutError:
        return False
    return True


def _marked(mark: str) -> list[int]:
    """The processes with this word in their environment."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is somebody else's
            if wanted in (place / "environ").read_bytes().split(b"\0"):
                found.append(int(place.name))
    return found


async def _all_gone(mark: str) -> None:
    """Wait until the killed have let go of their files: the kernel needs a moment on a busy machine."""
    async with asyncio.timeout(_DYING):
        while _marked(mark):
            await asyncio.sleep(_LOOK)


def _unmount_below(folder: Path) -> None:
    """Take away the file systems that an ended run left."""
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    for place in reversed([line.split(" ")[1] for line in mounts]):
        if place.startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", place], check=False)
