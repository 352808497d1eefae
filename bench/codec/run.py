"""All codecs side by side: each in its own process, in turns, on the oldest and the newest Python."""

from __future__ import annotations

import json
import os
import subprocess
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import record
from bench.codec.codecs import CODECS
from scripts.lib.environment import PythonMissingError, SetupError, environment_python, make_environment, tell

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 7  # processes of each codec
SERIES = 5  # in each process
PROCESS_TIMEOUT = 120.0  # seconds; the slowest codec needs ten


def run_codec(*, quick: bool = False) -> dict[str, Any]:
    """Medians in microseconds a message, by Python version, case, direction and codec."""
    pythons = [environment_python("bench")]
    if not quick:
        try:
            pythons.append(make_environment("bench-newest"))
        except (PythonMissingError, SetupError) as err:
            tell(f"  not measured on the newest Python: {err}")
    return {
        "circumstances": record.circumstances(),
        "versions": json.loads(_run(pythons[0], "versions")),
        "microseconds": {_version(python): _measure(python, quick=quick) for python in pythons},
    }


def _measure(python: Path, *, quick: bool) -> dict[str, Any]:
    tell(f"--- codecs on Python {_version(python)}")
    samples: dict[tuple[str, str, str], list[float]] = {}
    for _ in range(1 if quick else ROUNDS):
        for name in CODECS:
            result = json.loads(_run(python, name, str(1 if quick else SERIES)))
            for case, directions in result.items():
                for direction, times in directions.items():
                    samples.setdefault((case, direction, name), []).extend(times or [])
    table: dict[str, Any] = {}
    for (case, direction, name), times in samples.items():
        table.setdefault(case, {}).setdefault(direction, {})[name] = median(times) if times else None
    for case, directions in table.items():
        tell(f"  {case}: {directions}")
    return table


def _run(python: Path, *arguments: str) -> str:
    command = [str(python), "-m", "bench.codec.measure", *arguments]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONHASHSEED": "0"}
    ran = subprocess.run(
        command,
        cwd=record.ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=PROCESS_TIMEOUT,
        check=True,
    )
    return ran.stdout


def _version(python: Path) -> str:
    code = "import platform; print(platform.python_version())"
    return subprocess.run(
        [str(python), "-c", code], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()
