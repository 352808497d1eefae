"""Puts `nuisance`, an integration that blocks others, into a Home Assistant."""

from __future__ import annotations

import shutil
from pathlib import Path

NUISANCE = Path(__file__).with_name("nuisance")


def invite(config: Path) -> None:
    """Install it; it is there at the next start."""
    target = config / "custom_components" / NUISANCE.name
    shutil.copytree(NUISANCE, target, ignore=shutil.ignore_patterns("__pycache__"))
    with (config / "configuration.yaml").open("a", encoding="utf-8") as file:
        file.write(f"{NUISANCE.name}:\n")
