"""The SMTP server: aiosmtpd speaks the protocol, `intake.mail` decides."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from alert_engine.errors import EngineError
from alert_engine.intake import mail
from alert_engine.intake.http_limits import RateLimiter, client_of
from alert_engine.mistakes import place_of

from .connections import Doorkeeper, address_of, has_room
from .http_server import tls_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from aiosmtpd.smtp import Envelope, Session

    from alert_engine.clock import Clock
    from alert_engine.config.mail import MailAuth, MailSettings

    from .readiness import Readiness

_LOGGER = logging.getLogger(__name__)

MAX_COMMANDS = 120  # of one kind in one connection: 100 recipients and some more
RATE = 1.0  # mails a second and client
BURST = 20  # mails at once
_ANNOUNCED = "alert-gateway"
_LINES_AT_ONCE = 256  # of a mail, before others have their turn: a millisecond or two

# aiosmtpd logs commands, and with them addresses and numbers.
logging.getLogger("mail.log").disabled = True


_FULL = f"421 4.7.0 {_ANNOUNCED} has too many connections: try again\r\n".encode()  # RFC 5321 section 3.8


@dataclass(frozen=True, slots=True, kw_only=True)
class MailBounds:
    """What clients may take of us."""

    connections: int = 20  # at once
    of_one_client: int = 5  # at once
    # Of a mail. A picture of 10 MB has 140,000; aiosmtpd keeps each by itself, which takes 90 octets more.
    lines: int = 200_000
    # Seconds of silence. RFC 5321 section 4.5.3.2 asks for 300, and small devices need no such patience.
    idle: float = 60.0
    session: float = (
        300.0  # seconds from greeting to farewell: who says a word a minute must not stay for ever
    )


class MailServer:
    """One listening address.

    Args:
        settings: where, and from whom.
        readiness: whether mails can be taken; it is looked at for each.
        clock: all time.
        bounds: what clients may take.
    """

    def __init__(
        self,
        settings: MailSettings,
        *,
        readiness: Readiness,
        clock: Clock,
        bounds: MailBounds | None = None,
    ) -> None:
        self._settings = settings
        self._bounds = bounds or MailBounds()
        self._handler = _Handler(settings, readiness, clock)
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    @property
    def port(self) -> int:
        """Where it listens by now."""
        assert self._server is not None  # noqa: S101 - asked of a server that runs
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address is taken, or a certificate cannot be read.
        """
        context = tls_context(self._settings.tls)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Doorkeeper(lambda client: self._admit(client, context)),
            self._settings.bind,
            self._settings.port,
        )

    async def stop(self) -> None:
        """Hang up on everybody: who got no 250 sends again."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.hang_up()

    def use(self, settings: MailSettings) -> bool:
        """Take other rules from the next mail on; False: the rest changed, which needs a restart."""
        self._handler.rules = settings.rules
        return _without_rules(settings) == _without_rules(self._settings)

    def _admit(self, client: str, context: SSLContext | None) -> asyncio.Protocol | bytes:
        """Strangers hear at once that they are, so that they take nobody's place."""
        try:
            mail.check_client(self._handler.rules, client)
        except mail.MailRefusedError as err:
            return f"554 {err.answer.status} {err.answer.text}\r\n".encode()  # RFC 5321 section 3.1
        connected = (connection.client for connection in self._connections)
        bounds = self._bounds
        if not has_room(client, connected, at_once=bounds.connections, of_one=bounds.of_one_client):
            return _FULL
        return self._connection(client, context)

    def _connection(self, client: str, context: SSLContext | None) -> _Connection:
        auth = self._settings.auth
        connection = _Connection(
            self._handler,
            client=client,
            bounds=self._bounds,
            on_lost=self._connections.discard,
            data_size_limit=self._settings.max_size,
            enable_SMTPUTF8=True,
            hostname=_ANNOUNCED,
            ident=_ANNOUNCED,
            tls_context=context,
            require_starttls=auth is not None,
            timeout=self._bounds.idle,
            auth_required=auth is not None,
            authenticator=None if auth is None else _authenticator(auth),
            command_call_limit=MAX_COMMANDS,
            loop=asyncio.get_running_loop(),
        )
        self._connections.add(connection)
        return connection


def _without_rules(settings: MailSettings) -> tuple[object, ...]:
    return settings.bind, settings.port, settings.max_size, settings.tls, settings.auth


class _Connection(SMTP):
    """One client."""

    line_length_limit = 65_536  # octets; RFC 5321 says 1,000, and devices write HTML in one line

    def __init__(
        self,
        handler: _Handler,
        *,
        client: str,
        bounds: MailBounds,
        on_lost: Callable[[_Connection], None],
        **options: Any,
    ) -> None:
        super().__init__(handler, **options)
        self.client = client
        self._on_lost = on_lost
        self._end = self.loop.call_later(bounds.session, self.hang_up)
        self._max_lines = bounds.lines
        self._lines = 0  # of the mail that comes in

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count what is read; again after STARTTLS, which keeps the reader."""
        super().connection_made(transport)
        reader = self._reader
        read = type(reader).readuntil

        async def readuntil(separator: bytes = b"\n") -> bytes:
            # A command ends with \n here, and a line of a mail with both: each mail has its own count.
            self._lines = self._lines + 1 if separator == b"\r\n" else 0
            if self._lines > self._max_lines:
                self.hang_up()
                await asyncio.Event().wait()  # until the library hears of it, and ends this
            if self._lines % _LINES_AT_ONCE == 0:
                await asyncio.sleep(0)  # what is buffered is read without a pause: let alarms pass
            return await read(reader, separator)

        reader.readuntil = readuntil  # type: ignore[method-assign,assignment]  # the library makes its own reader

    def connection_lost(self, error: Exception | None) -> None:
        """It is over."""
        self._end.cancel()
        self._on_lost(self)
        super().connection_lost(error)

    def hang_up(self) -> None:
        """Close without a word: a client that got no answer sends again."""
        if self.transport is not None:
            self.transport.close()


class _Handler:
    """What aiosmtpd asks: each hook answers with a line of SMTP."""

    def __init__(self, settings: MailSettings, readiness: Readiness, clock: Clock) -> None:
        self.rules = settings.rules
        self._readiness = readiness
        self._clock = clock
        self._limiter = RateLimiter(rate=RATE, burst=BURST)

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        remote = address_of(session.peer)
        try:
            mail.check_client(self.rules, remote)
            mail.check_sender(self.rules, address)
        except mail.MailRefusedError as err:
            return str(err.answer)
        if self._limiter.wait(mail.SOURCE, client_of(remote), self._clock.monotonic()) > 0:
            return str(mail.TOO_OFTEN)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 ok"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= mail.MAX_RECIPIENTS:
            return "452 4.5.3 too many recipients: send another mail"
        try:
            mail.check_recipient(self.rules, address)
        except mail.MailRefusedError as err:
            return str(err.answer)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        engine = self._readiness.engine
        if engine is None:
            return str(mail.NOT_READY)
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        given = mail.Envelope(
            sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos), content=content
        )
        try:
            # In a thread, because megabytes of pictures take their time.
            await engine.apply(await asyncio.to_thread(mail.asks_of, self.rules, given))
        except (EngineError, mail.MailRefusedError) as err:
            _LOGGER.warning("a mail was not taken: %s", err)
            return str(mail.answer_to(err))
        return str(mail.ACCEPTED)

    async def handle_exception(self, error: Exception) -> str:
        """Answer although we made a mistake; the error's text may quote the mail."""
        _LOGGER.error("a mail met a mistake of ours: %s", place_of(error))
        return str(mail.MISTAKE)


def _authenticator(auth: MailAuth) -> Callable[..., AuthResult]:
    def authenticate(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        given = isinstance(data, LoginPassword) and _is_right(auth, data.login, data.password)
        return AuthResult(success=given, handled=False)

    return authenticate


def _is_right(auth: MailAuth, username: bytes, password: bytes) -> bool:
    """Compare all of them, in a time that tells nothing."""
    given = _digest(username, password)
    expected = [_digest(auth.username.encode(), each.encode()) for each in auth.passwords]
    return any([hmac.compare_digest(given, each) for each in expected])  # noqa: C419 - compare all


def _digest(username: bytes, password: bytes) -> bytes:
    return hashlib.sha256(b"%d:" % len(username) + username + password).digest()
