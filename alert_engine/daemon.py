"""``alert-gateway``: the engine without Home Assistant."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from datetime import UTC, datetime
from enum import IntEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from alert_engine.intake.mqtt import MqttIntake
from alert_engine.routes.gsm_modem import GsmModemRoute
from gsm_driver import ModemSupervisor

from . import failpoints
from .clock import SystemClock
from .engine import AlertEngine
from .errors import ConfigError, JournalError
from .gateway_file import load_gateway_settings
from .ids import RandomIds
from .journal import Journal
from .journal_status import read_status, status_data, status_lines
from .narration import narrate

if TYPE_CHECKING:
    from collections.abc import Callable

    from .clock import Clock
    from .config import GatewaySettings, ModemSettings

FAILPOINT_VARIABLE = "ALERT_GATEWAY_FAILPOINT"  # for tests: SIGKILL at this moment, see `failpoints`

_LOGGER = logging.getLogger("alert_gateway")


class ExitCode(IntEnum):
    """What a script or a service manager can tell apart."""

    OK = 0  # done, or stopped when asked to
    CONFIG = 2  # wrong arguments, or the configuration makes no sense: starting again will not help
    JOURNAL = 3  # the journal cannot be used: no room, no rights, or another gateway uses it


app = typer.Typer(
    help="Gets alarms to people by SMS, and takes their answers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

_File = Annotated[Path, typer.Argument(metavar="GATEWAY.YAML", help="The configuration file.")]


@app.command()
def run(
    file: _File,
    *,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log more; still no numbers and texts.")
    ] = False,
) -> None:
    """Run until SIGTERM or Ctrl-C; an SMS in hand is finished first, at most 15 s.

    A testing aid: with ALERT_GATEWAY_FAILPOINT=NAME in the environment the process is killed at that moment,
    for example raise_after_commit.
    """
    settings = _load(file)
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)-7s %(message)s",
    )
    try:
        asyncio.run(serve(settings, failpoint=_armed_failpoint()))
    except JournalError as err:
        _give_up(str(err), ExitCode.JOURNAL)


@app.command()
def check(file: _File) -> None:
    """Say whether a configuration file makes sense; touches nothing else."""
    settings = _load(file)
    engine = settings.engine
    people = len(engine.people)
    typer.echo(f"{file}: ok. gateway {engine.gateway}, {people} people, {len(settings.modems)} modem(s)")


@app.command()
def status(
    file: _File,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell open alarms and waiting messages from the journal; works beside a running gateway."""
    settings = _load(file)
    try:
        found = read_status(settings.journal)
    except JournalError as err:
        _give_up(str(err), ExitCode.JOURNAL)
    if as_json:
        typer.echo(json.dumps({"gateway": settings.engine.gateway, **status_data(found)}, ensure_ascii=False))
    else:
        typer.echo("\n".join(status_lines(found, datetime.now(UTC))))


async def serve(settings: GatewaySettings, *, failpoint: Callable[[str], None]) -> None:
    """Run the gateway until a signal.

    Raises:
        JournalError: the journal cannot be opened.
    """
    stop = _stop_signal()
    clock = SystemClock()
    engine = AlertEngine(
        settings.engine, Journal(settings.journal), clock=clock, ids=RandomIds(), failpoint=failpoint
    )
    await engine.start()
    _LOGGER.info(
        "Alert Gateway %s, gateway %s, journal %s", _version(), settings.engine.gateway, settings.journal
    )
    for gap in _gaps(settings):
        _LOGGER.warning("%s", gap)
    engine.subscribe(lambda event: _LOGGER.info("%s", narrate(event)))
    intake = _intake(settings, engine, clock)
    try:
        for modem in settings.modems:
            _LOGGER.info("modem %s: opening %s", modem.name, modem.port)
            await engine.add_route(GsmModemRoute(modem.name, _supervisor(modem), clock=clock))
        if intake is not None:
            await intake.start()
        _LOGGER.info("running")
        await stop.wait()
        _LOGGER.info("stopping")
    finally:
        if intake is not None:
            await intake.stop()
        await engine.stop()
    _LOGGER.info("stopped")


def _gaps(settings: GatewaySettings) -> list[str]:
    """What a gateway can do without, while it waits for its owner, and not for good."""
    return [
        line
        for line, is_there in (
            ("nobody is told of alarms: there are no people in the configuration", settings.engine.people),
            ("no SMS can be sent: there are no modems in the configuration", settings.modems),
            ("no alarm can come in: there is no mqtt in the configuration", settings.mqtt),
        )
        if not is_there
    ]


def _supervisor(modem: ModemSettings) -> ModemSupervisor:
    return ModemSupervisor(modem.port, baudrate=modem.baudrate, pin=modem.pin)


def _intake(settings: GatewaySettings, engine: AlertEngine, clock: Clock) -> MqttIntake | None:
    if settings.mqtt is None:
        return None
    _LOGGER.info(
        "MQTT: %s:%s, topics %s/%s/#",
        settings.mqtt.host,
        settings.mqtt.port,
        settings.mqtt.prefix,
        settings.mqtt.gateway,
    )
    return MqttIntake(engine, settings.mqtt, clock=clock, version=_version())


def _stop_signal() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; the second ends the process at once, which loses nothing."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        stop.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    return stop


def _armed_failpoint() -> Callable[[str], None]:
    armed = os.environ.get(FAILPOINT_VARIABLE)
    if not armed:
        return failpoints.disarmed
    try:
        return failpoints.kill_at(armed)
    except ValueError as err:
        _give_up(f"{FAILPOINT_VARIABLE}: {err}", ExitCode.CONFIG)


def _load(file: Path) -> GatewaySettings:
    try:
        return load_gateway_settings(file)
    except ConfigError as err:
        _give_up(f"{file}: {err}", ExitCode.CONFIG)


def _give_up(text: str, code: ExitCode) -> NoReturn:
    typer.echo(f"alert-gateway: {text}", err=True)
    raise typer.Exit(code)


def _version() -> str:
    try:
        return version("alert-gateway")
    except PackageNotFoundError:
        return "development"


def main() -> None:
    """Console entry."""
    app()


if __name__ == "__main__":
    main()
