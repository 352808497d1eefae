"""The program: which commands there are, and what its help says."""

from __future__ import annotations

import typer

from . import calling, doctor, messages, ports, stored, tracing
from .exit_code import MEANINGS

_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
_EXIT_CODES = "\n\n".join(f"{code.value:3}  {meaning}" for code, meaning in MEANINGS.items())

app = typer.Typer(
    help="One GSM modem, from a shell.",
    epilog=f"Exit codes:\n\n{_EXIT_CODES}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

app.command("list")(ports.list_command)
app.command()(ports.identify)
app.command("doctor")(doctor.doctor)
app.command()(messages.send)
app.command()(messages.watch)
app.command("inbox")(stored.inbox)
app.command()(calling.call)
app.command()(calling.ussd)
app.command("trace")(tracing.trace)


@app.command(context_settings=_PASS_ON)
def simulate(context: typer.Context) -> None:
    """Start a simulated modem with a network behind it; see its own --help."""
    from gsm_driver.simulator.__main__ import (  # noqa: PLC0415 - the other commands do not need it
        main as simulator_main,
    )

    raise typer.Exit(simulator_main(context.args))


def main() -> None:
    """The console command."""
    app()
