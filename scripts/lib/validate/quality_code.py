"""What quality_scale.yaml calls done of the code is in the code, as far as source text shows it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import yaml
from homeassistant.const import EntityPlatforms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sources import Integration

# The module, and a function or method that it must have, if the rule is done.
FUNCTIONS = {
    "config-entry-unloading": ("__init__.py", "async_unload_entry"),
    "config-flow": ("config_flow.py", "async_step_user"),
    "diagnostics": ("diagnostics.py", "async_get_config_entry_diagnostics"),
    "discovery": ("config_flow.py", "async_step_usb"),
    "reauthentication-flow": ("config_flow.py", "async_step_reauth"),
    "reconfiguration-flow": ("config_flow.py", "async_step_reconfigure"),
    "repair-issues": ("repairs.py", "async_create_fix_flow"),
}
TYPED = "py.typed"


def faults(integration: Integration) -> Iterator[str]:
    """What is done, and not to be found."""
    rules = yaml.safe_load((integration.folder / "quality_scale.yaml").read_text(encoding="utf-8"))["rules"]
    done = {name for name, state in rules.items() if state == "done"}
    for rule, (path, function) in FUNCTIONS.items():
        if rule in done and function not in _functions(integration, path):
            yield f"{rule} is done, but {path} and what it builds on has no {function}"
    if "parallel-updates" in done:
        yield from _without_parallel_updates(integration)
    if "strict-typing" in done and not (integration.folder / TYPED).is_file():
        yield f"strict-typing is done, but there is no {TYPED}"
    if "brands" in done and not (integration.folder / "brand" / "icon.png").is_file():
        yield "brands is done, but there is no brand/icon.png"
    if "action-setup" in done:
        yield from _late_actions(integration)


def _functions(integration: Integration, path: str) -> set[str]:
    """Those of a module; a flow has steps in the modules of its forms too."""
    paths = [path, *(name for name in integration.modules if name.startswith("flows/"))]
    trees = [integration.modules[name] for name in paths if name in integration.modules]
    return {
        node.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _without_parallel_updates(integration: Integration) -> Iterator[str]:
    for platform in EntityPlatforms:
        tree = integration.modules.get(f"{platform}.py")
        if tree is not None and not any(
            isinstance(node, ast.Assign)
            and any(getattr(each, "id", "") == "PARALLEL_UPDATES" for each in node.targets)
            for node in tree.body
        ):
            yield f"parallel-updates is done, but {platform}.py has no PARALLEL_UPDATES"


def _late_actions(integration: Integration) -> Iterator[str]:
    """Actions are there before an entry is, and when none can be set up."""
    setup = next(
        node
        for node in integration.modules["__init__.py"].body
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "async_setup_entry"
    )
    called = {
        getattr(node.func, "id", getattr(node.func, "attr", ""))
        for node in ast.walk(setup)
        if isinstance(node, ast.Call)
    }
    yield from (
        f"action-setup is done, but async_setup_entry calls {name}"
        for name in sorted(called & {"async_register_actions", "async_register"})
    )
