"""What to look for in an answer or a call, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from alert_engine.routes.providers.reading import at, json_in

from .patterns import bounded_pattern, first_match, matches

if TYPE_CHECKING:
    from .nodes import Node

_CLASSES = {f"{first}xx": range(first * 100, first * 100 + 100) for first in range(1, 6)}
_MAX_FOUND = 1000  # characters of what is found, except for a text
_STEP = re.compile(r"[^.]{1,100}")


@dataclass(frozen=True, slots=True)
class View:
    """An answer or a call, as it is looked at."""

    data: Any = field(repr=False)  # JSON, or the fields of a form
    text: str = field(repr=False)
    status: int = 0  # of HTTP; 0 for a call


def view_of(body: bytes, status: int, charset: str = "utf-8") -> View:
    """A body as JSON if it is some, and as text."""
    return View(json_in(body), body.decode(charset, "replace"), status)


@dataclass(frozen=True, slots=True)
class Finder:
    """Where a value is: at a path into JSON or among the fields of a form, or where a pattern says."""

    path: tuple[str | int, ...] = ()
    pattern: re.Pattern[str] | None = None

    def whole(self, view: View) -> str:
        """What is there, however long; empty: nothing."""
        if self.pattern is not None:
            return first_match(self.pattern, view.text)
        return scalar(at(view.data, *self.path))

    def find(self, view: View) -> str:
        """What is there; empty: nothing, or too much to be an id or a state."""
        found = self.whole(view).strip()
        return found if len(found) <= _MAX_FOUND else ""


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that must be there: anything, one of some values, or what a pattern matches."""

    finder: Finder
    values: frozenset[str] = frozenset()
    pattern: re.Pattern[str] | None = None

    def holds(self, view: View) -> bool:
        """It is there."""
        found = self.finder.find(view)
        if self.pattern is not None:
            return matches(self.pattern, found)
        return found.lower() in self.values if self.values else found != ""


@dataclass(frozen=True, slots=True)
class Clause:
    """When something applies: the status is one of these, if any is named, and all signs are there."""

    statuses: tuple[range, ...] = ()
    signs: tuple[Sign, ...] = ()

    def holds(self, view: View) -> bool:
        """It applies."""
        return (not self.statuses or any(view.status in each for each in self.statuses)) and all(
            sign.holds(view) for sign in self.signs
        )


SUCCESS = Clause(statuses=(_CLASSES["2xx"],))


def scalar(value: Any) -> str:
    """A text, number, true or false as a text; empty for everything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def read_finder(node: Node) -> Finder:
    """``{path: a.0.b}`` or ``{pattern: regular expression}``. Raises ConfigError."""
    return _read_finder(node.only("path", "pattern"))


def read_path(node: Node) -> tuple[str | int, ...]:
    """``a.0.b``: digits are a place in a list, from 0. Raises ConfigError."""
    steps = node.text().split(".")
    if not all(_STEP.fullmatch(step) for step in steps) or len(steps) > 16:
        raise node.refused("must be names and numbers with dots between them, as in messages.0.id")
    return tuple(int(step) if step.isascii() and step.isdigit() else step for step in steps)


def read_pattern(node: Node) -> re.Pattern[str]:
    """A bounded regular expression. Raises ConfigError."""
    try:
        return bounded_pattern(node.text())
    except ValueError as error:
        raise node.refused(str(error)) from None


def read_clause(node: Node, *more: str) -> Clause:
    """``{status: [200, 2xx], where: [{path: …, is: […]}]}``; `more` keys belong to somebody else."""
    node.only("status", "where", *more)
    status, where = node.get("status"), node.get("where")
    return Clause(
        statuses=tuple(_read_status(each) for each in status.items()) if status else (),
        signs=tuple(_read_sign(each) for each in where.items()) if where else (),
    )


def read_success(node: Node) -> Clause:
    """A clause which holds for 2xx where it names no status. Raises ConfigError."""
    clause = read_clause(node)
    return clause if clause.statuses else replace(clause, statuses=SUCCESS.statuses)


def _read_finder(node: Node) -> Finder:
    pattern = node.get("pattern")
    if pattern is None:
        return Finder(path=read_path(node.need("path")))
    if node.get("path") is not None:
        raise node.refused("has both path and pattern")
    return Finder(pattern=read_pattern(pattern))


def _read_status(node: Node) -> range:
    known = _CLASSES.get(node.value) if isinstance(node.value, str) else None
    if known is not None:
        return known
    if isinstance(node.value, str):
        raise node.refused("must be a number, or one of 1xx to 5xx")
    status = int(node.amount(100, 599))
    return range(status, status + 1)


def _read_sign(node: Node) -> Sign:
    finder = _read_finder(node.only("path", "pattern", "is", "matches"))
    values, pattern = node.get("is"), node.get("matches")
    if values and pattern:
        raise node.refused("has both is and matches")
    return Sign(
        finder=finder,
        values=_read_values(values) if values else frozenset(),
        pattern=read_pattern(pattern) if pattern else None,
    )


def _read_values(node: Node) -> frozenset[str]:
    """Texts and numbers; an empty one, or null, is that nothing is there."""
    for each in node.items():
        if not isinstance(each.value, str | int | float | None):
            raise each.refused("must be a text or a number")
    if not node.items():
        raise node.refused("must have one value at least")
    return frozenset(scalar(each.value).lower() for each in node.items())
