"""The pages of the providers say what the code takes: settings, their defaults, and examples that load."""

from __future__ import annotations

import ast
import re
from typing import Any, NamedTuple

import pytest
import yaml

from alert_engine.routes.providers.catalogue import GENERIC_HTTP, TYPES, Setting, settings_of
from tests.test_docs import ROOT, _blocks, _gateway_files

FOLDER = ROOT / "docs" / "providers"
OTHER_PAGES = {  # types whose page is called otherwise
    "mylink": "link-mobility",
    "link_common": "link-mobility",
    "spryng_v1": "spryng",
    "vibes_platform": "vibes",
}
HEADINGS = ["What it can do", "Set it up", "Callbacks", "Costs and limits", "Not confirmed"]

_TABLE = re.compile(r"^\| Setting \| Default \| Means \|\n\|[ |-]+\|\n(?P<rows>(?:\|.*\n)+)", re.MULTILINE)
_NAME = re.compile(r"`([a-z_]+)`")
_LITERAL = re.compile(r"`([^`]+)`")


class Row(NamedTuple):
    """What a page says of one setting."""

    name: str
    default: str


def page_of(type_name: str) -> str:
    """The whole page."""
    name = OTHER_PAGES.get(type_name, type_name).replace("_", "-")
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def tables_of(page: str) -> list[list[Row]]:
    """Its tables of settings; several settings may share a row."""
    return [
        [
            Row(name, cells[2].strip())
            for line in found["rows"].splitlines()
            for cells in [re.split(r"(?<!\\)\|", line)]
            for name in _NAME.findall(cells[1])
        ]
        for found in _TABLE.finditer(page)
    ]


def table_of(type_name: str) -> list[Row]:
    """The table that is about this type: a page may have those of two."""
    names = {setting.name for setting in settings_of(type_name)}
    return max(tables_of(page_of(type_name)), key=lambda rows: len(names & {row.name for row in rows}))


@pytest.mark.parametrize("type_name", [each for each in TYPES if each != GENERIC_HTTP])
def test_every_setting_is_on_its_page_and_no_other(type_name: str) -> None:
    known = {setting.name: setting for setting in settings_of(type_name)}
    rows = table_of(type_name)
    assert sorted(row.name for row in rows) == sorted(known)
    assert [row for row in rows if not says_default(known[row.name], row.default)] == []


def says_default(setting: Setting, cell: str) -> bool:
    """The value is there; of what is empty the cell may say what that leads to."""
    literals = _LITERAL.findall(cell)
    if setting.required:
        return not _LITERAL.fullmatch(cell)
    if setting.default in ("", (), None):
        return True
    default = str(setting.default).lower() if isinstance(setting.default, bool) else str(setting.default)
    return default in literals or not (setting.default or literals)


def keys_of_recipes() -> set[str]:
    """What some part of a recipe may have: each of them says so by ``only("path", *KEYS)``."""
    found = set()
    for file in (ROOT / "alert_engine/routes/providers/generic_http").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            is_list = isinstance(node, ast.Assign) and "KEYS" in ast.unparse(node.targets[0])
            if is_list or (isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".only")):
                found |= {str(each.value) for each in ast.walk(node) if isinstance(each, ast.Constant)}
    return found


def test_every_key_of_a_recipe_is_on_its_page() -> None:
    keys = keys_of_recipes()
    assert {"preset", "send", "form", "matches", "when"} <= keys
    page = page_of(GENERIC_HTTP)
    assert [key for key in sorted(keys) if not re.search(rf"`[^`\n]*\b{key}\b[^`\n]*`", page)] == []


def test_every_type_is_a_row_of_the_table_that_compares_them() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_0-9]+)` \| \[", page, re.MULTILINE)
    assert sorted(rows) == sorted(TYPES)


@pytest.mark.parametrize("page", sorted(FOLDER.glob("[!R]*.md")), ids=lambda page: page.stem)
def test_pages_have_the_same_parts(page: Any) -> None:
    headings = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert [each for each in headings if each in HEADINGS] == HEADINGS


def test_every_type_has_an_example_that_is_loaded() -> None:
    """`test_docs` loads what has nothing but keys of a configuration; a misspelt one would leave it out."""
    loaded = _gateway_files()
    assert [block for block in _blocks("yaml") if "providers:" in block.body and block not in loaded] == []
    shown = [yaml.safe_load(block.body).get("providers", []) for block in loaded]
    assert {each["type"] for providers in shown for each in providers} >= set(TYPES)
