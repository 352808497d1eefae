"""The way to a server that is not an HTTP API: whose certificates are believed, and why there is no way."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from typing import TYPE_CHECKING

from alert_engine.errors import ConfigError, not_one_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# RFC 1123 section 2.1: labels of 1 to 63 octets; and an IPv6 address, which has colons.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*|(?=.*:)[0-9A-Fa-f:.]{{2,45}}")
_LOOPBACK = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|::1")
_MAX_PORT = 65_535
_MAX_RATE = 100  # messages in a second
_MAX_CAUSES = 8  # errors that are the cause of one another


class Trust:
    """Whose certificates are believed: the authorities of this machine, or those of one file.

    Args:
        ca_file: PEM; empty for those of this machine.
    """

    def __init__(self, ca_file: str = "") -> None:
        self._ca_file = ca_file
        self._context: ssl.SSLContext | None = None

    async def context(self) -> ssl.SSLContext:
        """It checks certificate and host name. Files are read in a thread, once.

        Raises:
            OSError: the file cannot be read, or holds no certificates.
        """
        if self._context is None:
            self._context = await asyncio.to_thread(ssl.create_default_context, cafile=self._ca_file or None)
        return self._context


def is_this_machine(host: str) -> bool:
    """Nothing leaves this machine on the way there."""
    return _LOOPBACK.fullmatch(host) is not None


def check_place(host: str, port: int) -> None:
    """Refuse what is no address of a server. Raises ConfigError."""
    if not _HOST.fullmatch(host):
        raise ConfigError(
            "host: must be the name or the IP address of a server, nothing else", path=("host",)
        )
    if not 0 <= port <= _MAX_PORT:
        raise ConfigError(f"port: must be 1 to {_MAX_PORT}, or 0 for the usual one", path=("port",))


def check_one_line(**settings: str) -> None:
    """Refuse settings that would begin another line of the protocol. Raises ConfigError."""
    for name, value in settings.items():
        if any(character < " " or character == "\x7f" for character in value):
            raise ConfigError(f"{name}: must be one line without control characters", path=(name,))


def check_one_of(name: str, value: str, known: Collection[str]) -> None:
    """Refuse other words than those that are known. Raises ConfigError."""
    if value not in set(known):
        raise not_one_of(name, known)


def check_rate(per_second: int) -> None:
    """Refuse a pace that is none. Raises ConfigError."""
    if not 1 <= per_second <= _MAX_RATE:
        raise ConfigError(f"per_second: must be 1 to {_MAX_RATE}", path=("per_second",))


def why_not_there(error: BaseException) -> str:
    """Why no connection came about, or why it ended, for people; nothing of what the error quotes."""
    causes = tuple(_causes(error))
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in causes):
        return "the server's certificate is not valid for it, or this machine's clock is wrong"
    if any(isinstance(each, ssl.SSLError) for each in causes):
        return "no encrypted connection comes about: look at security and port in the settings"
    if any(isinstance(each, socket.gaierror) for each in causes):
        return "the server's name cannot be looked up: is the network there?"
    if any(isinstance(each, TimeoutError) for each in causes):
        return "the server did not answer in time: is the network there?"
    return "the server cannot be reached, or hung up: is the network there?"


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    for _ in range(_MAX_CAUSES):
        if found is None:
            return
        yield found
        found = found.__cause__ or found.__context__
