"""``alert-gateway``: the engine without Home Assistant."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import signal
from datetime import UTC, datetime
from enum import IntEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from alert_engine import failpoints
from alert_engine.clock import SystemClock
from alert_engine.engine import AlertEngine
from alert_engine.errors import ConfigError, JournalError
from alert_engine.ids import RandomIds
from alert_engine.intake.mqtt import MqttIntake
from alert_engine.journal.status import read_status, status_data, status_lines
from alert_engine.journal.store import Journal
from alert_engine.routes.gsm_modem import GsmModemRoute
from alert_engine.routes.pin_notes import SALT_SIZE, PinNotes
from gsm_driver import ModemSupervisor, RecoveryMeans

from .file import load_gateway_settings
from .narration import narrate
from .power_command import PowerCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from alert_engine.clock import Clock
    from alert_engine.config.document import GatewaySettings, ModemSettings

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

    SIGHUP has modems tried now that wait, for example for a SIM to be unlocked in a phone.

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
    routes = _routes(settings, clock)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _retry, routes)
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
        for modem, route in zip(settings.modems, routes, strict=True):
            _LOGGER.info("modem %s: opening %s", modem.name, modem.port)
            await engine.add_route(route)
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
    missing = [
        f"modem {modem.name} cannot be switched off and on: there is no program {command[0]}"
        for modem in settings.modems
        if (command := modem.recovery.power_command) and not PowerCommand(modem.name, command).is_there
    ]
    return missing + [
        line
        for line, is_there in (
            ("nobody is told of alarms: there are no people in the configuration", settings.engine.people),
            ("no SMS can be sent: there are no modems in the configuration", settings.modems),
            ("no alarm can come in: there is no mqtt in the configuration", settings.mqtt),
        )
        if not is_there
    ]


def _routes(settings: GatewaySettings, clock: Clock) -> tuple[GsmModemRoute, ...]:
    notes = PinNotes(
        settings.journal.with_name(f"{settings.journal.name}.pins"), salt=secrets.token_bytes(SALT_SIZE)
    )
    notes.load()
    return tuple(
        GsmModemRoute(modem.name, _supervisor(modem, notes), clock=clock) for modem in settings.modems
    )


def _supervisor(modem: ModemSettings, notes: PinNotes) -> ModemSupervisor:
    may = modem.recovery
    return ModemSupervisor(
        modem.port,
        baudrate=modem.baudrate,
        pin=modem.pin,
        pin_attempts=notes.attempts(modem.port),
        imei=modem.imei,
        means=RecoveryMeans(
            may_reset=may.reset,
            may_rebind=may.rebind,
            power=PowerCommand(modem.name, may.power_command) if may.power_command else None,
        ),
    )


def _retry(routes: Sequence[GsmModemRoute]) -> None:
    """A person says: I have done something about it."""
    _LOGGER.info("modems that wait are tried now")
    for route in routes:
        route.retry()


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
