"""Mail servers on the loopback interface: aiosmtpd, and one that says what it is told."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.engine import listening
from tests.engine.brokers import allow_sockets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from email.message import EmailMessage
    from pathlib import Path

USER, PASSWORD = "gateway", "geheim"


class Trouble(Enum):
    """What a server does in the place of an answer."""

    DROP = auto()  # hangs up
    SILENCE = auto()  # says nothing any more


GOOD: dict[str, str | Trouble] = {
    "greeting": "220 here",
    "EHLO": "250-here\r\n250 SIZE 100000",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    ".": "250 2.0.0 taken",
    "NOOP": "250 ok",
    "QUIT": "221 bye",
}


@dataclass
class Scripted:
    """A server that answers by a table, and keeps what it heard."""

    answers: Mapping[str, str | Trouble]
    port: int = 0
    delay: float = 0.0  # seconds before each answer: for virtual time only
    heard: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    silent: asyncio.Event = field(default_factory=asyncio.Event)  # it says nothing from now on
    tls: ssl.SSLContext | None = None  # after STARTTLS

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        with suppress(ConnectionError):
            if await self._say(writer, "greeting"):
                while line := await reader.readline():
                    self.heard.append(line.decode().rstrip())
                    verb = line.split()[0].decode().upper()
                    if not await self._say(writer, verb):
                        break
                    if verb == "STARTTLS" and self.tls is not None:
                        await writer.start_tls(self.tls)
                    if verb == "DATA" and str(self.answers["DATA"]).startswith("354"):
                        self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                        if not await self._say(writer, "."):
                            break
        writer.close()

    async def _say(self, writer: asyncio.StreamWriter, verb: str) -> bool:
        answer = self.answers.get(verb, "502 5.5.1 not known")
        if answer is Trouble.DROP:
            return False
        if answer is Trouble.SILENCE:
            self.silent.set()
            await asyncio.Event().wait()
        if self.delay:
            await asyncio.sleep(self.delay)
        writer.write(f"{answer}\r\n".encode("latin-1", errors="replace"))
        await writer.drain()
        return True


@asynccontextmanager
async def scripted(
    starttls: ssl.SSLContext | None = None, /, **changes: str | Trouble
) -> AsyncIterator[Scripted]:
    """A server in which all is well, but for `changes`; ``dot`` is what follows the mail."""
    allow_sockets()
    if "dot" in changes:
        changes["."] = changes.pop("dot")
    server = Scripted(GOOD | changes, tls=starttls)
    clients: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clients.add(asyncio.ensure_future(server.talk(reader, writer)))

    mine = await asyncio.start_server(connected, "127.0.0.1", 0)
    server.port = mine.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        await listening.end(mine)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)


@dataclass
class Received:
    """A mail as aiosmtpd took it."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        """Parsed by the standard library."""
        return message_from_bytes(self.content, policy=default)


@dataclass
class PostOffice:
    """aiosmtpd's handler: it takes everything."""

    port: int = 0
    taken: list[Received] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - its name
        """A mail."""
        self.taken.append(Received(envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 2.0.0 taken"

    def authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        """One user."""
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        is_right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)


@asynccontextmanager
async def post_office(
    *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, login: bool = False
) -> AsyncIterator[PostOffice]:
    """aiosmtpd on a port of its own."""
    allow_sockets()
    office = PostOffice()
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(
            office,
            hostname="office",
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_required=login and starttls is not None,
            auth_require_tls=starttls is not None,
            authenticator=office.authenticate if login else None,
            loop=loop,
        )

    server = await loop.create_server(session, "127.0.0.1", 0, ssl=tls)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        await listening.end(server)


def make_certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A server's context for ``localhost``, and the file of whoever signed it."""
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "k.pem", "-out", "c.pem", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost",
        ],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "c.pem", folder / "k.pem")
    return context, str(folder / "c.pem")
