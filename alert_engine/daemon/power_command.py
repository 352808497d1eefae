"""A modem's power switch as a program: of a USB hub, a relay, a plug. Nothing else revives some modems."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOGGER = logging.getLogger(__name__)

# Seconds for off, a pause and on; the driver itself waits 120 for a power switch.
LIMIT = 100.0
# Seconds that it gets to end when the gateway stops meanwhile: it may have switched off, and not on yet.
LAST_LIMIT = 10.0


class PowerCommand:
    """Runs a program that takes a modem's power away and gives it back; no shell is between.

    Its output is not read, for it may hold a password of the plug.

    Args:
        modem: its name, for the log.
        arguments: the program and its arguments.
    """

    def __init__(self, modem: str, arguments: Sequence[str]) -> None:
        self._modem = modem
        self._arguments = tuple(arguments)

    @property
    def is_there(self) -> bool:
        """The program exists and may be run."""
        return shutil.which(self._arguments[0]) is not None

    async def __call__(self) -> None:
        """Switch. What goes wrong is logged: whether it helped, the modem will show."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # so that what it started can be ended with it
            )
        except OSError as err:
            self._complain(f"cannot be started: {err.strerror}")
            return
        try:
            await self._wait(process)
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()

    async def _wait(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(LIMIT):
                code = await process.wait()
        except TimeoutError:
            self._complain(f"did not end within {LIMIT:g} s and was killed")
        except asyncio.CancelledError:
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_LIMIT):
                    await process.wait()
            raise
        else:
            if code:
                self._complain(f"ended with exit status {code}")

    def _complain(self, problem: str) -> None:
        _LOGGER.warning("modem %s: its power command %s: run it by hand to see why", self._modem, problem)
