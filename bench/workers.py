"""Measurements in processes of their own, each with the environment that it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from bench import record
from scripts.lib.environment import make_environment

FOLDER = record.ROOT / ".cache"  # for what is written: the folder for temporary files may be in memory
WITHIN = 7200  # seconds for one measurement; the largest journal alone takes some minutes


class WorkerError(Exception):
    """A measurement did not end well; the text is its last words."""


def run_worker(module: str, part: str, *, use: str = "test", code: int = 0, **how: Any) -> Any:
    """Run one part; what it told: its last line.

    Args:
        module: is started with the name of the part and JSON.
        part: of the module.
        use: the environment.
        code: with which it must end; nothing is told by one that is killed.
        how: for the part.
    """
    FOLDER.mkdir(exist_ok=True)
    command = [str(make_environment(use)), "-m", module, part, json.dumps(how)]
    ran = subprocess.run(
        command, cwd=record.ROOT, capture_output=True, text=True, timeout=WITHIN, check=False
    )
    if ran.returncode != code:
        sys.stderr.write(ran.stderr[-4000:])
        raise WorkerError(f"{module} {part} ended with {ran.returncode}")
    return None if code else json.loads(ran.stdout.splitlines()[-1])
