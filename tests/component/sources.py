"""What the sources of this repository call."""

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from types import ModuleType


def calls_in(module: ModuleType, names: Collection[str]) -> Iterator[tuple[str, ast.Call]]:
    """Every call of these names in the folder of a module, by its place."""
    for place, node in _nodes_in(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield place, node


def members_in(module: ModuleType, names: Collection[str]) -> Iterator[ast.Attribute]:
    """Every use of a member of what has one of these names, in the folder of a module."""
    for _, node in _nodes_in(module):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            yield node


def _nodes_in(module: ModuleType) -> Iterator[tuple[str, ast.AST]]:
    folder = Path(str(module.__file__)).parent
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield f"{folder.name}/{path.relative_to(folder)}:{getattr(node, 'lineno', 0)}", node
