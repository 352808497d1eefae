"""The whole path: the daemon and Home Assistant, each with a modem, idle and under hardship."""

from __future__ import annotations

from typing import Any

from bench import record
from bench.path.extent import FULL, SMOKE
from bench.workers import FOLDER, run_worker
from scripts.lib.environment import tell

USES = {"daemon": "test", "home": "demo"}  # the environment of each world


def run_path(*, smoke: bool) -> dict[str, Any]:
    """Measure it."""
    extent = SMOKE if smoke else FULL
    circumstances = record.circumstances(("alert_engine", "gsm_driver", "custom_components"))
    how: dict[str, Any] = {"samples_of_each": extent.samples, "circumstances": extent.circumstances}
    found: dict[str, dict[str, Any]] = {each: {} for each in extent.circumstances}
    for world in USES if extent.home_too else ("daemon",):
        tell(f"--- path: {world}")
        rows = run_worker("bench.path.worker", world, use=USES[world], folder=str(FOLDER), **how)
        for each, ways in rows.items():
            found[each] |= ways
            for way, figures in ways.items():
                tell(f"  {each}, {way}: {_shown(figures)}")
    return {"circumstances": circumstances, "extent": extent.as_dict(), "path": found}


def _shown(figures: dict[str, dict[str, float]]) -> str:
    return ", ".join(
        f"{name} p50 {row['p50_ms']:.1f} p99 {row['p99_ms']:.1f} ms" for name, row in figures.items()
    )
