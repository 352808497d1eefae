"""The rules of hacs.json and of a repository that HACS installs from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scripts.lib.build_release import ZIP_NAME
from scripts.lib.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sources import Integration

KEYS = {
    "name",
    "content_in_root",
    "country",
    "filename",
    "hacs",
    "hide_default_branch",
    "homeassistant",
    "persistent_directory",
    "render_readme",
    "zip_release",
}


def faults(integration: Integration) -> Iterator[str]:
    """What the HACS action would say that a repository's files show."""
    content = json.loads((ROOT / "hacs.json").read_text(encoding="utf-8"))
    yield from (f"hacs.json: {key} is no key of it" for key in sorted(set(content) - KEYS))
    if not content.get("name"):
        yield "hacs.json: name is missing"
    if content.get("zip_release") and content.get("filename") != ZIP_NAME:
        yield f"hacs.json: a zip release needs filename {ZIP_NAME}"
    if content.get("zip_release") and not content.get("hide_default_branch"):
        yield "hacs.json: the default branch has no zip, so hide_default_branch must be true"
    yield from (f"{name} is missing" for name in ("README.md", "LICENSE") if not (ROOT / name).is_file())
    if not (integration.folder / "brand" / "icon.png").is_file():
        yield "brand/icon.png is missing"
    folders = [
        file for file in integration.folder.parent.iterdir() if file.is_dir() and file.name != "__pycache__"
    ]
    if len(folders) != 1:
        yield "custom_components must hold one integration"
