"""Recipes that we ship, as JSON files beside this module."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable


def preset_names() -> tuple[str, ...]:
    """What can be named as a preset, sorted. Reads the folder."""
    return tuple(sorted(file.name.removesuffix(".json") for file in _folder().iterdir() if _is_preset(file)))


def load_preset(name: str) -> dict[str, Any]:
    """A recipe as plain data. Reads a file; raises KeyError if there is no such preset."""
    if name not in preset_names():
        raise KeyError(name)
    recipe: dict[str, Any] = json.loads((_folder() / f"{name}.json").read_text(encoding="utf-8"))
    return recipe


def overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One mapping over another: mappings are joined key by key, all else is replaced, None takes away."""
    joined = dict(below)
    for key, value in above.items():
        under = joined.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            joined[key] = overlaid(under, value)
        else:
            joined[key] = value
    return {key: value for key, value in joined.items() if value is not None}


def _folder() -> Traversable:
    return files(__name__.rpartition(".")[0]) / "presets"


def _is_preset(file: Traversable) -> bool:
    return file.name.endswith(".json")
