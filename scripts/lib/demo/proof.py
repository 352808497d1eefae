"""What the check reads in Home Assistant's log after the story."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .child import DemoError

if TYPE_CHECKING:
    from pathlib import Path

# Home Assistant fetching a package at its start: the pinned requirements are not complete.
FETCHING = re.compile(r"\[homeassistant\.util\.package\] Attempting install of (\S+)")
# Anything that our integration, or Home Assistant about it, complains of.
COMPLAINT = re.compile(r" (?:ERROR|CRITICAL) .*alert_gateway|(?:Detected|Error).*alert_gateway")


def require_clean_log(log: Path) -> None:
    """Raise `DemoError` if the story went well, but not everything behind it."""
    text = log.read_text(errors="replace")
    if fetched := FETCHING.findall(text):
        raise DemoError(
            f"Home Assistant fetched packages that are not pinned: {', '.join(sorted(set(fetched)))}"
        )
    if complaints := [line for line in text.splitlines() if COMPLAINT.search(line)]:
        raise DemoError("Home Assistant complains of the integration:\n    " + "\n    ".join(complaints[:10]))
