"""Every quirk has a test: the table of them is true."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.driver.quirks import QUIRKS, Quirk

HERE = Path(__file__).parent
SECTIONS = [f"5.{number}" for number in range(1, 14)]


@cache
def functions_of(file: str) -> dict[str, list[str]]:
    """The test functions that pytest collects from a file, each with its decorators."""
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    return {
        node.name: [ast.unparse(decorator) for decorator in node.decorator_list]
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("quirk", QUIRKS, ids=lambda quirk: f"{quirk.section} {quirk.words}")
def test_the_tests_of_a_quirk_exist_and_are_run(quirk: Quirk) -> None:
    assert quirk.tests
    for name in quirk.tests:
        file, _, function = name.partition("::")
        assert function in functions_of(file), name
        assert not any("skip" in decorator for decorator in functions_of(file)[function])


def test_every_section_is_there_and_no_row_twice() -> None:
    assert sorted({quirk.section for quirk in QUIRKS}) == sorted(SECTIONS)
    rows = [(quirk.section, quirk.words) for quirk in QUIRKS]
    assert len(rows) == len(set(rows))
