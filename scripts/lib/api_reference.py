"""Writes ``docs/driver-api.md`` from the docstrings of `gsm_driver`.

``python -m scripts.lib.api_reference`` after a change of a public name or docstring; a test compares the page
with what this would write. The sources are read, so comments beside the fields of a value are part of it.
"""

from __future__ import annotations

import ast
import copy
import inspect
import re
import sys
import textwrap
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gsm_driver
from scripts.lib.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "driver-api.md"
HEAD = """# The driver: reference

Every public name of `gsm_driver`, made from its docstrings by `scripts/lib/api_reference.py`. How they are
used is in [the driver by task](driver.md). All names come from the package: `from gsm_driver import Modem`.
"""
# Modules, in the order of the page; what is in no other section is a value.
SECTIONS = {
    "A modem": ("modem", "sms", "inbox", "network", "sim", "calls", "call", "ussd", "clock"),
    "A modem for good": ("supervisor", "recovery", "ledger"),
    "Ports and modems": ("discovery", "finder", "usb", "usb_table"),
    "Values": (),
    "Errors": ("errors",),
}
MAX_PARAMETERS = 80  # characters in one line
PARTS = re.compile(r"^(Args|Attributes|Raises|Returns):$")
ITEM = re.compile(r"^(?P<names>[\w, ]+): (?P<text>.*)$", re.DOTALL)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


# --- Reading the sources ---


@cache
def _module(path: Path) -> tuple[ast.Module, tuple[str, ...]]:
    text = path.read_text(encoding="utf-8")
    return ast.parse(text), tuple(text.splitlines())


def _file_of(name: str) -> Path:
    """Where a public name is defined: classes and functions say so, other names are assigned somewhere."""
    value = getattr(gsm_driver, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        return Path(inspect.getfile(value))
    for path in sorted(Path(gsm_driver.__file__).parent.glob("*.py")):
        if _find(name, path) is not None:
            return path
    raise LookupError(f"{name} is defined nowhere")


def _find(name: str, path: Path) -> ast.stmt | None:
    """The definition of a name at the top of a module."""
    for node in _module(path)[0].body:
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef() if node.name == name:
                return node
            case ast.Assign(targets=[ast.Name(id=target)]) if target == name:
                return node
    return None


def _source(node: ast.stmt, path: Path) -> list[str]:
    """The lines of a statement, with the comments at their ends."""
    lines = _module(path)[1]
    return textwrap.dedent("\n".join(lines[node.lineno - 1 : node.end_lineno])).splitlines()


def _signature(node: Any) -> str:
    """Parameters and result; one parameter a line where they do not fit one."""
    args = copy.deepcopy(node.args)
    if args.args and args.args[0].arg in {"self", "cls"}:
        del args.args[0]
    returns = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    parameters = ast.unparse(args)
    if len(parameters) <= MAX_PARAMETERS:
        return f"({parameters}){returns}"
    lines = [f"    {parameter}," for parameter in _each(args)]
    return "\n".join(("(", *lines, f"){returns}"))


def _each(args: ast.arguments) -> Iterator[str]:
    """The parameters one by one, as they would be written."""
    plain = len(args.args) - len(args.defaults)
    for place, argument in enumerate(args.args):
        yield _with_default(argument, args.defaults[place - plain] if place >= plain else None)
    if args.kwonlyargs:
        yield "*"
    for argument, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield _with_default(argument, default)


def _with_default(argument: ast.arg, default: ast.expr | None) -> str:
    return ast.unparse(argument) + ("" if default is None else f" = {ast.unparse(default)}")


def _is_shown(node: ast.stmt) -> bool:
    return isinstance(node, FUNCTIONS) and not node.name.startswith("_")


def _decorators(node: Any) -> set[str]:
    return {ast.unparse(decorator) for decorator in node.decorator_list}


# --- Docstrings to Markdown ---


def markdown(docstring: str) -> str:
    """A docstring in the style of this project: paragraphs, ``::`` blocks, Args, Attributes, Raises."""
    blocks = [block for block in re.split(r"\n\s*\n", inspect.cleandoc(docstring)) if block.strip()]
    return "\n\n".join(_blocks(blocks))


def _blocks(blocks: list[str]) -> Iterator[str]:
    for block in blocks:
        head, _, rest = block.partition("\n")
        if PARTS.match(head):
            yield f"**{head[:-1]}**"
            yield _prose("\n".join(_items(textwrap.dedent(rest))))
        elif block.strip() == "::":
            continue
        elif block.startswith("    "):
            yield f"```text\n{textwrap.dedent(block)}\n```"
        else:
            yield _prose(block.removesuffix("::").rstrip())


def _prose(text: str) -> str:
    return text.replace("``", "`")


def _items(text: str) -> Iterator[str]:
    """One bullet for each item; a line that is indented goes on with the one before."""
    for entry in re.split(r"\n(?! )", text):
        words = " ".join(entry.split())
        item = ITEM.match(words)
        yield f"- `{item['names']}`: {item['text']}" if item else f"- {words}"


# --- The page ---


def render() -> str:
    """The whole page."""
    sections = [f"## {title}\n\n{_section(title)}" for title in SECTIONS]
    return "\n".join((HEAD, *sections)).rstrip() + "\n"


def _section(title: str) -> str:
    names = [name for name in gsm_driver.__all__ if _section_of(name) == title]
    order = SECTIONS[title]
    names.sort(key=lambda name: (order.index(_file_of(name).stem) if order else 0, _line_of(name)))
    intro = _error_tree() if title == "Errors" else ""
    return intro + "\n".join(_entry(name) for name in names)


def _error_tree() -> str:
    """The tree that is drawn in the docstring of the module."""
    drawn = ast.get_docstring(_module(_file_of("ModemError"))[0]) or ""
    lines = [line.removeprefix("    ") for line in drawn.splitlines() if line.startswith("    ")]
    return "```text\n" + "\n".join(lines) + "\n```\n\n"


def _section_of(name: str) -> str:
    stem = _file_of(name).stem
    return next((title for title, modules in SECTIONS.items() if stem in modules), "Values")


def _line_of(name: str) -> tuple[str, int]:
    path = _file_of(name)
    node = _find(name, path)
    return path.stem, node.lineno if node is not None else 0


def _entry(name: str) -> str:
    path = _file_of(name)
    node = _find(name, path)
    match node:
        case ast.ClassDef():
            return "\n\n".join(_class(node, path)) + "\n"
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return "\n\n".join(_function(node, "###")) + "\n"
        case _:
            shown = [] if node is None else _source(node, path)
            return "\n\n".join((f"### {name}", _fence(shown))) + "\n"


def _class(node: ast.ClassDef, path: Path) -> Iterator[str]:
    yield f"### {node.name}"
    if node.bases:
        yield f"Is a {', '.join(f'`{ast.unparse(base)}`' for base in node.bases)}."
    yield markdown(ast.get_docstring(node) or "")
    for base in node.bases:
        hidden = _find(ast.unparse(base), path)
        if isinstance(hidden, ast.ClassDef) and hidden.name not in gsm_driver.__all__:
            yield markdown(ast.get_docstring(hidden) or "")
    fields = [statement for statement in node.body if isinstance(statement, ast.AnnAssign | ast.Assign)]
    if fields:
        yield _fence([line for statement in fields for line in _source(statement, path)])
    for method in node.body:
        if isinstance(method, FUNCTIONS) and method.name == "__init__":
            yield _fence([f"{node.name}{_signature(method)}".removesuffix(" -> None")])
    shown = [method for method in node.body if _is_shown(method)]
    properties = [method for method in shown if "property" in _decorators(method)]
    if properties:
        yield "\n".join(_property(method) for method in properties)
    for method in shown:
        if method not in properties:
            yield from _function(method, "####")


def _property(node: Any) -> str:
    text = " ".join(_prose(inspect.cleandoc(ast.get_docstring(node) or "")).split())
    return f"- `{node.name}: {ast.unparse(node.returns)}`: {text}"


def _function(node: Any, level: str) -> Iterator[str]:
    kind = "await " if isinstance(node, ast.AsyncFunctionDef) else ""
    yield f"{level} {node.name}"
    yield _fence([f"{kind}{node.name}{_signature(node)}"])
    yield markdown(ast.get_docstring(node) or "")


def _fence(lines: list[str]) -> str:
    return "```text\n" + "\n".join(lines) + "\n```"


def main() -> int:
    """Write the page."""
    PAGE.write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
