"""All tools, all scenarios: those that do not sleep in turns, the others side by side meanwhile."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from bench import record
from bench.driver.exact import run_exactly
from bench.instead import slow
from bench.instead.distance import floors, measure_distance
from bench.instead.extent import FULL, SMOKE, Extent, Scenario
from bench.instead.play import REFUSED_EVERY, play
from bench.instead.roster import Entry, roster
from bench.workers import WorkerError
from scripts.lib.environment import make_environment, tell

FOLDERS = ("alert_engine", "gsm_driver")


def run_instead(*, smoke: bool) -> dict[str, Any]:
    """Measure everything."""
    extent = SMOKE if smoke else FULL
    circumstances = record.circumstances(FOLDERS)
    _make_environments(extent)
    entries = [entry for entry in roster() if entry.is_quick or extent.slow_too]
    for entry in entries:
        if entry.missing:
            tell(f"  not measured: {entry.name}: {entry.missing}")
    quick, distance, slept = _beside(entries, extent) if extent.slow_too else (*_quick(entries, extent), {})
    rows = {
        scenario: _in_order(entries, quick.get(scenario, {}) | slept.get(scenario, {}))
        for scenario in extent.scenarios
    }
    return {
        "circumstances": circumstances,
        "extent": extent.as_dict(),
        "refused_every": REFUSED_EVERY,
        "versions": {entry.name: entry.version for entry in entries},
        "missing": {entry.name: entry.missing for entry in entries if entry.missing},
        "rows": rows,
        "floor": {kind: asdict(floor) for kind, floor in floors().items()},
        "floor_with_reports": {kind: asdict(floor) for kind, floor in floors(reports=True).items()},
        "distance": distance,
    }


def _make_environments(extent: Extent) -> None:
    make_environment("test")
    if extent.slow_too:
        make_environment("demo")


def _in_order(entries: list[Entry], rows: dict[str, Any]) -> dict[str, Any]:
    return {entry.name: rows[entry.name] for entry in entries if entry.name in rows}


def _beside(entries: list[Entry], extent: Extent) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The slow ones in a process of their own, which is started first and ends last."""
    tell("--- instead: those that sleep between messages, side by side")
    command = [sys.executable, "-m", slow.__name__]
    with subprocess.Popen(command, cwd=record.ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None  # noqa: S101 - it is a pipe
        try:
            if worker.stdout.readline().strip() != slow.STARTED:
                raise WorkerError(f"{slow.__name__} did not start")
            return *_quick(entries, extent), json.loads(worker.stdout.readline())
        finally:
            worker.send_signal(signal.SIGINT)  # which lets it end what it started


def _quick(entries: list[Entry], extent: Extent) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows of the others by scenario, and the distance to what the line allows."""
    rows = _in_turns(entries, extent)
    tell("--- instead: distance to what the line allows")
    distance = run_exactly(measure_distance(extent))
    for name, bauds in distance.items():
        for baud, kinds in bauds.items():
            shown = ", ".join(f"{kind} {row['of_floor']:.2f}" for kind, row in kinds.items())
            tell(f"  {name}, {baud} baud, times the floor: {shown}")
    return rows, distance


def _in_turns(entries: list[Entry], extent: Extent) -> dict[str, dict[str, Any]]:
    """The others, each once, then each again; the medians."""
    found: dict[str, dict[str, Any]] = {}
    for scenario in (each for each in extent.scenarios if not each.is_waiting):
        tell(f"--- instead: {sum(extent.bursts)} alarms, {scenario}")
        rows: dict[str, list[dict[str, Any]]] = {}
        for _ in range(extent.rounds):
            for entry in entries:
                if entry.is_quick:
                    rows.setdefault(entry.name, []).append(_row(entry, scenario, extent))
        found[scenario] = {name: record.medians(runs) for name, runs in rows.items()}
    return found


def _row(entry: Entry, scenario: Scenario, extent: Extent) -> dict[str, Any]:
    row = run_exactly(play(entry.make(), scenario, extent.bursts, extent.pauses))
    shown = {name: round(value, 3) for name, value in row.items()}
    tell(f"  {entry.name}: {shown}")
    return row
