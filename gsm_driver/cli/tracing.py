"""``trace``: what goes over the line, without numbers and texts, for a bug report."""

from __future__ import annotations

import asyncio
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import IO, TYPE_CHECKING, Annotated

import typer

from gsm_driver.errors import ModemError, UsageError
from gsm_driver.printable import printable

from .access import Access
from .options import Baudrate, LastTries, Pin, Port, check_seconds
from .shell import run, say

if TYPE_CHECKING:
    from gsm_driver.models import ModemIdentity

    from .interruption import Interruption

SECONDS = 30.0  # enough for the setting up, the first look into the memories and some chatter


def trace(
    port: Port,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; it must not exist.")],
    *,
    seconds: Annotated[float, typer.Option(help="How long to listen once the modem is set up.")] = SECONDS,
    pin: Pin = None,
    last_tries: LastTries = False,
    baudrate: Baudrate = 115200,
) -> None:
    """Write to FILE what the modem at PORT and the driver say to each other. Numbers and texts are masked."""
    access = Access(port=port, baudrate=baudrate, pin=pin, last_tries=last_tries)
    check_seconds("--seconds", seconds)

    def account(interruption: Interruption) -> Interruption:
        return interruption.with_account(f"what was said until then is in {file}")

    try:
        with file.open("x", encoding="utf-8") as out:
            failure = run(_trace(access, out, seconds), account)
    except OSError as err:
        raise UsageError(f"{file} cannot be written: {err.strerror}; name another file") from None
    say(f"written to {file}; look through it before you publish it")
    if failure is not None:
        raise failure


async def _trace(access: Access, out: IO[str], seconds: float) -> ModemError | None:
    """Trace until the time is up or the line is lost; what ended it is the last line, and is returned."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    def note(direction: str, line: str) -> None:
        out.write(f"{loop.time() - began:9.3f} {direction} {printable(line)}\n")

    out.write(_head())
    modem = access.modem(trace=note)
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
    who = f"{identity.manufacturer} {identity.model}, firmware {identity.firmware}, family {family}"
    return f"# {printable(who)}\n"
