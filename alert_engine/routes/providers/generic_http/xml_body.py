"""Bodies of XML: a template whose values can only ever be text or the value of an attribute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from .templates import Template, in_xml, read_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .nodes import Node
    from .templates import Value

_MARK = "VALUE-OF-A-HOLE"


@dataclass(frozen=True, slots=True)
class XmlBody:
    """A document with holes."""

    template: Template

    def fill(self, values: Mapping[str, Value], charset: str) -> bytes:
        """The document; characters that the character set lacks are written as references."""
        text = self.template.fill(values, in_xml)
        return f'<?xml version="1.0" encoding="{charset}"?>\n{text}'.encode(charset, "xmlcharrefreplace")


def read_xml(node: Node, names: frozenset[str]) -> XmlBody:
    """A template that is well-formed, with holes where values are text. Raises ConfigError."""
    template = read_template(node, names)
    parser = expat.ParserCreate()
    look = _Look()
    parser.StartElementHandler = look.element
    parser.CommentHandler = look.markup
    parser.ProcessingInstructionHandler = look.markup
    parser.StartCdataSectionHandler = look.refused
    parser.StartDoctypeDeclHandler = look.refused
    parser.XmlDeclHandler = look.refused
    try:
        parser.Parse(template.fill(dict.fromkeys(template.names, _MARK)).encode(), True)  # noqa: FBT003 - expat's own
    except (expat.ExpatError, _MisplacedError):
        raise node.refused(
            "must be well-formed XML without declaration, DOCTYPE and CDATA;"
            " values can only be text, or an attribute in quotes"
        ) from None
    return XmlBody(template)


class _MisplacedError(Exception):
    """A value where it could become markup, or a part that no request needs."""


class _Look:
    """Looks where the values went."""

    def element(self, name: str, attributes: dict[str, str]) -> None:
        """No value is part of a name."""
        self.markup(name, *attributes)

    def markup(self, *parts: str) -> None:
        """No value is in here."""
        if any(_MARK in part for part in parts):
            raise _MisplacedError

    def refused(self, *_: Any) -> None:
        """Not at all."""
        raise _MisplacedError
