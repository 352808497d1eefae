"""FTP servers on the loopback interface: pyftpdlib in a thread, and one that says what it is told."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine import listening
from tests.engine.brokers import allow_sockets
from tests.engine.routes.mail_house import Trouble

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterator, Mapping
    from pathlib import Path

USER, PASSWORD = "gateway", "geheim"
POLL = 0.01  # seconds that pyftpdlib looks for news at a time


@contextmanager
def ftp_server(folder: Path, *, certificate: Path | None = None, rights: str = "elradfmw") -> Iterator[int]:
    """pyftpdlib with one user, whose home is `folder`; its port."""
    pytest.importorskip("pyftpdlib")
    allow_sockets()
    from pyftpdlib.authorizers import DummyAuthorizer  # type: ignore[import-untyped]  # noqa: PLC0415 - may be missing
    from pyftpdlib.handlers import FTPHandler  # type: ignore[import-untyped]  # noqa: PLC0415 - may be missing
    from pyftpdlib.ioloop import IOLoop  # type: ignore[import-untyped]  # noqa: PLC0415 - may be missing
    from pyftpdlib.servers import FTPServer  # type: ignore[import-untyped]  # noqa: PLC0415 - may be missing

    base: Any = FTPHandler
    if certificate is not None:
        pytest.importorskip("OpenSSL")
        from pyftpdlib.handlers import TLS_FTPHandler  # noqa: PLC0415 - may be missing

        base = TLS_FTPHandler

    class Handler(base):  # type: ignore[misc]  # the library has no types
        authorizer = DummyAuthorizer()
        auth_failed_timeout = 0
        if certificate is not None:
            certfile = str(certificate)
            tls_control_required = True
            tls_data_required = True

    Handler.authorizer.add_user(USER, PASSWORD, str(folder), perm=rights)
    loop = IOLoop()
    server = FTPServer(("127.0.0.1", 0), Handler, ioloop=loop)
    stopping = threading.Event()

    def serve() -> None:
        while not stopping.is_set():
            loop.loop(timeout=POLL, blocking=False)
        server.close_all()

    thread = threading.Thread(target=serve, name="ftp")
    thread.start()
    try:
        yield int(server.address[1])
    finally:
        stopping.set()
        thread.join()


GOOD: dict[str, str | Trouble] = {
    "greeting": "220 here",
    "USER": "331 who?",
    "PASS": "230 in",
    "TYPE": "200 ok",
    "STOR": "150 go on",
    "stored": "226 stored",
    "RNFR": "350 go on",
    "RNTO": "250 renamed",
    "CWD": "250 there",
    "NOOP": "200 ok",
    "MLST": "550 not there",
    "DELE": "250 gone",
    "QUIT": "221 bye",
}


@dataclass
class ScriptedFtp:
    """A server that answers by a table, one for each connection; the last table repeats."""

    tables: list[Mapping[str, str | Trouble]]
    port: int = 0
    delay: float = 0.0  # seconds before each command is heard: for virtual time only
    heard: list[str] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    tls: ssl.SSLContext | None = None  # after AUTH TLS
    let_go: asyncio.Event = field(default_factory=asyncio.Event)  # a data connection was closed by the client
    silent: asyncio.Event = field(default_factory=asyncio.Event)  # it says nothing from now on

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        table = self.tables.pop(0) if len(self.tables) > 1 else self.tables[0]
        stored: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        with suppress(ConnectionError):
            if await self._say(writer, table, "greeting"):
                while line := await reader.readline():
                    if self.delay:
                        await asyncio.sleep(self.delay)
                    self.heard.append(line.decode().rstrip())
                    verb = line.split()[0].decode().upper()
                    if verb == "EPSV" and verb not in table:
                        await self._passive(writer, stored)
                    elif not await self._say(writer, table, _asked(line, table)):
                        break
                    elif verb == "AUTH" and self.tls is not None:
                        await writer.start_tls(self.tls)
                    elif verb == "STOR" and str(table["STOR"]).startswith("1"):
                        self.files.append(await stored)
                        if not await self._say(writer, table, "stored"):
                            break
        writer.close()

    async def _passive(self, writer: asyncio.StreamWriter, stored: asyncio.Future[bytes]) -> None:
        async def take(reader: asyncio.StreamReader, data: asyncio.StreamWriter) -> None:
            content = await reader.read()
            if not stored.done():  # whoever waited for it may have left
                stored.set_result(content)
            self.let_go.set()
            data.close()
            server.close()

        server = await asyncio.start_server(take, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        writer.write(f"229 ok (|||{port}|)\r\n".encode())

    async def _say(self, writer: asyncio.StreamWriter, table: Mapping[str, str | Trouble], verb: str) -> bool:
        answer = table.get(verb, "502 not known")
        if answer is Trouble.DROP:
            return False
        if answer is Trouble.SILENCE:
            self.silent.set()
            await asyncio.Event().wait()
        writer.write(f"{answer}\r\n".encode("latin-1", errors="replace"))
        await writer.drain()
        return True


def _asked(line: bytes, table: Mapping[str, str | Trouble]) -> str:
    """What the table calls it: it may know more of temporary files."""
    verb = line.split()[0].decode().upper()
    of_temporary = f"{verb} temporary"
    return of_temporary if of_temporary in table and line.rstrip().endswith(b".part") else verb


@asynccontextmanager
async def scripted_ftp(
    *changes: Mapping[str, str | Trouble],
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
) -> AsyncIterator[ScriptedFtp]:
    """A server in which all is well, but for the changes of each connection."""
    allow_sockets()
    server = ScriptedFtp([{**GOOD, **each} for each in changes or ({},)], tls=starttls)

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.tasks.add(asyncio.ensure_future(server.talk(reader, writer)))

    mine = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    server.port = mine.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        await listening.end(mine)
        for task in server.tasks:
            task.cancel()
        await asyncio.gather(*server.tasks, return_exceptions=True)
