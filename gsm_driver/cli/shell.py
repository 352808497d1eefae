"""What all commands do alike: run to the end, print for people or for scripts, turn errors into one line."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gsm_driver.errors import ModemError

from .exit_code import ExitCode, exit_code_of

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Sequence

T = TypeVar("T")

Port = Annotated[str, typer.Argument(help="Serial port, socket://HOST:PORT, simulator://NAME.")]
Baudrate = Annotated[int, typer.Option(help="Speed of a serial port; USB modems do not care.")]
Pin = Annotated[
    str | None,
    typer.Option(envvar="GSM_DRIVER_PIN", help="PIN of the SIM; better given by the environment."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document per line, for scripts.")]


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; an error becomes one line and an exit code."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except ModemError as err:
        complain(str(err))
        raise typer.Exit(exit_code_of(err)) from None


def print_json(value: object) -> None:
    """One document on one line."""
    typer.echo(json.dumps(value, default=str, ensure_ascii=False))


def say(text: str) -> None:
    """A remark that is no result."""
    typer.echo(text, err=True)


def complain(text: str) -> None:
    """Why it ended."""
    say(f"gsm-driver: {text}")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table: drawn on a terminal, plain columns without a heading in a pipe."""
    cells = [[str(cell) for cell in row] for row in rows]
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
