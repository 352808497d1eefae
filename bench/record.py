"""Results as files: what was measured, on which machine, when, from which commit."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
_NO_RESULTS = ":(exclude,glob)*/results/**"  # what was measured before changes nothing of what is measured


def circumstances(folders: Iterable[str] = ("gsm_driver",)) -> dict[str, Any]:
    """The machine, in words that name nobody, and the state of the source: `folders` were measured."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "commit": _git("rev-parse", "--short", "HEAD") or "unknown",
        "changed_since": bool(_git("status", "--porcelain", "--", *folders, _NO_RESULTS)),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": [round(load, 1) for load in os.getloadavg()],
    }


def write(name: str, content: Mapping[str, Any]) -> Path:
    """Keep the results of one part."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    file = RESULTS / f"{name}.json"
    file.write_text(json.dumps(_rounded(content), indent=2, ensure_ascii=False) + "\n")
    return file


def read(name: str) -> dict[str, Any] | None:
    """The kept results of one part; None if there are none."""
    file = RESULTS / f"{name}.json"
    if not file.exists():
        return None
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def medians(runs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The median of each number over repeated runs; None where no run has one."""
    rows = list(runs)
    return {key: _median([row[key] for row in rows if row.get(key) is not None]) for key in rows[0]}


def _median(values: list[float]) -> float | None:
    return median(values) if values else None


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value


def _git(*arguments: str) -> str:
    ran = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout.strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
