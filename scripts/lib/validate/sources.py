"""The integration's files, read once."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from scripts.lib.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = ROOT / "custom_components" / "alert_gateway"
ENGLISH = "en"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """What the checks look at."""

    folder: Path
    manifest: Json
    icons: Json
    translations: Mapping[str, Json]  # by language
    automation_parts: Mapping[str, Json]  # "services", "triggers", "conditions": what their YAML describes
    modules: Mapping[str, ast.Module]  # by path from `folder`

    @property
    def english(self) -> Json:
        """The texts that all others are translated from."""
        return self.translations[ENGLISH]


def load(folder: Path = FOLDER) -> Integration:
    """Read the integration in a folder."""
    return Integration(
        folder=folder,
        manifest=_json(folder / "manifest.json"),
        icons=_json(folder / "icons.json"),
        translations={file.stem: _json(file) for file in sorted(folder.glob("translations/*.json"))},
        automation_parts={
            kind: yaml.safe_load(file.read_text(encoding="utf-8"))
            for kind in ("services", "triggers", "conditions")
            if (file := folder / f"{kind}.yaml").is_file()
        },
        modules={
            file.relative_to(folder).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
            for file in sorted(folder.rglob("*.py"))
        },
    )


def _json(file: Path) -> Json:
    content: Json = json.loads(file.read_text(encoding="utf-8"))
    return content
