"""How the commands of ``alert-gateway`` end."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn

import typer

from alert_engine.errors import ConfigError

from .file import load_gateway_settings

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.config.document import GatewaySettings


class ExitCode(IntEnum):
    """What a script or a service manager can tell apart."""

    OK = 0  # done, or stopped when asked to
    CONFIG = 2  # wrong arguments, or the configuration makes no sense: starting again will not help
    JOURNAL = 3  # the journal cannot be used: no room, no rights, or another gateway uses it
    NOT_RUNNING = 4  # this needs a gateway that runs, and none answers
    NOT_SENT = 5  # a test did not get through, or not yet
    UNKNOWN = 6  # there is no such person or message
    SERVER = 7  # a server cannot listen at its address


def settings_of(file: Path) -> GatewaySettings:
    """Read the file, or end with what is wrong in it."""
    try:
        return load_gateway_settings(file)
    except ConfigError as err:
        give_up(f"{file}: {err}", ExitCode.CONFIG)


def give_up(text: str, code: ExitCode) -> NoReturn:
    """End with one line on standard error."""
    typer.echo(f"alert-gateway: {text}", err=True)
    raise typer.Exit(code)
