"""A network of its own for a process: inside is no way out but what a row opens, and names as a row says.

::

    inside = await run.use(an_enclave(run.folder))
    await run.use(inside.door(plant.broker.port))  # the LAN: this port of the machine is there
    inside.names["api.twilio.com"] = INTERNET
    await inside.open()  # the internet is there: `INTERNET` and a name server
    gateway = await run.use(plant.gateway(prefix=inside.prefix))
    await inside.shut()  # the line is cut: no route to any of it
"""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

INTERNET = "198.51.100.10"  # TEST-NET-2 (RFC 5737): where providers are
NAME_SERVER = "198.51.100.53"
START_TIMEOUT = 10.0  # seconds for a shell that mounts two files
_READ_SIZE = 65536
_NAME_PORT = 53
_BACKLOG = 100
_ADDRESS = b"\0\1\0\1"  # type and class of a question (RFC 1035)
_HEADER = 12  # octets of a DNS message before its question
_ANSWERED, _NO_SUCH_NAME = b"\x81\x80", b"\x81\x83"
_TTL = b"\0\0\0\0"  # seconds: nothing is kept

T = TypeVar("T")

# The mounts end with the namespace, and that with its last process.
_INNER = """\
ip link set lo up || exit 1
mount --bind "$1/hosts" /etc/hosts || exit 1
mount --bind "$1/resolv.conf" /etc/resolv.conf || exit 1
echo ready
read -r _ || true
"""


@dataclass(kw_only=True)
class Enclave:
    """A network namespace.

    Attributes:
        names: what the name server says; any other name does not exist.
        name_delay: seconds before it answers.
        is_deaf: it never does.
        lookups: questions so far.
    """

    pid: int
    names: dict[str, str] = field(default_factory=dict)
    name_delay: float = 0.0
    is_deaf: bool = False
    lookups: int = 0

    @property
    def prefix(self) -> tuple[str, ...]:
        """What starts a program inside; it keeps its process id."""
        return (
            "nsenter",
            f"--net=/proc/{self.pid}/ns/net",
            f"--mount=/proc/{self.pid}/ns/mnt",
            f"--wd={Path.cwd()}",
        )

    async def open(self) -> None:
        """The internet is there."""
        for address in (INTERNET, NAME_SERVER):
            await self._ip("add", address)

    async def shut(self) -> None:
        """It is not; what is connected hears nothing of it."""
        for address in (INTERNET, NAME_SERVER):
            await self._ip("del", address)

    async def _ip(self, act: str, address: str) -> None:
        program = await asyncio.create_subprocess_exec(
            *self.prefix, "ip", "address", act, f"{address}/32", "dev", "lo"
        )
        assert await program.wait() == 0

    async def within(self, make: Callable[[], T]) -> T:
        """What `make` makes inside: a socket stays where it was made."""

        def go() -> T:
            outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            there = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
            try:
                os.setns(there, os.CLONE_NEWNET)
                return make()
            finally:
                os.setns(outside, os.CLONE_NEWNET)
                os.close(there)
                os.close(outside)

        return await asyncio.to_thread(go)

    async def listen(self, port: int, *, backlog: int = _BACKLOG) -> socket.socket:
        """A socket that listens inside, on all addresses."""
        return await self.within(lambda: socket.create_server(("", port), backlog=backlog))

    @asynccontextmanager
    async def door(self, port: int) -> AsyncIterator[None]:
        """A port of this machine's loopback interface is there inside, too."""
        inside = await self.within(lambda: socket.create_server(("127.0.0.1", port), backlog=_BACKLOG))

        async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                outside, to_outside = await asyncio.open_connection("127.0.0.1", port)
            except OSError:  # nobody listens there now
                writer.transport.abort()
                return
            await asyncio.gather(_copy(reader, to_outside), _copy(outside, writer))

        server = await asyncio.start_server(join, sock=inside)
        try:
            yield
        finally:
            server.close()
            server.close_clients()

    async def question(self, asked: bytes) -> bytes | None:
        """What the name server says to a DNS message; None: nothing."""
        self.lookups += 1
        await asyncio.sleep(self.name_delay)
        return None if self.is_deaf else answer_to(asked, self.names)


class _NameServer(asyncio.DatagramProtocol):
    def __init__(self, enclave: Enclave) -> None:
        self._enclave = enclave
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        async def say() -> None:
            if (told := await self._enclave.question(data)) is not None:
                self._transport.sendto(told, addr)

        task = asyncio.create_task(say())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def answer_to(asked: bytes, names: dict[str, str]) -> bytes:
    """One A record, no AAAA record, or no such name."""
    labels, place = [], _HEADER
    while length := asked[place]:
        labels.append(asked[place + 1 : place + 1 + length].decode("ascii").lower())
        place += 1 + length
    question = asked[_HEADER : place + 5]
    address = names.get(".".join(labels))
    flags = _NO_SUCH_NAME if address is None else _ANSWERED
    found = address is not None and question.endswith(_ADDRESS)
    counts = b"\0\1" + (b"\0\1" if found else b"\0\0") + bytes(4)
    record = b"\xc0\x0c" + _ADDRESS + _TTL + b"\0\4" + socket.inet_aton(address or INTERNET) if found else b""
    return asked[:2] + flags + counts + question + record


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(_READ_SIZE):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def an_enclave(folder: Path) -> AsyncIterator[Enclave]:
    """A namespace with a loopback interface and nothing else: a row needs `Need.NAMESPACE`."""
    place = folder / "enclave"
    place.mkdir()
    (place / "hosts").write_text("127.0.0.1 localhost\n", encoding="ascii")
    (place / "resolv.conf").write_text(f"nameserver {NAME_SERVER}\n", encoding="ascii")
    program = await asyncio.create_subprocess_exec(
        "unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", _INNER, "sh", str(place),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert program.stdin is not None
    assert program.stdout is not None
    try:
        line = await asyncio.wait_for(program.stdout.readline(), START_TIMEOUT)
        assert line == b"ready\n", "no namespace came about"
        enclave = Enclave(pid=program.pid)
        names = await enclave.within(lambda: _udp(_NAME_PORT))
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _NameServer(enclave), sock=names)
        try:
            yield enclave
        finally:
            transport.close()
    finally:
        program.stdin.close()  # the shell reads it, and ends; by our death, too
        await program.wait()


def _udp(port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found.settimeout(0.0)
    found.bind(("", port))
    return found
