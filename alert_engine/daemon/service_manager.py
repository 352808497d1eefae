"""What a service manager is told: ready, reloading, stopping, alive (sd_notify(3), by its datagram socket).

The protocol is a datagram of ``NAME=value`` lines to the socket that ``NOTIFY_SOCKET`` names. Without that
variable nothing is told.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

_LOGGER = logging.getLogger(__name__)

# Seconds that one look at the gateway may take. Longer, and it is not fed: a journal whose disk hangs keeps
# nobody's promises.
LOOK_LIMIT = 10.0
_FEEDS = 3  # in one watchdog period, so that one that comes late does not kill


class ServiceManager:
    """systemd, or nobody.

    Args:
        environment: where ``NOTIFY_SOCKET`` and ``WATCHDOG_USEC`` may be.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self.period = _period(environment, os.getpid())

    def ready(self) -> None:
        """It runs, with its settings read."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """Settings are read again; `ready` ends that."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """It ends."""
        self._tell("STOPPING=1")

    def status(self, text: str) -> None:
        """One line for ``systemctl status``; never a number or a text."""
        self._tell(f"STATUS={text}")

    async def feed(self, look: Callable[[], Awaitable[object]]) -> None:
        """Feed the watchdog for as long as `look` returns in time; ends only by being cancelled.

        Without a watchdog it returns at once.
        """
        if not self.period:
            return
        while True:
            if await _is_alive(look):
                self._tell("WATCHDOG=1")
            await asyncio.sleep(self.period / _FEEDS)

    def _tell(self, *lines: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
                channel.setblocking(False)  # noqa: FBT003 - the library's own signature
                channel.sendto("\n".join(lines).encode(), self._address)
        except OSError as err:
            _LOGGER.warning("the service manager could not be told: %s", err.strerror)


async def _is_alive(look: Callable[[], Awaitable[object]]) -> bool:
    try:
        async with asyncio.timeout(LOOK_LIMIT):
            await look()
    except TimeoutError:
        _LOGGER.error("the journal did not answer within %g s: the watchdog is not fed", LOOK_LIMIT)  # noqa: TRY400 - the trace says nothing
        return False
    except JournalError as err:
        _LOGGER.error("the watchdog is not fed: %s", err)  # noqa: TRY400 - the text says it all
        return False
    return True


def _address(given: str) -> str | bytes | None:
    """A path, or a name in the abstract namespace, which begins with ``@``."""
    if given.startswith("@"):
        return b"\0" + given[1:].encode()
    return given if given.startswith("/") else None


def _period(environment: Mapping[str, str], pid: int) -> float:
    """Seconds between which the watchdog must be fed; 0: there is none, or it is for another process."""
    if environment.get("WATCHDOG_PID", str(pid)) != str(pid):
        return 0.0
    given = environment.get("WATCHDOG_USEC", "")
    return int(given) / 1_000_000 if given.isascii() and given.isdigit() else 0.0
