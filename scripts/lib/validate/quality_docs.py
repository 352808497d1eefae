"""What quality_scale.yaml calls done of the documentation has its place in the docs of Home Assistant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from scripts.lib.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sources import Integration

PAGES = "home-assistant*.md"
OTHER_PAGES = ("README.md", "docs/modems.md")

# A heading of one of the pages must hold one of the words, if the rule is done.
HEADINGS = {
    "docs-actions": ("action",),
    "docs-conditions": ("condition",),
    "docs-configuration-parameters": ("option", "settings"),
    "docs-data-update": ("update", "told of changes"),
    "docs-examples": ("example", "blueprint"),
    "docs-installation-instructions": ("install",),
    "docs-installation-parameters": ("set up", "set-up", "adding", "parameters"),
    "docs-known-limitations": ("limit", "does not"),
    "docs-removal-instructions": ("remov",),
    "docs-supported-devices": ("supported", "modems"),
    "docs-supported-functions": ("entities", "functions"),
    "docs-triggers": ("trigger",),
    "docs-troubleshooting": ("troubleshooting", "repair", "health"),
    "docs-use-cases": ("use case", "used for", "what it does"),
}


def faults(integration: Integration) -> Iterator[str]:
    """What is done, and not to be found."""
    rules = yaml.safe_load((integration.folder / "quality_scale.yaml").read_text(encoding="utf-8"))["rules"]
    headings = _headings()
    for rule, words in HEADINGS.items():
        if rules.get(rule) == "done" and not any(word in heading for heading in headings for word in words):
            yield f"{rule} is done, but no heading of the docs holds {' or '.join(words)}"
    services = set(integration.automation_parts.get("services", {}))
    text = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob(PAGES))
    for name in sorted(services):
        if rules.get("docs-actions") == "done" and name not in text:
            yield f"docs-actions: the action {name} is in no page"


def _headings() -> list[str]:
    pages = [*(ROOT / "docs").glob(PAGES), *(ROOT / name for name in OTHER_PAGES)]
    return [
        line.lower()
        for page in pages
        for line in page.read_text(encoding="utf-8").splitlines()
        if re.match(r"#{1,4} ", line)
    ]
