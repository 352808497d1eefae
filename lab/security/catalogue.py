"""The cases that are written: one module each in ``lab/security/cases``."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from lab.catalogue import Entry

from . import cases
from .case import Book

if TYPE_CHECKING:
    from lab.run import Outcome, Run

    from .case import Case

_FIRST = 101  # rows of the matrix have smaller numbers

NAMES = tuple(sorted(module.name for module in pkgutil.iter_modules(cases.__path__)))


def load(name: str) -> Case:
    """The case of this name."""
    found: Case = import_module(f"{cases.__name__}.{name}").CASE
    return found


def number_of(name: str) -> int:
    """What the runner calls it."""
    return _FIRST + NAMES.index(name)


def load_one(number: int) -> Entry:
    """The case of this number, as the runner plays it."""
    name = NAMES[number - _FIRST]
    module = import_module(f"{cases.__name__}.{name}")

    async def play(run: Run) -> Outcome:
        book = Book(run=run)
        await module.play(run, book)
        return book.outcome()

    return Entry(row=load(name).row(number), play=play)
