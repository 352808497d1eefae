"""Who is let in at a port: so many at once, so many of one client, and descriptors are left for the rest."""

from __future__ import annotations

import asyncio
import resource
from typing import TYPE_CHECKING

from alert_engine.intake.http_limits import client_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Descriptors for journal, modems, broker, mail and commands; an alarm must not wait for one.
RESERVED = 100
_FEWEST = 8  # connections, however few descriptors there are


def room_for(wanted: int, descriptors: int | None = None) -> int:
    """How many connections a server may hold, of those it wants and the descriptors of this process."""
    if descriptors is None:
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, max(_FEWEST, descriptors - RESERVED))


def has_room(client: str, connected: Iterable[str], *, at_once: int, of_one: int) -> bool:
    """Whether one more connection of `client` fits beside those of the addresses that are connected."""
    clients = [client_of(address) for address in connected]
    return len(clients) < at_once and clients.count(client_of(client)) < of_one


def address_of(peer: object) -> str:
    """The address in what a transport calls its peer; empty where there is none any more."""
    return str(peer[0]) if isinstance(peer, tuple) else ""


class Doorkeeper(asyncio.Protocol):
    """Meets each client first.

    Args:
        admit: takes the address of the client; returns who serves it, or what it is told before the end.
    """

    def __init__(self, admit: Callable[[str], asyncio.Protocol | bytes]) -> None:
        self._admit = admit

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in or turn it away."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP
        admitted = self._admit(address_of(transport.get_extra_info("peername")))
        if isinstance(admitted, bytes):
            transport.write(admitted)
            transport.close()
            return
        transport.set_protocol(admitted)
        admitted.connection_made(transport)
