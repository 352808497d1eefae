"""What Home Assistant and HACS check of an integration's files."""

import ast
import json
import struct
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from homeassistant.const import EntityPlatforms

import custom_components.alert_gateway as component
from custom_components.alert_gateway.const import DOMAIN

FOLDER = Path(component.__file__).parent
MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
RULES: dict[str, Any] = yaml.safe_load((FOLDER / "quality_scale.yaml").read_text(encoding="utf-8"))["rules"]

# Home Assistant's base packages and what every image of it holds.
ALWAYS_THERE = {"homeassistant", "probatio", "certifi", "aiohttp", "yarl"}
OUR_LIBRARIES = {"alert_engine", "gsm_driver"}
# What calls a module of ours, and what is set up whatever a configuration says.
PLATFORM_OF_CORE = {*map(str, EntityPlatforms), "logbook", "repairs", "system_health"}


def imports() -> set[str]:
    """Every module that the integration imports, with dots."""
    found: set[str] = set()
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(name.name for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(str(node.module))
    return found


def test_the_keys_of_the_manifest_are_in_the_order_that_hassfest_wants() -> None:
    keys = list(MANIFEST)
    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])


def test_the_manifest_names_this_folder() -> None:
    assert MANIFEST["domain"] == DOMAIN == FOLDER.name
    assert MANIFEST["documentation"].startswith("https://github.com/alert-gateway/")
    assert MANIFEST["issue_tracker"].startswith("https://github.com/alert-gateway/")


def test_requirements_are_lower_bounds() -> None:
    assert [requirement for requirement in MANIFEST["requirements"] if ">=" not in requirement] == []


def test_every_component_that_is_imported_is_a_dependency() -> None:
    components = {name.split(".")[2] for name in imports() if name.startswith("homeassistant.components.")}
    declared = {*MANIFEST["dependencies"], *MANIFEST["after_dependencies"]}
    assert components - PLATFORM_OF_CORE <= declared


def test_home_assistant_need_not_fetch_the_cloud_for_us() -> None:
    """It fetches the requirements of after_dependencies too: without internet it would not set us up."""
    assert "cloud" not in {*MANIFEST["dependencies"], *MANIFEST["after_dependencies"]}


def test_nothing_is_imported_that_home_assistant_does_not_have() -> None:
    packages = {name.partition(".")[0] for name in imports()}
    assert packages - set(sys.stdlib_module_names) <= ALWAYS_THERE | OUR_LIBRARIES | {"custom_components"}


def test_our_libraries_are_imported_by_name_so_that_the_release_can_put_them_inside() -> None:
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not {name.name.partition(".")[0] for name in node.names} & OUR_LIBRARIES, path.name


def test_the_quality_scale_names_every_rule_once() -> None:
    assert len(RULES) == 54
    for rule, status in RULES.items():
        if isinstance(status, dict):
            assert status["status"] == "exempt", rule
            assert status["comment"], rule
        else:
            assert status in {"done", "todo"}, rule


@pytest.mark.parametrize(("name", "size"), [("icon.png", 256), ("icon@2x.png", 512)])
def test_the_brand_icon_has_its_size(name: str, size: int) -> None:
    data = (FOLDER / "brand" / name).read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", data[16:24]) == (size, size)


def test_the_types_are_shipped() -> None:
    assert (FOLDER / "py.typed").is_file()
