"""One conversation with an FTP server (RFC 959, 2428, 3659, 4217) by aioftp; data goes passively."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from enum import Enum, auto
from typing import TYPE_CHECKING

import aioftp

from .account import Security
from .verdict import Stage

if TYPE_CHECKING:
    from ssl import SSLContext

    from .account import FileDropAccount
    from .files import DropFile

CONNECT_TIMEOUT = 10.0  # seconds: name, TCP, and TLS where it comes first; for each of the two connections
ANSWER_TIMEOUT = 10.0  # seconds for the answer to one command

# It shows each command and each answer when debugging, and with them names and paths.
logging.getLogger("aioftp.client").setLevel(logging.INFO)

MAX_LINES = 1_000  # of all answers of one conversation: a few dozen are usual

# The last three: answers that it cannot parse, and a port that is none.
ERRORS = (aioftp.AIOFTPException, OSError, ValueError, IndexError, OverflowError)


class NotInClearError(Exception):
    """Something was said in clear that would be heard as if it had been encrypted."""


class Found(Enum):
    """Whether a file is there."""

    YES = auto()
    NO = auto()
    CANNOT_TELL = auto()


class _Client(aioftp.Client):
    """Answers end, and only their codes have to be readable: servers greet in the alphabet of their house."""

    _lines = 0

    async def parse_line(self) -> tuple[aioftp.Code, str]:
        """One line of an answer. Raises ConnectionError: there are no more, or too many."""
        line = await self.stream.readline()
        self._lines += 1
        if not line or self._lines > MAX_LINES:
            raise ConnectionResetError
        text = line.decode("ascii", errors="replace").rstrip()
        return aioftp.Code(text[:3]), text[3:]


class Conversation:
    """Opened once, used for one file or one look, closed.

    Attributes:
        stage: what the server was asked last.
        may_be_whole: the last command of a rename went out, so the provider may see the file.

    Args:
        account: where, and as whom.
        context: for TLS.
    """

    def __init__(self, account: FileDropAccount, context: SSLContext) -> None:
        self.stage = Stage.GREETING
        self.may_be_whole = False
        self._account = account
        self._context = context
        self._client = _Client(
            socket_timeout=ANSWER_TIMEOUT,
            connection_timeout=CONNECT_TIMEOUT,
            ssl=context if account.security == Security.IMPLICIT else None,
        )

    async def open(self) -> None:
        """Connect, encrypt and log in. Raises one of `ERRORS`, or NotInClearError."""
        await self._client.connect(self._account.host, self._account.real_port)
        self.stage = Stage.SECURITY
        if self._account.security == Security.EXPLICIT:
            await self._client.command("AUTH TLS", "234")
            if _has_unread(self._client.stream.reader):
                raise NotInClearError
            await self._client.stream.start_tls(self._context, self._account.host)
        if self._account.security != Security.NONE:
            await self._client.command("PBSZ 0", "200")
            await self._client.command("PROT P", "200")
        self.stage = Stage.LOGIN
        await self._client.login(self._account.username, self._account.password)

    async def look(self) -> None:
        """See that the folder is there. Raises one of `ERRORS`."""
        self.stage = Stage.FOLDER
        if self._account.directory:
            await self._client.command(f"CWD {self._account.directory}", "2xx")
        else:
            await self._client.command("NOOP", "2xx")

    async def put(self, file: DropFile) -> None:
        """Upload and rename; it returns when the server did both. Raises one of `ERRORS`."""
        self.stage = Stage.UPLOAD
        await self._upload(file)
        self.stage = Stage.RENAMING
        await self._client.command(f"RNFR {file.temporary_path}", "350")
        self.may_be_whole = True
        await self._client.command(f"RNTO {file.path}", "2xx")

    async def _upload(self, file: DropFile) -> None:
        """The library's own leaves the data connection open when the server refuses to store."""
        _, data = await self._client.get_passive_connection()
        try:
            await self._client.command(f"STOR {file.temporary_path}", "1xx")
            data.write(file.content)
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await data.drain()
        except BaseException:
            data.transport.abort()  # half a file waits for nobody
            raise
        data.close()
        await self._client.command(None, "2xx", "1xx")

    async def find(self, path: str) -> Found:
        """Is there such a file? MLST (RFC 3659 section 7), or SIZE where a server does not know that."""
        for command in ("MLST", "SIZE"):
            code, _ = await self._client.command(f"{command} {path}", ("2xx", "4xx", "5xx"))
            if code.startswith("2"):
                return Found.YES
            if code == "550":
                return Found.NO
        return Found.CANNOT_TELL

    async def remove(self, path: str) -> bool:
        """Take a file away; False: it stays. Raises one of `ERRORS` when the connection is lost."""
        code, _ = await self._client.command(f"DELE {path}", ("2xx", "4xx", "5xx"))
        return code.startswith("2")

    async def bid_farewell(self) -> None:
        """QUIT; the answer is not waited for."""
        with suppress(*ERRORS):
            await self._client.command("QUIT")

    def close(self) -> None:
        """Hang up."""
        self._client.close()


def _has_unread(reader: asyncio.StreamReader) -> bool:
    """There is something to be read without waiting."""
    reading = reader.read(1)
    try:
        reading.send(None)
    except StopIteration:
        return True
    reading.close()
    return False
