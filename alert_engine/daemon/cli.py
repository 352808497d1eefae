"""``alert-gateway``: the commands."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alert_engine import failpoints
from alert_engine.errors import ConfigError, JournalError
from alert_engine.journal.status import read_status, status_data, status_lines

from .access import allow, audit, forget, pin, totp, unlock
from .arguments import AsJson, ConfigurationFile  # noqa: TC001 - Typer reads the annotations
from .control_client import NotRunningError, ask, ask_state
from .exits import ExitCode, checked_settings, give_up, settings_of
from .file import load_gateway_settings
from .looking import alarms, export, messages, opted_out
from .modems import missing_power_switches
from .output import show_json, show_lines
from .provider_commands import provider
from .serve import ServerError, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from alert_engine.config.document import GatewaySettings

FAILPOINT_VARIABLE = "ALERT_GATEWAY_FAILPOINT"  # for tests: SIGKILL at this moment, see `failpoints`

app = typer.Typer(
    help="Gets alarms to people by SMS, and takes their answers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command()
def run(
    file: ConfigurationFile,
    *,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log more; still no numbers and texts.")
    ] = False,
) -> None:
    """Run until SIGTERM or Ctrl-C; an SMS in hand is finished first, at most 15 s.

    SIGHUP reads the configuration again, and has modems tried now that wait, for example for a SIM to be
    unlocked in a phone.

    A testing aid: with ALERT_GATEWAY_FAILPOINT=NAME in the environment the process is killed at that moment,
    for example raise_after_commit.
    """
    settings = settings_of(file)
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)-7s %(message)s",
    )
    try:
        asyncio.run(serve(settings, failpoint=_armed_failpoint(), load=lambda: load_gateway_settings(file)))
    except JournalError as err:
        give_up(str(err), ExitCode.JOURNAL)
    except ServerError as err:
        give_up(str(err), ExitCode.SERVER)
    except ConfigError as err:
        give_up(f"{file}: {err}", ExitCode.CONFIG)


@app.command()
def check(file: ConfigurationFile) -> None:
    """Say whether a configuration file makes sense, and what looks odd in it; touches nothing else."""
    settings, advice = checked_settings(file)
    for line in (*advice, *missing_power_switches(settings.modems)):
        typer.echo(f"warning: {line}", err=True)
    typer.echo(f"{file}: ok. {_contents(settings)}")


@app.command()
def status(file: ConfigurationFile, *, as_json: AsJson = False) -> None:
    """Tell open alarms, waiting messages and routes; works beside a running gateway, and without one."""
    settings = settings_of(file)
    try:
        found = read_status(settings.journal)
    except JournalError as err:
        give_up(str(err), ExitCode.JOURNAL)
    live = ask_state(settings.journal)
    if as_json:
        data = {"gateway": settings.engine.gateway, "running": live is not None, **status_data(found)}
        show_json({**data, "routes": (live or {}).get("routes", {})})
        return
    show_lines([*status_lines(found, datetime.now(UTC)), *_live_lines(live)])


@app.command("test")
def send_test(
    file: ConfigurationFile,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="A person, or a number in E.164.")],
    *,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the delivery.", min=1, max=600)] = 60,
    as_json: AsJson = False,
) -> None:
    """Send a test message by the gateway that runs, and tell how far it came.

    Ends with 0 when the network took it, with 5 when it did not.
    """
    settings = settings_of(file)
    is_taken = False
    try:
        for answer in ask(settings.journal, {"do": "test", "to": person}, within=wait):
            if "error" in answer:
                give_up(answer["error"], ExitCode.UNKNOWN if answer.get("unknown") else ExitCode.NOT_SENT)
            is_taken = is_taken or answer.get("state") in {"accepted", "delivered"}
            if line := json.dumps(answer) if as_json else _progress_line(answer):
                typer.echo(line)
    except NotRunningError:
        give_up("no gateway runs with this file: start it with `run`", ExitCode.NOT_RUNNING)
    except TimeoutError:
        if not as_json:
            typer.echo(f"no more news within {wait:g} s")
    raise typer.Exit(ExitCode.OK if is_taken else ExitCode.NOT_SENT)


for _command in (alarms, messages, opted_out, export, pin, totp, forget, unlock, allow, audit):
    app.command()(_command)
app.add_typer(provider, name="provider")


def _contents(settings: GatewaySettings) -> str:
    """What a file holds, in one line."""
    parts = [f"gateway {settings.engine.gateway}", f"{len(settings.engine.people)} people"]
    parts.append(f"{len(settings.modems)} modem(s)")
    if settings.providers:
        parts.append(f"{len(settings.providers)} provider(s)")
    if settings.http is not None:
        parts.append(f"{len(settings.http.endpoints)} endpoint(s)")
    return ", ".join(parts)


def _live_lines(live: dict[str, Any] | None) -> list[str]:
    if live is None:
        return ["no gateway runs with this file"]
    lines = [f"the gateway is {live.get('state')}"]
    for name, route in live.get("routes", {}).items():
        reason = f": {route['reason']}" if route["reason"] else ""
        lines.append(f"route {name}: {route['state']}{reason}")
    return lines


def _progress_line(answer: dict[str, Any]) -> str:
    if "state" not in answer:
        return ""
    route = f" by {answer['route']}" if answer.get("route") else ""
    reason = f": {answer['reason']}" if answer.get("reason") else ""
    return f"{answer['channel']} to {answer['recipient'] or 'a number'}: {answer['state']}{route}{reason}"


def _armed_failpoint() -> Callable[[str], None]:
    armed = os.environ.get(FAILPOINT_VARIABLE)
    if not armed:
        return failpoints.disarmed
    try:
        return failpoints.kill_at(armed)
    except ValueError as err:
        give_up(f"{FAILPOINT_VARIABLE}: {err}", ExitCode.CONFIG)


def main() -> None:
    """Console entry."""
    app()
