"""The files of the operator's page: what is in them, what they need, and what they must never do."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

FILES = Path(__file__).parents[2] / "custom_components" / "alert_gateway" / "panel" / "frontend"
MODULES = sorted(file for file in FILES.rglob("*.js") if file.parent.name != "vendor")
MAKES_CODE = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "eval(",
    "new Function",
    "unsafe",  # unsafeHTML and others of Lit
)
LONGEST = 400  # lines
IMPORT = re.compile(r"""^(?:import|export)\b[^;"]*["']([^"']+)["'];$""", re.MULTILINE)


def name_of(file: Path) -> str:
    return file.relative_to(FILES).as_posix()


def test_the_lit_that_is_shipped_is_the_one_that_was_made() -> None:
    manifest = json.loads((FILES / "vendor" / "lit.json").read_text(encoding="utf-8"))
    assert hashlib.sha256((FILES / "vendor" / "lit.js").read_bytes()).hexdigest() == manifest["sha256"]
    licence = (FILES / "vendor" / "lit.LICENSE.txt").read_text(encoding="utf-8")
    assert "BSD 3-Clause License" in licence
    assert manifest["license"] == "BSD-3-Clause"
    assert set(manifest["packages"]) == {"lit", "lit-element", "lit-html", "@lit/reactive-element"}


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_needs_nothing_from_elsewhere(module: Path) -> None:
    """It works offline: every import leads to a file that is shipped, and no address is built in."""
    text = module.read_text(encoding="utf-8")
    assert "import(" not in text
    for name in IMPORT.findall(text):
        assert name.startswith("."), name
        assert (module.parent / name).resolve().is_file(), name
    assert not re.search(r"https?://|//cdn", text)


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_no_module_turns_data_into_code(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    for word in MAKES_CODE:
        assert word not in text, word
    assert not re.search(r"""\son\w+=["'`]""", text), "a handler as a string"


def test_every_part_is_loaded_by_the_page() -> None:
    page = (FILES / "alert-gateway-panel.js").read_text(encoding="utf-8")
    parts = {file.name for file in (FILES / "parts").glob("*.js")} - {"dialog.js"}
    assert set(re.findall(r'"\./parts/([\w-]+\.js)"', page)) == parts


def test_no_module_is_too_long_to_read() -> None:
    long = {name_of(file): len(file.read_text(encoding="utf-8").splitlines()) for file in MODULES}
    assert {name: lines for name, lines in long.items() if lines > LONGEST and "texts/" not in name} == {}
