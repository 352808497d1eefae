"""Moves a library into the integration's package: its absolute imports become relative ones.

Pure functions over source text. ``ast`` says where an import stands, so nothing inside a string or a comment
is touched, and every line keeps its number.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import PurePosixPath

LIBRARIES = ("gsm_driver", "alert_engine")
FROM_LIBRARY = re.compile(rb"from[ \t]+(?=(?:%s)\b)" % "|".join(LIBRARIES).encode())


class VendoringError(Exception):
    """A source that cannot be moved; the text names the file, the line and what to write instead."""


def is_library(module: str | None) -> bool:
    """The dotted name lies in one of the vendored libraries."""
    return module is not None and module.split(".")[0] in LIBRARIES


def vendor_source(source: bytes, path: PurePosixPath) -> bytes:
    """Rewrite one module.

    Args:
        source: the module's text, UTF-8.
        path: where it will stand, from the integration's folder, for example ``gsm_driver/at/session.py``.
    """
    try:
        tree = ast.parse(source, filename=str(path))
    except SyntaxError as err:
        raise VendoringError(f"{path}:{err.lineno}: {err.msg}") from err
    refuse_absolute_names(tree, path)
    lines = source.splitlines(keepends=True)
    dots = b"." * len(path.parts)  # one dot is the module's own package; each folder above needs one more
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and is_library(node.module):
            line = lines[node.lineno - 1]
            start = FROM_LIBRARY.match(line, node.col_offset)
            if start is None:
                raise VendoringError(f"{path}:{node.lineno}: write 'from package' on one line")
            lines[node.lineno - 1] = line[: start.end()] + dots + line[start.end() :]
    return b"".join(lines)


def refuse_absolute_names(tree: ast.Module, path: PurePosixPath) -> None:
    """Raise for what binds the libraries' top-level names and so cannot become relative."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(is_library(alias.name) for alias in node.names):
            raise VendoringError(
                f"{path}:{node.lineno}: write 'from package import name', not 'import package'"
            )
        if isinstance(node, ast.Call) and _imports_by_text(node):
            raise VendoringError(
                f"{path}:{node.lineno}: an import by text cannot be moved; write an import statement"
            )


def _imports_by_text(call: ast.Call) -> bool:
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if function not in {"import_module", "__import__", "find_spec"} or not call.args:
        return False
    name = call.args[0]
    return isinstance(name, ast.Constant) and isinstance(name.value, str) and is_library(name.value)


def absolute_imports(source: bytes) -> Iterator[int]:
    """The lines on which a library is still imported by its top-level name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and is_library(node.module):
            yield node.lineno
        if isinstance(node, ast.Import) and any(is_library(alias.name) for alias in node.names):
            yield node.lineno


def third_party_imports(source: bytes) -> Iterator[tuple[int, str]]:
    """Each (line, top-level name) that is imported absolutely."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module.split(".")[0]
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)


def dangling_imports(files: Mapping[PurePosixPath, bytes]) -> Iterator[str]:
    """Relative imports that lead to nothing among the files, as ``path:line: name``."""
    modules = {_dotted(path): source for path, source in files.items() if path.suffix == ".py"}
    for path, source in files.items():
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and node.level > 0:
                yield from (f"{path}:{node.lineno}: {name}" for name in _missing(node, path, modules))


def _missing(
    node: ast.ImportFrom, path: PurePosixPath, modules: Mapping[tuple[str, ...], bytes]
) -> Iterator[str]:
    folders = path.parent.parts
    base = folders[: len(folders) - (node.level - 1)]
    target = (*base, *node.module.split(".")) if node.module else base
    if target not in modules:
        yield ".".join(target)
        return
    bound = _bound_names(modules[target])
    for alias in node.names:
        if alias.name not in bound and (*target, alias.name) not in modules:
            yield ".".join((*target, alias.name))


def _bound_names(source: bytes) -> set[str]:
    """The names that a module binds anywhere: more than its globals, so nothing good is refused."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Name(ctx=ast.Store()):
                names.add(node.id)
            case ast.alias():
                names.add((node.asname or node.name).split(".")[0])
    return names


def _dotted(path: PurePosixPath) -> tuple[str, ...]:
    return path.parent.parts if path.name == "__init__.py" else path.with_suffix("").parts
