"""What cases came to, as JSON: lab/results/security.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bench.record import circumstances

from .case import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lab.runner import Played

FORMAT = 1  # of the JSON
PRODUCT = ("alert_engine", "gsm_driver", "custom_components", "lab/security")  # what a result depends on
_SHOWN = 20  # findings of a case that are kept


def tally(played: Played) -> dict[str, Any]:
    """One case."""
    row = played.row
    about = {"case": row.name, "tries": row.fault, "expected": row.expected, "remark": row.remark}
    if played.why_not:
        return {**about, "verdict": "not played", "why_not": played.why_not}
    (run,) = played.runs
    findings = run.get("findings", {})
    let_in, found = findings.get("let_in", []), list(findings.get("found", []))
    if "error" in run:
        found.append(run["error"])
    counted = run.get("counts", {}).get(ATTEMPTS, {})
    is_held = not let_in and not found and sum(counted.values()) > 0
    return {
        **about,
        "verdict": "held" if is_held else "broken",
        "attempts": sum(counted.values()),
        "by_kind": dict(sorted(counted.items())),
        "let_in": len(let_in),
        "found": len(found),
        "findings": [*let_in[:_SHOWN], *found[:_SHOWN]],
        "figures": {name: max(values) for name, values in run.get("figures", {}).items()},
        "seconds": run["seconds"],
    }


def content_of(
    cases: Sequence[dict[str, Any]], *, seed: int, is_quick: bool, seconds: float
) -> dict[str, Any]:
    """A session."""
    played = [case for case in cases if "attempts" in case]
    return {
        "format": FORMAT,
        "extent": "quick" if is_quick else "full",
        "seed": seed,
        "seconds": round(seconds),
        "attempts": sum(case["attempts"] for case in played),
        "let_in": sum(case["let_in"] for case in played),
        "found": sum(case["found"] for case in played),
        "circumstances": circumstances(PRODUCT),
        "cases": list(cases),
    }


def write(content: dict[str, Any], file: Path) -> None:
    """Keep a session."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
