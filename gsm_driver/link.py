"""One connection to a modem: one command at a time, deadlines, unsolicited result codes in order."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.events import (
    AtEvent,
    EarlyOk,
    FinalResult,
    InformationResponse,
    LineTooLong,
    Prompt,
    StrayPrompt,
)
from gsm_driver.at.exchange import ESCAPE, AtCommand, Response
from gsm_driver.at.redaction import RedactedLines
from gsm_driver.at.result_codes import FinalCode, error_from_final
from gsm_driver.at.session import AtSession
from gsm_driver.at.urc import Urc

from .errors import CommandError, LinkLostError, ModemError, ModemTimeoutError, UsageError
from .models import SendPhase
from .transport import open_transport
from .urc_queue import LinkEvent, UrcQueue, UrcsLost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import Self

    from .transport import Transport

    Trace = Callable[[str, str], None]

__all__ = ["Link", "LinkEvent", "SubmitError", "UrcsLost"]

FINAL_TIMEOUT = 2.0  # seconds from an answer to its OK, where firmware is known to leave the OK out
REFERENCE_TIMEOUT = 10.0  # seconds from an OK without +CMGS to the +CMGS that may still come
DRAIN_TIMEOUT = 1.0  # seconds for the rest of an answer that nobody wants any more; most need 0.1
CLOSE_TIMEOUT = 5.0  # seconds for the port to be let go; the kernel may hold a dead one for 30
INPUT_PIECE = 32  # characters of a payload at a time where a modem overruns: half of the smallest UART buffer
SYNC_ATTEMPTS = 3  # a sleeping modem may swallow the first, the rest of a PDU the second


class SubmitError(ModemError):
    """`Link.submit` was not confirmed.

    Attributes:
        phase: how far it had gone: BEFORE_PROMPT and AFTER_PROMPT (nothing was sent) or SUBMITTED.
        cause: a ModemError, or what `before_payload` raised. With SUBMITTED a CommandError is a clear no,
            unless its `error_class` is UNKNOWN; any other cause leaves it open.
    """

    def __init__(self, command: str, phase: SendPhase, cause: Exception) -> None:
        super().__init__(f"{command} was not confirmed ({phase}): {cause}")
        self.phase = phase
        self.cause = cause


class Link:
    """A line to one modem, used for one connection. Commands wait for each other: first come, first served.

    A command that times out or is cancelled is given up cleanly: ESC where a prompt may be open; then, before
    the next command, the rest of its answer is awaited, or a query proves that no old answer is outstanding.

    Args:
        vendor: whose error codes from 512 on are believed (`VENDOR_CODES`); may be set later.
        input_pause: seconds between the pieces of a payload, for modems that lose bytes; may be set later.
        trace: called with "<" or ">" and each line, without numbers and texts.
    """

    def __init__(
        self, *, vendor: str | None = None, input_pause: float = 0.0, trace: Trace | None = None
    ) -> None:
        self.vendor = vendor
        self.input_pause = input_pause
        self._trace = trace
        self._traced = RedactedLines()
        self._loop = asyncio.get_running_loop()
        self._transport: Transport | None = None
        self._session = AtSession()
        self._turn = asyncio.Lock()
        self._answers: deque[AtEvent] = deque()  # of the pending command
        self._answered = asyncio.Event()
        self._urcs = UrcQueue()
        self._lost: asyncio.Future[str] = self._loop.create_future()
        self._deadline = 0.0  # of the pending command, in loop time
        self._drain_until = 0.0  # the same of the one that was given up
        self._synchronisers = itertools.cycle(commands.synchronisers())

    @classmethod
    async def open(cls, url: str, *, baudrate: int = 115_200, trace: Trace | None = None) -> Self:
        """Open a port that `open_transport` knows.

        Raises:
            PortUnavailableError: its text says why and what to do.
        """
        link = cls(trace=trace)
        link.attach(await open_transport(url, baudrate=baudrate, listener=link))
        return link

    def attach(self, transport: Transport) -> None:
        """Use a transport whose listener is this link."""
        self._transport = transport

    @property
    def lost(self) -> asyncio.Future[str]:
        """Done with the reason, in words, when the line is gone, also by `close`. Shield it when awaiting."""
        return self._lost

    @property
    def awaits_late_answer(self) -> bool:
        """A command was given up. What it was for may still be going on, and end by what is written next."""
        return self._session.given_up is not None

    async def execute(self, command: AtCommand) -> Response:
        """Send a command, return its answer.

        Raises:
            CommandError: the modem said no; CmeError and CmsError where it said why.
            ModemTimeoutError: no answer in `command.timeout`, or none to the query that cleans the line.
            LinkLostError: the line is gone.
            UsageError: the command has a payload, or is not one line of ASCII.
        """
        if command.payload is not None:
            raise UsageError(f"{command.name} has a payload: submit it")
        async with self._turn:
            await self._clean_line(command)
            return await self._exchange(command)

    async def submit(self, command: AtCommand, *, before_payload: Callable[[], Awaitable[None]]) -> Response:
        """Send a command with a payload (AT+CMGS, AT+CMGW), return its answer.

        `before_payload` is awaited between the prompt and the payload: commit there that the message is about
        to leave. If it raises, or `submit` is cancelled before it is done, the message does not leave.

        Raises:
            SubmitError: with the phase reached, and the cause.
            UsageError: the command has no payload.
        """
        if command.payload is None:
            raise UsageError(f"{command.name} has no payload: execute it")
        async with self._turn:
            phase = SendPhase.BEFORE_PROMPT
            try:
                await self._clean_line(command)
                self._begin(command)
                await self._await_prompt(command)
                phase = SendPhase.AFTER_PROMPT
                await before_payload()
                self._check_prompt_open(command)
                written = await self._write_ahead(command, command.payload)
                phase = SendPhase.SUBMITTED
                rest = self._session.payload(written)
                self._write(rest, f"<{len(rest) // 2} octets, Ctrl-Z>")
                return await self._await_final(command)
            except Exception as err:
                raise SubmitError(command.name, phase, err) from err
            finally:
                self._give_up()

    def urcs(self) -> AsyncIterator[LinkEvent]:
        """All unsolicited result codes in order, until the line is lost. For one reader."""
        return self._urcs.read()

    def leave_prompt(self) -> None:
        """Write ESC: closes a prompt that an earlier program may have left open; does nothing elsewhere.

        Nothing is written while a command is under way: an open prompt is that command's.
        """
        if self._session.pending is None:
            self._escape()

    async def close(self) -> None:
        """Let go of the port. The pending command gets LinkLostError."""
        if self._transport is not None:
            self._transport.close()
            await asyncio.wait({self._lost}, timeout=CLOSE_TIMEOUT)
        self._mark_lost("closed")

    # --- Called by the transport ---

    def data_received(self, data: bytes) -> None:
        """Bytes came from the modem."""
        if self._trace is not None:
            for line in self._traced.feed(data):
                self._trace("<", line)
        for event in self._session.receive_data(data):
            match event:
                case Urc():
                    self._urcs.put(event)
                case LineTooLong():
                    self._urcs.put_loss()
                case StrayPrompt():
                    self._escape()
                case _:
                    self._answers.append(event)
                    self._answered.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """The port is gone; None after `close`."""
        self._mark_lost("closed" if exc is None else getattr(exc, "strerror", None) or str(exc))

    def _mark_lost(self, reason: str) -> None:
        if not self._lost.done():
            self._lost.set_result(reason)
            self._answered.set()
            self._urcs.close()

    # --- One command ---

    async def _exchange(self, command: AtCommand) -> Response:
        try:
            self._begin(command)
            return await self._await_final(command)
        finally:
            self._give_up()

    def _begin(self, command: AtCommand) -> None:
        line = self._session.start(command)
        given_up = self._session.given_up
        if given_up is not None and given_up.payload is not None:
            # A prompt still open would take this line for a PDU. Elsewhere ESC does nothing.
            line = ESCAPE.encode("ascii") + line
        self._answers.clear()
        self._write(line, command.redacted)

    def _write(self, data: bytes, shown: str) -> None:
        if self._trace is not None:
            self._trace(">", shown)
        if self._transport is not None:
            self._transport.write(data)

    def _escape(self) -> None:
        self._write(ESCAPE.encode("ascii"), "<ESC>")

    async def _write_ahead(self, command: AtCommand, payload: str) -> int:
        """For a modem that overruns: write all of a payload but its last piece. Returns how much that was."""
        if not self.input_pause:
            return 0
        written = 0
        while len(payload) - written > INPUT_PIECE:
            piece = payload[written : written + INPUT_PIECE]
            self._write(piece.encode("ascii"), f"<{len(piece) // 2} octets>")
            written += len(piece)
            await asyncio.sleep(self.input_pause)
            self._check_prompt_open(command)
        return written

    async def _await_prompt(self, command: AtCommand) -> None:
        self._deadline = self._loop.time() + command.prompt_timeout
        while True:
            match await self._next_answer(command.name, command.prompt_timeout):
                case Prompt():
                    return
                case FinalResult(code=code):
                    raise error_from_final(command.name, code, vendor=self.vendor)

    def _check_prompt_open(self, command: AtCommand) -> None:
        """While the caller was busy, neither the modem closed the prompt nor the line went."""
        if self._lost.done():
            raise LinkLostError(f"the line to the modem is gone: {self._lost.result()}")
        while self._answers:
            match self._answers.popleft():
                case FinalResult(code=code):
                    raise error_from_final(command.name, code, vendor=self.vendor)

    async def _await_final(self, command: AtCommand) -> Response:
        """The answer. Two kinds of firmware end it in their own way: without OK, or with an OK too early."""
        self._deadline = self._loop.time() + command.timeout
        otherwise: Response | None = None
        while True:
            try:
                event = await self._next_answer(command.name, command.timeout)
            except ModemTimeoutError:
                if otherwise is None:
                    raise
                return otherwise
            match event:
                case FinalResult(code=code, response=response):
                    return self._checked(command, code, response)
                case InformationResponse() | EarlyOk() if self._session.pending is None:
                    pass  # its final result code came with it, and is the next event
                case InformationResponse() if command.final_optional:
                    otherwise = self._session.collected("")
                    self._shorten(FINAL_TIMEOUT)
                case EarlyOk():
                    otherwise = self._session.collected("OK")
                    self._shorten(REFERENCE_TIMEOUT)

    def _checked(self, command: AtCommand, code: FinalCode, response: Response) -> Response:
        if code.is_success:
            return response
        raise error_from_final(command.name, code, submitted=command.payload is not None, vendor=self.vendor)

    def _shorten(self, limit: float) -> None:
        self._deadline = min(self._deadline, self._loop.time() + limit)

    async def _next_answer(self, name: str, limit: float) -> AtEvent:
        """The next event of the pending command, until `_deadline`; `limit` is only told."""
        while not self._answers:
            if self._lost.done():
                raise LinkLostError(f"the line to the modem is gone: {self._lost.result()}")
            self._answered.clear()
            try:
                async with asyncio.timeout_at(self._deadline):
                    await self._answered.wait()
            except TimeoutError:
                raise ModemTimeoutError(name, limit) from None
        return self._answers.popleft()

    # --- Leaving the line clean ---

    def _give_up(self) -> None:
        """If the command is not over: leave its prompt, and note how long its answer may still come."""
        if self._session.pending is None:
            return
        soon = self._loop.time() + DRAIN_TIMEOUT
        is_submitted = self._session.phase is SendPhase.SUBMITTED  # nothing can hurry the network
        self._drain_until = self._deadline if is_submitted else min(self._deadline, soon)
        leave = self._session.cancel()
        if leave:
            self._write(leave, "<ESC>")

    async def _clean_line(self, command: AtCommand) -> None:
        """Make sure that nothing an older command left can be taken for the answer to this one."""
        if self._session.given_up is None or command.synchronises:
            return
        self._deadline = self._drain_until
        with contextlib.suppress(ModemTimeoutError):
            while self._session.given_up is not None:
                await self._next_answer("AT", DRAIN_TIMEOUT)
        if self._session.given_up is not None:
            await self._synchronise(self._session.given_up)

    async def _synchronise(self, given_up: AtCommand) -> None:
        """Ask queries, each different from the one before, until one is answered by its own name."""
        usable = (query for query in self._synchronisers if not {*query.prefixes} & {*given_up.prefixes})
        for query in itertools.islice(usable, SYNC_ATTEMPTS):
            with contextlib.suppress(ModemTimeoutError, CommandError):
                await self._exchange(query)
            if self._session.given_up is None:
                return
        # It may refuse all of them (no SIM). The refusals came by now, so that an OK is that of this AT.
        await self._exchange(replace(commands.attention(), timeout=commands.SYNC_TIMEOUT))
        self._session.declare_clean()
