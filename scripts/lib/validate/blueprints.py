"""The rules of blueprints: who they are, and that every input is asked for and used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from homeassistant.helpers.selector import validate_selector

from scripts.lib.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .sources import Integration

FOLDER = ROOT / "blueprints"
REQUIRED = ("name", "description", "domain", "input")


class _Input(str):
    """What ``!input`` names."""

    __slots__ = ()


class _Loader(yaml.SafeLoader):
    """YAML with Home Assistant's tag for inputs."""


def _input(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> _Input:
    return _Input(loader.construct_scalar(node))


_Loader.add_constructor("!input", _input)


def faults(_integration: Integration) -> Iterator[str]:
    """What Home Assistant would refuse, or a person would miss."""
    for file in sorted(FOLDER.rglob("*.yaml")):
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe one
        yield from (f"{file.name}: {fault}" for fault in _faults_of(file, content))


def _faults_of(file: Path, content: dict[str, Any]) -> Iterator[str]:
    about = content.get("blueprint", {})
    yield from (f"blueprint.{key} is missing" for key in REQUIRED if not about.get(key))
    if about.get("domain") != file.relative_to(FOLDER).parts[0]:
        yield "blueprint.domain must be the name of its folder"
    inputs = dict(_inputs(about.get("input", {})))
    used = set(_used({key: value for key, value in content.items() if key != "blueprint"}))
    yield from (f"the input {name} is used and not asked for" for name in sorted(used - set(inputs)))
    yield from (f"the input {name} is asked for and not used" for name in sorted(set(inputs) - used))
    for name, described in inputs.items():
        if not (described or {}).get("name"):
            yield f"the input {name} has no name"
        if "selector" in (described or {}):
            yield from _selector_faults(name, described["selector"])


def _inputs(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, one in described.items():
        if "input" in (one or {}):  # a section
            yield from _inputs(one["input"])
        else:
            yield name, one


def _used(value: Any) -> Iterator[str]:
    if isinstance(value, _Input):
        yield str(value)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _used(each)
    elif isinstance(value, list):
        for each in value:
            yield from _used(each)


def _selector_faults(name: str, selector: dict[str, Any]) -> Iterator[str]:
    try:
        validate_selector({key: value or {} for key, value in selector.items()})
    except Exception as err:  # noqa: BLE001 - any refusal is a fault to print
        yield f"the selector of {name} is refused: {err}"
