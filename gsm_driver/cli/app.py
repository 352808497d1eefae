"""The program: which commands there are, and what its help says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from . import calling, doctor, messages, ports, stored, tracing
from .exit_code import MEANINGS
from .program import Program, let_everything_be_printed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
_EXIT_CODES = "\n\n".join(f"{code.value:3}  {meaning}" for code, meaning in MEANINGS.items())

app = typer.Typer(
    cls=Program,
    help="One GSM modem, from a shell.",
    epilog=f"Exit codes:\n\n{_EXIT_CODES}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

_COMMANDS: Mapping[str, Callable[..., None]] = {
    "list": ports.list_command,
    "identify": ports.identify,
    "doctor": doctor.doctor,
    "send": messages.send,
    "watch": messages.watch,
    "inbox": stored.inbox,
    "call": calling.call,
    "ussd": calling.ussd,
    "trace": tracing.trace,
}
for name, command in _COMMANDS.items():
    app.command(name, epilog="Exit codes: see gsm-driver --help.")(command)


@app.command(context_settings=_PASS_ON)
def simulate(context: typer.Context) -> None:
    """Start a simulated modem with a network behind it; see its own --help."""
    from gsm_driver.simulator.__main__ import (  # noqa: PLC0415 - the other commands do not need it
        main as simulator_main,
    )

    raise typer.Exit(simulator_main(context.args, program="gsm-driver simulate"))


def main() -> None:
    """The console command."""
    let_everything_be_printed()
    app(prog_name="gsm-driver")
