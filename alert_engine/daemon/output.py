"""What the commands print: tables on a terminal, plain lines in a pipe, JSON for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table where a person looks at it, else one line for each row, with tabs between."""
    if not sys.stdout.isatty():
        for row in rows:
            typer.echo("\t".join(map(_one_line, row)))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_one_line(cell)) for cell in row))  # Text: what was sent is no markup
    Console().print(table)


def show_lines(lines: Iterable[str]) -> None:
    """Each in one line, whatever somebody wrote into it."""
    for line in lines:
        typer.echo(_one_line(line))


def show_json(data: Mapping[str, Any]) -> None:
    """One line of JSON. What would command a terminal is escaped: JSON itself asks that only below U+0020."""
    text = json.dumps(data, ensure_ascii=False)
    shown = (letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in text)
    typer.echo(text if text.isprintable() else "".join(shown))


def _one_line(cell: str) -> str:
    """Without what would break a line, or command a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in cell)
