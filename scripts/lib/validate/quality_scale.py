"""The rules of quality_scale.yaml, and two of the scale's rules that source text shows."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sources import Integration

STATUSES = {"done", "todo", "exempt"}
RULES = {
    "action-setup",
    "appropriate-polling",
    "brands",
    "common-modules",
    "config-flow",
    "config-flow-test-coverage",
    "dependency-transparency",
    "docs-actions",
    "docs-conditions",
    "docs-triggers",
    "docs-high-level-description",
    "docs-installation-instructions",
    "docs-removal-instructions",
    "entity-event-setup",
    "entity-unique-id",
    "has-entity-name",
    "runtime-data",
    "test-before-configure",
    "test-before-setup",
    "unique-config-entry",
    "action-exceptions",
    "config-entry-unloading",
    "docs-configuration-parameters",
    "docs-installation-parameters",
    "entity-unavailable",
    "integration-owner",
    "log-when-unavailable",
    "parallel-updates",
    "reauthentication-flow",
    "test-coverage",
    "devices",
    "diagnostics",
    "discovery",
    "discovery-update-info",
    "docs-data-update",
    "docs-examples",
    "docs-known-limitations",
    "docs-supported-devices",
    "docs-supported-functions",
    "docs-troubleshooting",
    "docs-use-cases",
    "dynamic-devices",
    "entity-category",
    "entity-device-class",
    "entity-disabled-by-default",
    "entity-translations",
    "exception-translations",
    "icon-translations",
    "reconfiguration-flow",
    "repair-issues",
    "stale-devices",
    "async-dependency",
    "inject-websession",
    "strict-typing",
}


def faults(integration: Integration) -> Iterator[str]:
    """What hassfest's quality scale and config schema checks would say."""
    file = integration.folder / "quality_scale.yaml"
    if file.is_file():
        rules = yaml.safe_load(file.read_text(encoding="utf-8"))["rules"]
        yield from (f"{name} is no rule of the scale" for name in sorted(set(rules) - RULES))
        yield from (f"{name} is not judged" for name in sorted(RULES - set(rules)))
        for name, state in rules.items():
            status = state if isinstance(state, str) else state.get("status")
            if status not in STATUSES:
                yield f"{name}: the status must be one of {', '.join(sorted(STATUSES))}"
            if status == "exempt" and (isinstance(state, str) or not state.get("comment")):
                yield f"{name}: exempt needs a comment"
    names = _top_level_names(integration.modules["__init__.py"])
    if "async_setup" in names and "CONFIG_SCHEMA" not in names:
        yield "async_setup needs CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN) beside it"


def _top_level_names(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names
