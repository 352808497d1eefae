"""XML as Connect writes it, read with bounds: no DTD, so no entities but the five of XML itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 16  # of nested elements: Connect has four
MAX_ELEMENTS = 5000  # of a document: the states of one message are a few dozen


@dataclass(slots=True)
class Element:
    """An element, without its namespace. Only its name is shown: the rest may be a number or a text."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict, repr=False)
    pieces: list[str] = field(default_factory=list, repr=False)  # of the text that stands directly in it
    children: list[Element] = field(default_factory=list, repr=False)

    @property
    def text(self) -> str:
        """What stands directly in it."""
        return "".join(self.pieces)

    def child(self, name: str) -> Element:
        """The first child of this name; one without anything in it if there is none."""
        return next((each for each in self.children if each.name == name), Element(name))

    def walk(self) -> Iterator[Element]:
        """This one and all that is in it, in the order of the document."""
        yield self
        for child in self.children:
            yield from child.walk()


def read(body: bytes) -> Element | None:
    """The root; None if it is no XML, has a DTD, or is larger than an answer could be."""
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat's own
    except (expat.ExpatError, _RefusedError, ValueError, LookupError):  # the last two: unknown encodings
        return None
    return builder.root


class _RefusedError(Exception):
    """No document of Connect looks so."""


class _Builder:
    """Builds the tree from what expat finds."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise _RefusedError
        element = Element(name.rpartition(":")[2], attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, name: str) -> None:  # noqa: ARG002 - expat has checked it
        """It ends."""
        self._open.pop()

    def characters(self, text: str) -> None:
        """Some of the text in it."""
        self._open[-1].pieces.append(text)

    def doctype(self, *_: object) -> None:
        """Where entities would be declared."""
        raise _RefusedError
