"""One connection to a message centre: bind, ask, answer, and know when the link is gone."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from alert_engine.routes.server_access import why_not_there

from .codes import RESPONSE, Command, Status
from .pdu import HEADER_SIZE, Pdu, WireError, read_header

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

    from alert_engine.clock import Clock

    from .account import SmppAccount

_LOGGER = logging.getLogger(__name__)

CONNECT_TIMEOUT: Final = 10.0  # seconds: name, TCP and TLS together
RESPONSE_TIMEOUT: Final = 30.0  # seconds: who thinks longer will not answer any more
ENQUIRE_TIMEOUT: Final = 10.0  # seconds: an answer to this needs no thought
UNBIND_TIMEOUT: Final = 2.0  # seconds: it is only a courtesy
MAX_DELIVERIES: Final = 50  # being committed at a time; who sends more is asked to wait
MAX_WAITING: Final = 1_000  # requests that may yet be answered; the oldest are given up
MAX_UNREAD: Final = 0x40000  # octets that the other side has not read
_LAST_SEQUENCE: Final = 0x7FFFFFFF
_NO_MESSAGE_ID: Final = b"\0"  # all that a deliver_sm_resp holds (clause 4.6.2)


class NotSentError(Exception):
    """Nothing left. The text says what failed, for people."""


class NoAnswerError(Exception):
    """It left, or may have, and no answer came. The text says what failed, for people."""


class BindRefusedError(Exception):
    """The message centre does not let us in."""

    def __init__(self, status: int) -> None:
        super().__init__(f"bind_transceiver was refused with status 0x{status:02X}")
        self.status = status


@dataclass(slots=True, kw_only=True)
class _Waiting:
    """A request that has left."""

    command: Command
    late: Callable[[Pdu], Awaitable[None]] | None
    done: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Pdu | None = None
    abandoned: bool = False


class SmppSession:
    """One transceiver session.

    Args:
        account: where, and who we are.
        clock: all waiting.
        deliver: takes a deliver_sm and returns the status to answer it with, when it is committed.
        tls: None for a plain connection.
    """

    def __init__(
        self,
        account: SmppAccount,
        *,
        clock: Clock,
        deliver: Callable[[Pdu], Awaitable[int]],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._account = account
        self._clock = clock
        self._deliver = deliver
        self._tls = tls
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, _Waiting] = {}
        self._sequence = 0
        self._heard_at = 0.0
        self._ended = ""  # why, once it has
        self._deliveries: set[asyncio.Task[None]] = set()

    # --- its life --------------------------------------------------------------------------------------

    async def run(
        self, bound: Callable[[], Awaitable[None]], alive: Callable[[], Awaitable[None]] | None = None
    ) -> str:
        """Connect, bind, and live until the link ends; returns why it did, for people.

        Args:
            bound: is called once, when messages can be sent.
            alive: is called now and then as long as the link shows to be there.

        Raises:
            NotSentError: there is no connection.
            BindRefusedError: the message centre refuses us.
        """
        await self._connect()
        tasks = [asyncio.create_task(self._read())]
        try:
            await self._bind()
            await bound()
            tasks.append(asyncio.create_task(self._keep_alive(alive)))
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._end("the link to the provider was closed")
            # What was not answered will be delivered again.
            await _cancelled({*tasks, *self._deliveries})
        return self._ended

    async def close(self) -> None:
        """Say good-bye, and end."""
        try:
            await self._request(Command.UNBIND, b"", UNBIND_TIMEOUT)
        except (NotSentError, NoAnswerError) as error:
            _LOGGER.debug("unbind: %s", error)
        self._end("the gateway closed the link to the provider")

    async def _connect(self) -> None:
        account = self._account
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                self._reader, self._writer = await asyncio.open_connection(
                    account.host, account.port, ssl=self._tls
                )
        except TimeoutError:
            raise NotSentError(f"the provider did not answer within {CONNECT_TIMEOUT:.0f} s") from None
        except OSError as error:
            raise NotSentError(why_not_there(error)) from None
        self._heard_at = self._clock.monotonic()

    async def _bind(self) -> None:
        try:
            answer = await self._request(Command.BIND_TRANSCEIVER, self._account.bind_body, RESPONSE_TIMEOUT)
        except NoAnswerError as error:
            raise NotSentError(f"the log-in got no answer: {error}") from None
        if answer.status != Status.OK:
            raise BindRefusedError(answer.status)

    def _end(self, why: str) -> None:
        """Whatever waits gets no answer. The first reason counts."""
        self._ended = self._ended or why
        if self._writer is not None and not (transport := self._writer.transport).is_closing():
            # What the other side does not read would keep a connection open that is merely closed.
            transport.abort() if transport.get_write_buffer_size() else transport.close()
        for waiting in self._waiting.values():
            waiting.done.set()
        self._waiting.clear()

    async def _keep_alive(self, alive: Callable[[], Awaitable[None]] | None) -> None:
        while True:
            heard_at = self._heard_at
            await self._clock.sleep_until(heard_at + self._account.enquire_every)
            try:
                if self._heard_at == heard_at:
                    await self._request(Command.ENQUIRE_LINK, b"", ENQUIRE_TIMEOUT)
            except (NotSentError, NoAnswerError):
                return self._end("the provider does not answer any more")
            if alive is not None:
                await alive()

    # --- what we ask -----------------------------------------------------------------------------------

    async def submit(self, body: bytes, late: Callable[[Pdu], Awaitable[None]]) -> Pdu:
        """Submit a message; the answer may be a refusal.

        Args:
            body: of the submit_sm.
            late: is given the answer if that comes after this has raised or was cancelled.

        Raises:
            NotSentError: it did not leave.
            NoAnswerError: it may have arrived.
        """
        return await self._request(Command.SUBMIT_SM, body, RESPONSE_TIMEOUT, late)

    async def _request(
        self,
        command: Command,
        body: bytes,
        timeout: float,  # noqa: ASYNC109 - on the handed-in clock, not the loop's
        late: Callable[[Pdu], Awaitable[None]] | None = None,
    ) -> Pdu:
        if self._ended or self._writer is None:
            raise NotSentError(self._ended or "there is no link to the provider")
        waiting = _Waiting(command=command, late=late)
        sequence = self._next_sequence()
        self._waiting[sequence] = waiting
        self._write(Pdu(command=command, sequence=sequence, body=body))
        try:
            await self._clock.wait(waiting.done, self._clock.monotonic() + timeout)
        finally:
            waiting.abandoned = True
        if waiting.answer is not None:
            return waiting.answer
        if waiting.done.is_set():
            raise NoAnswerError("the link to the provider broke before it answered")
        raise NoAnswerError(f"the provider did not answer within {timeout:.0f} s")

    def _next_sequence(self) -> int:
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.pop(next(iter(self._waiting))).done.set()
        self._sequence = self._sequence % _LAST_SEQUENCE + 1
        return self._sequence

    # --- what it tells ---------------------------------------------------------------------------------

    async def _read(self) -> None:
        assert self._reader is not None  # noqa: S101 - it is connected
        try:
            while not self._ended:
                head, size = read_header(await self._reader.readexactly(HEADER_SIZE))
                body = await self._reader.readexactly(size)
                self._heard_at = self._clock.monotonic()
                self._take(Pdu(command=head.command, sequence=head.sequence, status=head.status, body=body))
        except WireError as error:
            self._end(f"what the provider sends is not SMPP: {error}")
        except (asyncio.IncompleteReadError, OSError):
            self._end("the link to the provider broke")

    def _take(self, pdu: Pdu) -> None:
        if pdu.is_response:
            self._take_answer(pdu)
        elif pdu.command == Command.DELIVER_SM:
            if len(self._deliveries) < MAX_DELIVERIES:
                self._in_background(self._answer_delivery(pdu))
            else:
                self._answer(pdu, Status.TEMPORARY_ERROR, _NO_MESSAGE_ID)
        elif pdu.command == Command.ENQUIRE_LINK:
            self._answer(pdu, Status.OK)
        elif pdu.command == Command.UNBIND:
            self._answer(pdu, Status.OK)
            self._end("the provider ended the session")
        else:
            nack = Pdu(command=Command.GENERIC_NACK, sequence=pdu.sequence, status=Status.INVALID_COMMAND)
            self._write(nack)

    def _take_answer(self, pdu: Pdu) -> None:
        """By its sequence number: answers come in any order. One to something else is not ours."""
        waiting = self._waiting.get(pdu.sequence)
        if waiting is None or pdu.command not in {waiting.command | RESPONSE, Command.GENERIC_NACK}:
            return
        del self._waiting[pdu.sequence]
        is_wrong = pdu.command == Command.GENERIC_NACK and pdu.status == Status.OK
        answer = replace(pdu, status=Status.INVALID_COMMAND) if is_wrong else pdu
        waiting.answer = answer
        waiting.done.set()
        if waiting.abandoned and waiting.late is not None:
            self._in_background(waiting.late(answer))

    async def _answer_delivery(self, pdu: Pdu) -> None:
        try:
            status = await self._deliver(pdu)
        except Exception:
            _LOGGER.exception("something delivered met a mistake of ours")
            status = Status.TEMPORARY_ERROR
        if not self._ended:
            self._answer(pdu, status, _NO_MESSAGE_ID)

    def _answer(self, pdu: Pdu, status: int, body: bytes = b"") -> None:
        self._write(pdu.answer(status, body))

    def _write(self, pdu: Pdu) -> None:
        """Nothing waits for the other side to read: the window bounds what we ask, and this all the rest."""
        assert self._writer is not None  # noqa: S101 - it is connected
        if self._writer.transport.get_write_buffer_size() > MAX_UNREAD:
            self._end("the provider does not read what it is sent")
        else:
            self._writer.write(pdu.encode())

    def _in_background(self, work: Awaitable[None]) -> None:
        async def done() -> None:
            await work

        task = asyncio.create_task(done())
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)


async def _cancelled(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
