"""Prints what the installed Home Assistant would fetch when it starts with the demo's configuration.

Run by that Home Assistant's own Python; the arguments name packages to leave out. Home Assistant looks at the
manifests of what it sets up, of their dependencies and after_dependencies, and at REQUIREMENTS of its log-in
modules.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import homeassistant
from homeassistant.auth.mfa_modules.totp import REQUIREMENTS as TOTP_REQUIREMENTS
from homeassistant.bootstrap import CORE_INTEGRATIONS, DEFAULT_INTEGRATIONS

COMPONENTS = Path(homeassistant.__file__).parent / "components"
OURS = Path(__file__).resolve().parents[2] / "custom_components" / "alert_gateway" / "manifest.json"
# What the demo's configuration.yaml and its config flows set up, besides what always is.
OF_THE_DEMO = {"api", "config", "history", "logbook", "mqtt", "recorder", "tts"}


def manifest_of(domain: str) -> dict[str, list[str]]:
    """The manifest of one of Home Assistant's integrations; empty if it has no such integration."""
    file = COMPONENTS / domain / "manifest.json"
    return json.loads(file.read_text()) if file.is_file() else {}


def collect(manifests: list[dict[str, list[str]]]) -> set[str]:
    """The requirements of these manifests and of all they depend on."""
    requirements: set[str] = set()
    seen: set[str] = set()
    while manifests:
        manifest = manifests.pop()
        requirements.update(manifest.get("requirements", []))
        wanted = {*manifest.get("dependencies", []), *manifest.get("after_dependencies", [])} - seen
        seen |= wanted
        manifests += [manifest_of(domain) for domain in wanted]
    return requirements


def main(left_out: set[str]) -> None:
    """Print one requirement a line."""
    domains = {*CORE_INTEGRATIONS, *DEFAULT_INTEGRATIONS, *OF_THE_DEMO}
    manifests = [manifest_of(domain) for domain in domains]
    if OURS.is_file():
        manifests.append(json.loads(OURS.read_text()))
    requirements = collect(manifests) | set(TOTP_REQUIREMENTS)
    for requirement in sorted(requirements, key=str.lower):
        if re.split(r"[<>=!~\[;]", requirement)[0] not in left_out:
            print(requirement)


if __name__ == "__main__":
    main(set(sys.argv[1:]))
