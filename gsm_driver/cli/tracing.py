"""``trace``: what goes over the line, without numbers and texts, for a bug report."""

from __future__ import annotations

import asyncio
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import IO, TYPE_CHECKING, Annotated

import typer

from gsm_driver.errors import ModemError
from gsm_driver.link import Link
from gsm_driver.modem import Modem

from .exit_code import exit_code_of
from .shell import Baudrate, Pin, Port, complain, run, say

if TYPE_CHECKING:
    from gsm_driver.models import ModemIdentity

SECONDS = 30.0  # enough for the setting up, the first look into the memories and some chatter


def trace(
    port: Port,
    file: Annotated[Path, typer.Argument(help="Where to write it; it must not exist.", exists=False)],
    *,
    seconds: Annotated[float, typer.Option(help="How long to listen once the modem is set up.")] = SECONDS,
    pin: Pin = None,
    baudrate: Baudrate = 115200,
) -> None:
    """Write to FILE what the modem at PORT and the driver say to each other. Numbers and texts are masked."""
    try:
        with file.open("x", encoding="utf-8") as out:
            failure = run(_trace(port, out, seconds=seconds, pin=pin, baudrate=baudrate))
    except OSError as err:
        complain(f"{file} cannot be written: {err.strerror}")
        raise typer.Exit(2) from None
    say(f"written to {file}; look through it before you publish it")
    if failure is not None:
        complain(str(failure))
        raise typer.Exit(exit_code_of(failure))


async def _trace(
    port: str, out: IO[str], *, seconds: float, pin: str | None, baudrate: int
) -> ModemError | None:
    """Trace until the time is up or the line is lost; what ended it is the last line, and is returned."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    def note(direction: str, line: str) -> None:
        out.write(f"{loop.time() - began:9.3f} {direction} {line}\n")

    async def connect(url: str, speed: int) -> Link:
        return await Link.open(url, baudrate=speed, trace=note)

    out.write(_head())
    modem = Modem(port, baudrate=baudrate, pin=pin, connect=connect)
    try:
        async with modem:
            out.write(_who(modem.identity, modem.profile.name))
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    async for event in modem.events():
                        note("=", type(event).__name__)
    except ModemError as err:
        note("!", f"{type(err).__name__}: {err}")
        return err
    return None


def _head() -> str:
    try:
        own = version("alert-gateway")
    except PackageNotFoundError:
        own = "not installed"
    return (
        f"# gsm-driver {own}, Python {platform.python_version()}, {platform.system()} {platform.release()}\n"
        "# seconds, > to the modem, < from it, = event, ! error; numbers and texts are masked\n"
    )


def _who(identity: ModemIdentity, family: str) -> str:
    return f"# {identity.manufacturer} {identity.model}, firmware {identity.firmware}, family {family}\n"
