"""Plain data read with its place in mind: a complaint names where, and never repeats a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from alert_engine.errors import ConfigError

if TYPE_CHECKING:
    from enum import StrEnum

_MAX_TEXT = 4000  # characters of one text: the longest is a body of XML
_MAX_ENTRIES = 200  # of one list or mapping

Word = TypeVar("Word", bound="StrEnum")


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place. Every method raises ConfigError for a value of another shape."""

    value: Any = field(repr=False)
    path: tuple[str | int, ...] = ()

    def refused(self, why: str) -> ConfigError:
        """The error to raise."""
        where = ".".join(str(step) for step in self.path) or "the recipe"
        return ConfigError(f"{where}: {why}", path=self.path)

    def only(self, *known: str) -> Node:
        """A mapping with some of these keys and no other."""
        for key, node in self.entries():
            if key not in known:
                raise node.refused(f"is no known key; known here are: {', '.join(known)}")
        return self

    def get(self, key: str) -> Node | None:
        """What a mapping has under a key; None: nothing."""
        found = dict(self.entries()).get(key)
        return None if found is None or found.value is None else found

    def need(self, key: str) -> Node:
        """What a mapping must have under a key."""
        found = self.get(key)
        if found is None:
            raise Node(None, (*self.path, key)).refused("is missing")
        return found

    def entries(self) -> tuple[tuple[str, Node], ...]:
        """Of a mapping with texts as keys."""
        if not isinstance(self.value, Mapping) or not all(isinstance(key, str) for key in self.value):
            raise self.refused("must be a mapping")
        if len(self.value) > _MAX_ENTRIES:
            raise self.refused(f"has more than {_MAX_ENTRIES} entries")
        return tuple((key, Node(value, (*self.path, key))) for key, value in self.value.items())

    def items(self) -> tuple[Node, ...]:
        """Of a list."""
        if not isinstance(self.value, list | tuple):
            raise self.refused("must be a list, as in [a, b]")
        if len(self.value) > _MAX_ENTRIES:
            raise self.refused(f"has more than {_MAX_ENTRIES} items")
        return tuple(Node(value, (*self.path, index)) for index, value in enumerate(self.value))

    def text(self) -> str:
        """A text, maybe empty."""
        if not isinstance(self.value, str):  # YAML reads 42 as a number, and no as false
            raise self.refused("must be a text: put it in quotes")
        if len(self.value) > _MAX_TEXT:
            raise self.refused(f"must have at most {_MAX_TEXT} characters")
        return self.value

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.refused("must be true or false")
        return self.value

    def amount(self, low: float, high: float) -> float:
        """A number between two others."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.refused("must be a number")
        if not low <= self.value <= high:
            raise self.refused(f"must be {low:g} to {high:g}")
        return float(self.value)

    def word(self, words: type[Word]) -> Word:
        """One of a few words."""
        try:
            return words(self.text())
        except ValueError:
            raise self.refused(f"must be one of {', '.join(words)}") from None
