"""Templates: text with ``{name}`` in it, and nothing cleverer. Values are escaped for where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .nodes import Node

Value = str | int | bool

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_PIECE = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]{0,39})\}|[{}]|[^{}]+")
# XML 1.0 section 2.2: these cannot be written at all, not even as references.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML_REFERENCES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
    "\t": "&#9;",
    "\n": "&#10;",
    "\r": "&#13;",
}


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a value goes."""

    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """Words and holes in turn."""

    parts: tuple[str | Hole, ...]

    @property
    def names(self) -> frozenset[str]:
        """Of the values that it takes."""
        return frozenset(part.name for part in self.parts if isinstance(part, Hole))

    @property
    def only_hole(self) -> str:
        """The name of the value, if there is nothing else in it; empty otherwise."""
        (part, *more) = self.parts or ("",)
        return part.name if isinstance(part, Hole) and not more else ""

    def fill(self, values: Mapping[str, Value], escape: Callable[[str], str] = str) -> str:
        """The text; only values are escaped."""
        return "".join(
            part if isinstance(part, str) else escape(as_text(values[part.name])) for part in self.parts
        )


def read_template(node: Node, names: frozenset[str]) -> Template:
    """A template that takes some of these values. Raises ConfigError."""
    parts: list[str | Hole] = []
    for piece in _PIECE.finditer(node.text()):
        name = piece.group(1)
        if name is None and piece.group() in {"{", "}"}:
            raise node.refused("has a single brace: write {name}, or {{ and }} for braces")
        if name is not None and name not in names:
            known = ", ".join(sorted(names))
            raise node.refused(f"{{{name}}} is not known here; known are {known}, and what settings has")
        parts.append(Hole(name) if name is not None else piece.group().replace("{{", "{").replace("}}", "}"))
    return Template(tuple(parts))


def as_text(value: Value) -> str:
    """True is 1, and false is nothing."""
    return ("1" if value else "") if isinstance(value, bool) else str(value)


def in_path(value: str) -> str:
    """For one segment of a path: no slash, question mark or percent sign of it means anything."""
    return quote(value, safe="")


def in_one_line(value: str) -> str:
    """Nothing of it begins another line, header or field: control characters become a space."""
    return _CONTROL.sub(" ", value)


def in_xml(value: str) -> str:
    """For text or an attribute in quotes; what XML cannot carry becomes a space."""
    return "".join(_XML_REFERENCES.get(each, each) for each in _NOT_IN_XML.sub(" ", value))
