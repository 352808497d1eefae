"""The rules of manifest.json, and of what the code imports without the manifest saying so."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import homeassistant
from homeassistant.const import EntityPlatforms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sources import Integration, Json

COMPONENTS = Path(homeassistant.__file__).parent / "components"

TYPES: dict[str, type] = {
    "domain": str,
    "name": str,
    "after_dependencies": list,
    "codeowners": list,
    "config_flow": bool,
    "dependencies": list,
    "documentation": str,
    "integration_type": str,
    "iot_class": str,
    "issue_tracker": str,
    "loggers": list,
    "requirements": list,
    "usb": list,
    "version": str,
}
REQUIRED = {"domain", "name", "codeowners", "documentation", "iot_class", "issue_tracker", "version"}
IOT_CLASSES = {
    "assumed_state",
    "calculated",
    "cloud_polling",
    "cloud_push",
    "local_polling",
    "local_push",
}
INTEGRATION_TYPES = {"device", "hub", "service"}
MATCHER_KEYS = {"vid", "pid", "serial_number", "manufacturer", "description", "known_devices"}
HEX = re.compile(r"[0-9A-F]{4}")
VERSION = re.compile(r"\d+\.\d+\.\d+([ab.rcdev]+\d+)?")

# Set up whatever a configuration says; nobody names them in a manifest.
ALWAYS_THERE = {*map(str, EntityPlatforms), "homeassistant", "persistent_notification"}
# Integrations that call a module of ours if they find it; importing their types needs no set-up.
HOOKS = {"diagnostics", "repairs", "system_health", "backup", "logbook", "recorder"}


def faults(integration: Integration) -> Iterator[str]:
    """What hassfest's manifest, requirements and dependencies checks would say."""
    manifest = integration.manifest
    yield from (f"{key} is missing" for key in sorted(REQUIRED - set(manifest)))
    for key, value in manifest.items():
        if key not in TYPES:
            yield f"{key} is no key of a manifest, or one that was not needed so far"
        elif not isinstance(value, TYPES[key]):
            yield f"{key} must be a {TYPES[key].__name__}"
    if list(manifest) != _sorted_keys(manifest):
        yield "the keys must be: domain, name, then the others by the alphabet"
    yield from _value_faults(integration)
    yield from _matcher_faults(manifest.get("usb", []))
    yield from _requirement_faults(manifest.get("requirements", []))
    yield from _dependency_faults(integration)


def _sorted_keys(manifest: Json) -> list[str]:
    first = [key for key in ("domain", "name") if key in manifest]
    return first + sorted(set(manifest) - set(first))


def _value_faults(integration: Integration) -> Iterator[str]:
    manifest = integration.manifest
    if manifest.get("domain") != integration.folder.name:
        yield f"the domain must be the folder's name, {integration.folder.name}"
    if manifest.get("iot_class") not in IOT_CLASSES:
        yield f"iot_class must be one of {', '.join(sorted(IOT_CLASSES))}"
    if manifest.get("integration_type", "hub") not in INTEGRATION_TYPES:
        yield f"integration_type must be one of {', '.join(sorted(INTEGRATION_TYPES))}"
    if not VERSION.fullmatch(str(manifest.get("version", ""))):
        yield "version must look like 1.2.3"
    for key in ("documentation", "issue_tracker"):
        if not str(manifest.get(key, "")).startswith("https://"):
            yield f"{key} must be an https address"
    if not all(owner.startswith("@") for owner in manifest.get("codeowners", [])) or not manifest.get(
        "codeowners"
    ):
        yield "codeowners must name at least one @account"
    if bool(manifest.get("config_flow")) != ("config_flow.py" in integration.modules):
        yield "config_flow and config_flow.py must come together"


def _matcher_faults(matchers: list[Json]) -> Iterator[str]:
    """Home Assistant compares the letters of the first as they are, and of the second in lower case."""
    for matcher in matchers:
        yield from (f"usb: {key} is no key of a matcher" for key in sorted(set(matcher) - MATCHER_KEYS))
        for key in ("vid", "pid"):
            if not HEX.fullmatch(matcher.get(key, "0000")):
                yield f"usb: {key} {matcher[key]} must be four hexadecimal digits in capitals"
        for key in ("serial_number", "manufacturer", "description"):
            if matcher.get(key, "") != matcher.get(key, "").lower():
                yield f"usb: {key} {matcher[key]} must be in lower case"


def _requirement_faults(requirements: list[str]) -> Iterator[str]:
    for requirement in requirements:
        if "@" in requirement or "://" in requirement:
            yield f"{requirement}: an address is installed again at each start; name a published package"
        if "==" in requirement:
            yield f"{requirement}: a fixed version breaks when Home Assistant takes another; use >="


def _dependency_faults(integration: Integration) -> Iterator[str]:
    manifest = integration.manifest
    named = {*manifest.get("dependencies", []), *manifest.get("after_dependencies", [])}
    yield from (
        f"{domain} is no integration of Home Assistant"
        for domain in named
        if not (COMPONENTS / domain).is_dir()
    )
    allowed = named | ALWAYS_THERE | HOOKS | {integration.folder.name}
    for path, tree in integration.modules.items():
        for domain in sorted(_imported_integrations(tree) - allowed):
            yield f"{path} imports homeassistant.components.{domain}, which is in no dependency"


def _imported_integrations(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        if node.module == "homeassistant.components":
            found |= {alias.name for alias in node.names}
        elif node.module.startswith("homeassistant.components."):
            found.add(node.module.split(".")[2])
    return found
