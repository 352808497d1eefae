"""One conversation with a mail server (RFC 5321), by aiosmtplib."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import aiosmtplib

from .account import Security
from .mail_address import domain_of, mail_address
from .verdict import Stage

if TYPE_CHECKING:
    from ssl import SSLContext

    from aiosmtplib import SMTPResponse

    from .account import SmtpAccount
    from .letters import Letter

CONNECT_TIMEOUT = 10.0  # seconds: name and TCP, and TLS where it comes first
ANSWER_TIMEOUT = 10.0  # seconds for the answer to one command
# Seconds for the answer after the last dot: servers look for viruses in between. RFC 5321 section 4.5.3.2.6
# grants ten minutes, which an alarm does not have.
TAKING_TIMEOUT = 30.0
FAREWELL_TIMEOUT = 2.0  # seconds: nothing depends on it

ERRORS = (aiosmtplib.SMTPException, OSError, ValueError)  # the last one: words that are no text

_DOT = re.compile(rb"^\.", re.MULTILINE)
_GO_ON = 354


class Conversation:
    """Opened once, used for one mail or one look, closed.

    Attributes:
        stage: what the server was asked last.
        may_have_left: the last dot went out, so the mail may have been taken.

    Args:
        account: where, and as whom.
        context: for TLS.
    """

    def __init__(self, account: SmtpAccount, context: SSLContext) -> None:
        self.stage = Stage.GREETING
        self.may_have_left = False
        self._account = account
        self._sender = mail_address(account.sender)
        self._smtp = aiosmtplib.SMTP(
            hostname=account.host,
            port=account.real_port,
            local_hostname=account.hello or domain_of(self._sender),
            timeout=ANSWER_TIMEOUT,
            use_tls=account.security == Security.TLS,
            start_tls=False,  # it is done below, so that the stage is known
            tls_context=context,
        )

    async def open(self) -> None:
        """Connect, encrypt and log in. Raises one of `ERRORS`."""
        await self._smtp.connect(timeout=CONNECT_TIMEOUT)
        self.stage = Stage.HELLO
        await self._smtp.ehlo()
        if self._account.security == Security.STARTTLS:
            self.stage = Stage.SECURITY
            await self._smtp.starttls()
            self.stage = Stage.HELLO
            await self._smtp.ehlo()
        if self._account.username:
            self.stage = Stage.LOGIN
            await self._log_in()

    async def look(self) -> None:
        """See that the server still listens after the login. Raises one of `ERRORS`."""
        await self._smtp.noop()

    async def deliver(self, letter: Letter) -> None:
        """Hand the mail over; it returns when the server took it. Raises one of `ERRORS`."""
        self.stage = Stage.SENDER
        size = [f"SIZE={len(letter.content)}"] if self._smtp.supports_extension("size") else []
        await self._smtp.mail(self._sender, options=size)
        self.stage = Stage.RECIPIENT
        await self._smtp.rcpt(letter.recipient)
        self.stage = Stage.MESSAGE
        asked = await self._smtp.execute_command(b"DATA")
        if asked.code != _GO_ON:
            raise aiosmtplib.SMTPDataError(asked.code, asked.message)
        taken = await self._give(letter.content)
        if not 200 <= taken.code < 300:
            raise aiosmtplib.SMTPDataError(taken.code, taken.message)

    async def _give(self, content: bytes) -> SMTPResponse:
        """The library's own ``data()`` does not tell a loss before the mail from one after it; this does."""
        protocol = self._smtp.protocol
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("lost")
        wire = _DOT.sub(b"..", content)
        end = b".\r\n" if wire.endswith(b"\r\n") else b"\r\n.\r\n"
        protocol.write(wire + end)
        self.may_have_left = True
        return await protocol.read_response(timeout=TAKING_TIMEOUT)

    async def _log_in(self) -> None:
        """By one mechanism only: a wrong password that is tried with each of them locks accounts."""
        username, password = self._account.username, self._account.password
        offered = self._smtp.server_auth_methods
        if "plain" in offered:
            await self._smtp.auth_plain(username, password)
        elif "login" in offered:
            await self._smtp.auth_login(username, password)
        elif "cram-md5" in offered:
            await self._smtp.auth_crammd5(username, password)
        else:
            raise aiosmtplib.SMTPNotSupported("no mechanism that we know")

    async def bid_farewell(self) -> None:
        """QUIT; it does not matter whether the server hears it."""
        with suppress(*ERRORS):
            await self._smtp.quit(timeout=FAREWELL_TIMEOUT)

    def close(self) -> None:
        """Hang up."""
        self._smtp.close()
