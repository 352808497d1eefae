"""The end of the line that other programs reach by TCP, as ``socket://127.0.0.1:PORT``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from .simulator import Simulator

LOOPBACK = "127.0.0.1"


class TcpPort:
    """A listening port for one host at a time; use as ``async with await run_tcp(simulator) as port``."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._server: asyncio.Server | None = None
        self._host: asyncio.Transport | None = None
        self.port = 0

    async def start(self, port: int) -> None:
        """Listen; port 0 takes a free one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _HostConnection(self), LOOPBACK, port)
        self.port = self._server.sockets[0].getsockname()[1]
        self._simulator.line.ends.append(self)

    async def close(self) -> None:
        """Stop listening and let the host go."""
        if self in self._simulator.line.ends:
            self._simulator.line.ends.remove(self)
        if self._server is not None:
            self._server.close()
            self.port_gone()
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> Self:
        """The port is open already."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the port."""
        await self.close()

    # --- the host's side ----------------------------------------------------------------------------------

    def host_came(self, transport: asyncio.Transport) -> bool:
        """Take a host; False if the port is in use or the modem unplugged."""
        if self._host is not None or not self._simulator.is_plugged:
            return False
        self._host = transport
        return True

    def host_wrote(self, data: bytes) -> None:
        """Bytes from the host."""
        self._simulator.line.write_from_host(data)

    def host_left(self, transport: asyncio.BaseTransport | None) -> None:
        """The host closed its end."""
        if transport is self._host:
            self._host = None

    # --- the modem's side ---------------------------------------------------------------------------------

    def data_from_modem(self, data: bytes) -> None:
        """Bytes to the host, if there is one."""
        if self._host is not None:
            self._host.write(data)

    def port_gone(self) -> None:
        """Drop the host; new ones are turned away until the modem is back."""
        if self._host is not None:
            self._host.abort()
            self._host = None

    def port_back(self, name: str) -> None:
        """Hosts may come again; a TCP port has no other name."""


class _HostConnection(asyncio.Protocol):
    """One host that came."""

    def __init__(self, port: TcpPort) -> None:
        self._port = port
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        if isinstance(transport, asyncio.Transport) and not self._port.host_came(transport):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self._port.host_wrote(data)

    def connection_lost(self, _error: Exception | None) -> None:
        self._port.host_left(self._transport)


async def run_tcp(simulator: Simulator, port: int = 0) -> TcpPort:
    """Offer the modem on a TCP port of the loopback address; 0 takes a free one.

    Raises:
        OSError: the port is in use.
    """
    tcp_port = TcpPort(simulator)
    await tcp_port.start(port)
    return tcp_port
