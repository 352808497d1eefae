"""Desks of the accounts without HTTP: a message centre, mail servers, a file server, all made of bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any, ClassVar

from alert_engine.model import Channel
from alert_engine.routes.base import ErrorClass, ReportStatus
from alert_engine.routes.file_drop import make_file_drop_route
from alert_engine.routes.providers.catalogue import make
from alert_engine.routes.smpp import SmppRoute
from alert_engine.routes.smtp import make_smtp_route
from tests.engine import listening
from tests.engine.brokers import allow_sockets
from tests.engine.providers.story import CLOUD, Desk, HexIds, Line, Refusal
from tests.engine.routes import ftp_house, mail_house
from tests.engine.routes.mail_house import Trouble
from tests.engine.smpp.house import DELIVER, SUBMIT, WireCentre, delivery, unit
from tests.engine.smpp.test_route import receipt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from alert_engine.routes.base import Route
    from tests.engine.providers.story import Sent


class SessionDesk(Desk):
    """Listens on the loopback interface; whoever comes while the line is down is hung up on."""

    settings: ClassVar[Mapping[str, Any]]

    def __init__(self) -> None:
        super().__init__()
        self._route: Route | None = None
        self._talking: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def route(self) -> Route:
        """There when the desk is open."""
        assert self._route is not None
        return self._route

    def make_route(self, account: Any) -> Route:
        """As the daemon makes it."""
        raise NotImplementedError

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """With one client."""
        raise NotImplementedError

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listen, with the account made of plain data."""
        allow_sockets()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        place = {"host": "127.0.0.1", "port": server.sockets[0].getsockname()[1]}
        self._route = self.make_route(make(self.kind, {**self.settings, **place}))
        try:
            yield
        finally:
            await listening.end(server)
            for task in self._talking:
                task.cancel()
            await asyncio.gather(*self._talking, return_exceptions=True)

    def becomes(self, line: Line) -> Any:
        """A line that breaks, breaks for all who talk."""

        async def act(_: Any) -> None:
            self.line = line
            if line is Line.DOWN:
                self.hang_up()

        return act

    def hang_up(self) -> None:
        """On everybody."""
        for writer in self._talking.values():
            writer.transport.abort()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.line is Line.DOWN:
            writer.transport.abort()
        else:
            self._talking[asyncio.ensure_future(self.talk(reader, writer))] = writer


def _says(error_class: ErrorClass, said: Any, *, elsewhere: bool = True, name: str = "") -> Refusal:
    return Refusal(error_class=error_class, said=said, elsewhere=elsewhere, name=name)


# --- SMPP ---------------------------------------------------------------------------------------------------


class OverSmpp(SessionDesk):
    """A message centre."""

    kind = "smpp"
    settings: ClassVar = {"system_id": "esme", "password": "secret", "tls": False, "sender": "Alarm"}
    refusals = (
        _says(ErrorClass.TEMPORARY, 0x08),
        _says(ErrorClass.TEMPORARY, 0x58, name="throttled"),
        _says(ErrorClass.RECIPIENT, 0x0B, elsewhere=False),
        _says(ErrorClass.MESSAGE, 0x66),
        _says(ErrorClass.ACCOUNT, 0x0A),
    )
    states: ClassVar = {
        ReportStatus.DELIVERED: "DELIVRD",
        ReportStatus.PENDING: "ACCEPTD",
        ReportStatus.FAILED: "UNDELIV",
    }

    def __init__(self) -> None:
        super().__init__()
        self._centre = _Centre(self)
        self._deliveries = 0

    def make_route(self, account: Any) -> Route:
        return SmppRoute(CLOUD, account, clock=self.clock, ids=HexIds())

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._centre.serve(reader, writer)

    def receipt(self, sent: Sent, status: ReportStatus) -> bytes:
        return receipt(sent.reference, self.states[status], source=sent.address[1:])

    async def tell(self, sent: Sent, status: ReportStatus = ReportStatus.DELIVERED) -> None:
        await self._deliver(self.receipt(sent, status))

    async def say(self, text: str) -> None:
        await self._deliver(delivery(text.encode(), source=self.number[1:]))

    async def _deliver(self, body: bytes) -> None:
        self._deliveries += 1
        assert await self._centre.delivered(body, self._deliveries) == 0


_EARLY = 0x1000  # the sequence number of a receipt that comes before the answer


class _Centre(WireCentre):
    """Takes or refuses at once what is submitted."""

    def __init__(self, desk: OverSmpp) -> None:
        super().__init__()
        self._desk = desk

    def _take(
        self, writer: asyncio.StreamWriter, command: int, status: int, sequence: int, body: bytes
    ) -> None:
        if self._desk.line is Line.MUTE or (command, sequence) == (DELIVER | 0x80000000, _EARLY):
            return
        if command != SUBMIT:
            super()._take(writer, command, status, sequence, body)
            return
        desk = self._desk
        desk.asked += 1
        address, text = _submitted(body)
        refusal = desk.refusal_of(address)
        if refusal is not None:
            writer.write(unit(SUBMIT | 0x80000000, sequence, status=refusal.said))
            return
        sent = desk.take(address, text, f"77ab{len(desk.left)}")
        if desk.early:
            writer.write(unit(DELIVER, _EARLY, desk.receipt(sent, ReportStatus.DELIVERED)))
        if desk.line is Line.CUT:
            desk.line = Line.DOWN
            desk.hang_up()
            return
        writer.write(unit(SUBMIT | 0x80000000, sequence, sent.reference.encode() + b"\0"))


def _submitted(body: bytes) -> tuple[str, str]:
    """Number and text of a submit_sm (clause 4.4.1), in letters that GSM 7 bit and ASCII share."""
    _service, rest = body.split(b"\0", 1)
    _source, rest = rest[2:].split(b"\0", 1)
    destination, rest = rest[2:].split(b"\0", 1)
    _schedule, rest = rest[3:].split(b"\0", 1)
    _validity, rest = rest.split(b"\0", 1)
    return f"+{destination.decode()}", rest[5 : 5 + rest[4]].decode()


# --- mail and files -----------------------------------------------------------------------------------------


class _Script(Mapping[str, "str | Trouble"]):
    """What a server answers, as things are at the moment."""

    def __init__(self, desk: ScriptedDesk) -> None:
        self._desk = desk

    def __getitem__(self, verb: str) -> str | Trouble:
        return self._desk.reply(verb)

    def __iter__(self) -> Iterator[str]:
        return iter(self._desk.good)

    def __len__(self) -> int:
        return len(self._desk.good)


class ScriptedDesk(SessionDesk):
    """A server that answers command after command."""

    tells = False
    hears = False
    good: ClassVar[Mapping[str, str | Trouble]]  # when all is well
    first: ClassVar[str]  # the command that begins a message
    last: ClassVar[str]  # the answer by which it is taken
    heard: list[str]

    def reply(self, verb: str) -> str | Trouble:
        """Raises KeyError for what it does not know."""
        if self.line is Line.DOWN:
            return Trouble.DROP
        if self.line is Line.MUTE:
            return Trouble.SILENCE
        self.asked = sum(line.startswith(self.first) for line in self.heard)
        refusal = self.refusal_of(self.recipient)
        if refusal is not None and verb in refusal.said:
            answer: str | Trouble = refusal.said[verb]
            return answer
        if verb == self.last:
            self.note()
            if self.line is Line.CUT:
                self.line = Line.DOWN
                return Trouble.DROP
        return self.good[verb]

    @property
    def recipient(self) -> str:
        """Whom the message in hand is for, if that was said."""
        return ""

    def note(self) -> None:
        """What was just handed over, as taken."""
        raise NotImplementedError


class MailToPerson(ScriptedDesk):
    """A mail server."""

    kind = "smtp"
    channel = Channel.EMAIL
    number = "anna@example.com"
    settings: ClassVar = {"sender": "alarm@example.org", "security": "none"}
    good = mail_house.GOOD
    first = "MAIL"
    last = "."
    refusals = (
        _says(ErrorClass.TEMPORARY, {"RCPT": "451 4.7.1 later"}),
        _says(ErrorClass.RECIPIENT, {"RCPT": "550 5.7.1 not from you"}),
        _says(ErrorClass.RECIPIENT, {"RCPT": "550 5.1.1 nobody here"}, elsewhere=False, name="nobody"),
        _says(ErrorClass.MESSAGE, {".": "554 5.6.0 no"}),
        _says(ErrorClass.ACCOUNT, {"MAIL": "550 5.7.1 not your domain"}),
    )

    def __init__(self) -> None:
        super().__init__()
        self._server = mail_house.Scripted(_Script(self))
        self.heard = self._server.heard

    def make_route(self, account: Any) -> Route:
        return make_smtp_route(CLOUD, account, clock=self.clock)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._server.talk(reader, writer)

    @property
    def recipient(self) -> str:
        named = next((line for line in reversed(self.heard) if line.startswith("RCPT")), "<>")
        return self.address_of(named.partition("<")[2].partition(">")[0])

    def note(self) -> None:
        mail = message_from_bytes(self._server.mails[-1].removesuffix(b".\r\n"), policy=default)
        self.take(self.recipient, mail.get_content().strip(), str(mail["Message-ID"]))

    def address_of(self, mailbox: str) -> str:
        """Whom it is for."""
        return mailbox


class MailToService(MailToPerson):
    """A service that makes SMS of mails."""

    channel = Channel.SMS
    number = "+436641111111"
    settings: ClassVar = {**MailToPerson.settings, "preset": "websms_link"}

    def address_of(self, mailbox: str) -> str:
        assert not mailbox or mailbox.endswith("@email2sms.linkmobility.eu")
        return f"+{mailbox.partition('@')[0]}"


class OverFileDrop(ScriptedDesk):
    """A file server."""

    kind = "file_drop"
    settings: ClassVar = {
        "username": ftp_house.USER,
        "password": ftp_house.PASSWORD,
        "security": "none",
        "content": "{number};{text}\n",
    }
    good = ftp_house.GOOD
    first = "STOR"
    last = "RNTO"
    never: ClassVar = {
        ErrorClass.RECIPIENT: "a server of files knows no numbers",
        ErrorClass.MESSAGE: "a server of files reads no texts",
    }
    refusals = (
        _says(ErrorClass.TEMPORARY, {"STOR": "452 later"}),
        _says(ErrorClass.ACCOUNT, {"STOR": "553 not here"}),
    )

    def __init__(self) -> None:
        super().__init__()
        self._server = ftp_house.ScriptedFtp([_Script(self)])
        self.heard = self._server.heard

    def make_route(self, account: Any) -> Route:
        return make_file_drop_route(CLOUD, account, clock=self.clock)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._server.talk(reader, writer)

    def note(self) -> None:
        number, _, text = self._server.files[-1].decode().rstrip().partition(";")
        self.take(f"+{number}", text, self.heard[-1].partition(" ")[2])
