"""The rows that are written: one module each in ``lab/rows``."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from . import rows
from .row import ROWS, Row

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .run import Outcome, Run


class CatalogueError(Exception):
    """A module of a row is not as it must be; the text says which, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row, and what plays it."""

    row: Row
    play: Callable[[Run], Awaitable[Outcome]]


def load() -> dict[int, Entry]:
    """All rows by number.

    Raises:
        CatalogueError: a number is there twice, is not that of its module, or is none of the matrix.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(rows.__path__))
    found: dict[int, Entry] = {}
    for name in names:
        entry = _entry(name)
        number = entry.row.number
        if number in found or number not in ROWS or not name.startswith(f"row_{number:02}_"):
            raise CatalogueError(f"lab/rows/{name}.py: {number} is not its number, or another one has it")
        found[number] = entry
    return dict(sorted(found.items()))


def load_one(number: int) -> Entry:
    """The row of this number; nothing else is imported.

    Raises:
        CatalogueError: nobody wrote it.
    """
    for module in pkgutil.iter_modules(rows.__path__):
        if module.name.startswith(f"row_{number:02}_"):
            return _entry(module.name)
    raise CatalogueError(f"row {number} is not written; --list tells those that are")


def _entry(name: str) -> Entry:
    module = import_module(f"{rows.__name__}.{name}")
    try:
        row, play = module.ROW, module.play
    except AttributeError as error:
        raise CatalogueError(f"lab/rows/{name}.py: {error}") from error
    if not isinstance(row, Row):
        raise CatalogueError(f"lab/rows/{name}.py: ROW is no Row")
    return Entry(row=row, play=play)
