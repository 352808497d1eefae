"""How the commands of ``alert-gateway`` end."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn

import typer

from alert_engine.errors import ConfigError

from .file import load_with_advice

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
    TAMPERED = 8  # the audit was changed by somebody else
    REFUSED = 9  # the gateway that runs did not do it


def settings_of(file: Path) -> GatewaySettings:
    """Read the file, or end with what is wrong in it."""
    return checked_settings(file)[0]


def checked_settings(file: Path) -> tuple[GatewaySettings, tuple[str, ...]]:
    """The same, and what looks odd in it."""
    try:
        return load_with_advice(file)
    except ConfigError as err:
        give_up(f"{file}: {err}", ExitCode.CONFIG)


def give_up(text: str, code: ExitCode) -> NoReturn:
    """End with one line on standard error."""
    typer.echo(f"alert-gateway: {text}", err=True)
    raise typer.Exit(code)
