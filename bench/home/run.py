"""What the event loop of Home Assistant spends on the start of the integration: the hub and one modem."""

from __future__ import annotations

import json
import subprocess
import tempfile
from statistics import median
from typing import Any

from bench import record
from scripts.lib.environment import ROOT, environment_python

PROGRAM = ROOT / "scripts" / "lib" / "offline_home.py"
RUNS = 5
RUN_TIMEOUT = 400  # seconds; 5 on an idle machine
TARGET = 0.5  # seconds of loop time


def run_home(*, quick: bool) -> dict[str, Any]:
    """Measure; the environment of the tests has the Home Assistant."""
    circumstances = record.circumstances()
    runs = [_run() for _ in range(1 if quick else RUNS)]
    return {
        "circumstances": circumstances,
        "home_assistant": runs[0]["version"],
        "runs": len(runs),
        "target": TARGET,
        "seconds": {key: median(run["start"][key] for run in runs) for key in ("wall", "cpu", "longest_cpu")},
    }


def _run() -> dict[str, Any]:
    python = str(environment_python("test"))
    with tempfile.TemporaryDirectory() as place:
        folder = _output(python, "-m", "scripts.lib.offline_folder", place).strip()
        told = _output(python, "-I", str(PROGRAM), folder)
    result: dict[str, Any] = json.loads(told)
    return result


def _output(*command: str) -> str:
    ran = subprocess.run(
        command, cwd=record.ROOT, capture_output=True, text=True, timeout=RUN_TIMEOUT, check=True
    )
    return ran.stdout
