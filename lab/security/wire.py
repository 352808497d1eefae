"""HTTP/1.1 by hand: what no client library would send, octet by octet."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

PATIENCE = 15.0  # seconds for an answer; the server gives a body 10
_MAX_ANSWER = 1 << 20  # octets that are read of one

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; status 0: nothing, or nothing that is HTTP."""

    status: int = 0
    head: bytes = b""
    body: bytes = field(default=b"", repr=False)

    @property
    def is_refused(self) -> bool:
        """Nothing was taken."""
        return self.status == 0 or self.status >= 400


class Wire:
    """Asks one server, over a connection of its own for each request.

    Args:
        connect: gives a connected socket.
    """

    def __init__(self, connect: Callable[[], Awaitable[socket.socket]]) -> None:
        self._connect = connect

    async def ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | Headers = (),
        body: bytes = b"",
    ) -> Answer:
        """One request that is well formed; `target` goes out as it stands."""
        pairs = headers if isinstance(headers, tuple) else tuple(headers.items())
        if body or method != "GET":
            pairs = (*pairs, ("Content-Length", str(len(body))))
        return await self.say(request_of(method, target, pairs) + body)

    async def say(self, *pieces: bytes) -> Answer:
        """Any octets, one piece after the other; what comes back until the server hangs up."""
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_connection(sock=await self._connect())
                try:
                    writing = asyncio.create_task(_write(writer, pieces))
                    octets = await reader.read(_MAX_ANSWER)
                    while more := await reader.read(_MAX_ANSWER):
                        octets += more
                    await writing
                finally:
                    writing.cancel()
                    writer.close()
                return answer_of(octets)
        return Answer()


async def _write(writer: asyncio.StreamWriter, pieces: Iterable[bytes]) -> None:
    """A server that has heard enough hangs up while we still talk."""
    with suppress(OSError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()


def request_of(method: str, target: str, headers: Headers) -> bytes:
    """The head of a request; the connection ends with it."""
    lines = [f"{method} {target} HTTP/1.1", "Host: gateway"]
    lines += [f"{name}: {value}" for name, value in (*headers, ("Connection", "close"))]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def answer_of(octets: bytes) -> Answer:
    """The first answer in these octets."""
    head, _, body = octets.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        return Answer(body=octets)
    return Answer(status=int(words[1]), head=head, body=body)


def at_loopback(port: int) -> Callable[[], Awaitable[socket.socket]]:
    """A server of this machine."""

    async def connect() -> socket.socket:
        made = socket.socket()
        made.settimeout(0.0)
        try:
            await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", port))
        except OSError:
            made.close()
            raise
        return made

    return connect
