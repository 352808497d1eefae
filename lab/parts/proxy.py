"""A TCP proxy that does to a connection what networks do: slow, cut, swallowed, in slices, refused.

::

    proxy = await run.use(a_proxy(broker.port))
    proxy.down = Toxics(latency=2.0)      # from the server to the client
    proxy.cut()                           # all connections, by a reset
    proxy.refuse()                        # nobody listens any more, until accept()
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_READ_SIZE = 65536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no time: closing resets


@dataclass(frozen=True, slots=True, kw_only=True)
class Toxics:
    """What becomes of octets in one direction. Nothing is reordered: it is one connection."""

    latency: float = 0.0  # seconds for each piece
    octets_per_second: float = float("inf")
    slice_size: int = _READ_SIZE  # octets of a piece
    swallow: bool = False  # they are taken and go nowhere: the other side hangs
    reset_after: int | None = None  # octets of a connection; then it is reset


CLEAN = Toxics()


class Proxy:
    """Listens on `port`; what is set holds from the next piece on, for open connections, too.

    Attributes:
        up: from the client to the server.
        down: from the server to the client.
        connections: so many were taken so far.
    """

    def __init__(self, upstream: int) -> None:
        self.up = CLEAN
        self.down = CLEAN
        self.port = 0
        self.connections = 0
        self._upstream = upstream
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def accept(self) -> None:
        """Listen, again on the same port."""
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """Nobody listens here; what is open stays open."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def cut(self) -> None:
        """Reset all connections."""
        for writer in tuple(self._open):
            _reset(writer)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._upstream)
        except OSError:
            _reset(writer)
            return
        self._open |= {writer, to_server}
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._copy(reader, to_server, is_up=True))
                both.create_task(self._copy(from_server, writer, is_up=False))
        finally:
            self._open -= {writer, to_server}
            writer.close()
            to_server.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_up: bool) -> None:
        passed = 0
        with suppress(ConnectionError):
            while data := await reader.read(_READ_SIZE):
                while data:
                    toxics = self.up if is_up else self.down
                    piece, data = data[: toxics.slice_size], data[toxics.slice_size :]
                    await asyncio.sleep(toxics.latency + len(piece) / toxics.octets_per_second)
                    if toxics.reset_after is not None and passed + len(piece) > toxics.reset_after:
                        _reset(writer)
                        return
                    passed += len(piece)
                    if not toxics.swallow:
                        writer.write(piece)
                        await writer.drain()
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None:
        with suppress(OSError):  # it has ended
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


@asynccontextmanager
async def a_proxy(upstream: int) -> AsyncIterator[Proxy]:
    """A proxy to a port of this machine; all its connections end with it."""
    proxy = Proxy(upstream)
    await proxy.accept()
    try:
        yield proxy
    finally:
        proxy.refuse()
        proxy.cut()
