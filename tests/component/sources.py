"""What the sources of this repository call."""

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from types import ModuleType


def calls_in(module: ModuleType, names: Collection[str]) -> Iterator[tuple[str, ast.Call]]:
    """Every call of these names in the folder of a module, by its place."""
    folder = Path(str(module.__file__)).parent
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield f"{folder.name}/{path.relative_to(folder)}:{node.lineno}", node
