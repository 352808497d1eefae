"""The group of all commands: where what they raise becomes words and an exit code."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from gsm_driver.errors import ModemError

from .exit_code import ExitCode
from .failure import print_error, tell_failure
from .interruption import Interruption

if TYPE_CHECKING:
    AnyContext = Any  # click's before typer 0.29, since then typer's own

# What the parser raises for wrong arguments; typer has no public name for it.
_ParserError: Any = typer.BadParameter.__bases__[0]


class Program(TyperGroup):
    """Commands whose errors are told in one way."""

    def parse_args(self, ctx: AnyContext, args: list[str]) -> list[str]:
        """Note whether a script asked, also where the rest cannot be understood."""
        options = args[: args.index("--")] if "--" in args else args
        ctx.obj = "--json" in options
        return super().parse_args(ctx, args)

    def invoke(self, ctx: AnyContext) -> Any:
        """Run a command; what it raises is told."""
        as_json = bool(ctx.obj)
        try:
            return super().invoke(ctx)
        except (ModemError, Interruption) as err:
            raise typer.Exit(tell_failure(err, as_json=as_json)) from None
        except KeyboardInterrupt:  # outside of `run`: nothing is open
            raise typer.Exit(tell_failure(Interruption(signal.SIGINT), as_json=as_json)) from None
        except _ParserError as err:
            if as_json:
                print_error("UsageError", ExitCode.USAGE, err.format_message())
            raise


def let_everything_be_printed() -> None:
    """A character that the terminal's encoding lacks is shown escaped, instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
