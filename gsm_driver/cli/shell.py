"""What all commands do alike: run to the end, print for people or for scripts."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from gsm_driver.printable import printable, printable_json

from .interruption import Interruption, until_ended

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Sequence

    from .interruption import Account

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T], account: Account = lambda interruption: interruption) -> T:
    """Run to the end.

    Args:
        work: what to do.
        account: what to raise for an `Interruption`; it knows what the work left behind.
    """
    try:
        return asyncio.run(until_ended(work, account))
    except KeyboardInterrupt:  # on Windows, or before the signals were heeded
        raise account(Interruption(signal.SIGINT)) from None


def print_json(value: object) -> None:
    """One document on one line; times as in ISO 8601."""
    typer.echo(printable_json(json.dumps(value, default=_as_json, ensure_ascii=False)))


def _as_json(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def tell(text: str) -> None:
    """One line of a result. What strangers wrote into it cannot move the cursor or add a line."""
    typer.echo(printable(text))


def say(text: str) -> None:
    """A remark that is no result."""
    typer.echo(printable(text), err=True)


def complain(text: str) -> None:
    """Why it ended."""
    say(f"gsm-driver: {text}")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table: drawn on a terminal, plain columns without a heading in a pipe."""
    cells = [[printable(str(cell)) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _draw(columns, cells)
        return
    widths = [max((len(row[at]) for row in cells), default=0) for at in range(len(columns))]
    for row in cells:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _draw(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - not needed in a pipe
    from rich.markup import escape  # noqa: PLC0415 - the same
    from rich.table import Table  # noqa: PLC0415 - the same

    table = Table(*columns)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    Console().print(table)
