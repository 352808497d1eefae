"""One connection to a modem: one command at a time, deadlines, unsolicited result codes in order."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
from collections import deque
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.events import (
    AtEvent,
    Drained,
    EarlyOk,
    FinalResult,
    Idle,
    InformationResponse,
    LineTooLong,
    Prompt,
    StrayPrompt,
)
from gsm_driver.at.exchange import ESCAPE, AtCommand, Response
from gsm_driver.at.result_codes import FinalCode, error_from_final
from gsm_driver.at.session import AtSession
from gsm_driver.at.urc import Urc

from .answer_times import DRAIN_TIMEOUT, PROBE_AFTER, AnswerTimes
from .bell import Bell
from .errors import CommandError, LinkLostError, ModemError, ModemTimeoutError, ResultLostError, UsageError
from .models import SendPhase
from .patience import PromptPatience
from .traced_line import TracedLine
from .transport import open_transport
from .urc_queue import LinkEvent, UrcQueue, UrcsLost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import Self

    from .traced_line import Trace
    from .transport import Transport

__all__ = ["Link", "LinkEvent", "SubmitError", "UrcsLost"]

FINAL_TIMEOUT = 2.0  # seconds from an answer to its OK, where firmware is known to leave the OK out
REFERENCE_TIMEOUT = 10.0  # seconds from an OK without +CMGS to the +CMGS that may still come
CLOSE_TIMEOUT = 5.0  # seconds for the port to be let go; the kernel may hold a dead one for 30
WAKE_TIMEOUT = 0.5  # seconds for the answer to an AT that may be swallowed; one that is awake needs 0.3
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
        trace: called with "<" or ">" and each line, without numbers and texts.
    """

    def __init__(self, *, trace: Trace | None = None) -> None:
        # To be set when the modem's family is known.
        self.vendor: str | None = None  # whose error codes from 512 on are believed (`VENDOR_CODES`)
        self.input_pause = 0.0  # seconds between the pieces of a payload, for modems that lose bytes
        self.probe_after = PROBE_AFTER  # seconds of silence after a payload until AT is written
        self.wake_after = math.inf  # seconds without a command after which AT goes first
        self.prompt_patience = PromptPatience()
        self._line = TracedLine(trace)
        self._loop = asyncio.get_running_loop()
        self._session = AtSession()
        self._turn = asyncio.Lock()
        self._answers: deque[AtEvent] = deque()  # of the pending command
        self._answered = Bell(self._loop)
        self._urcs = UrcQueue()
        self._lost: asyncio.Future[str] = self._loop.create_future()
        self._times = AnswerTimes()
        self._wrote_at = self._loop.time()  # the last command
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
        self._line.transport = transport

    @property
    def lost(self) -> asyncio.Future[str]:
        """Done with the reason, in words, when the line is gone, also by `close`. Shield it when awaiting."""
        return self._lost

    @property
    def awaits_late_answer(self) -> bool:
        """A command was given up. What it was for may still be going on, and end by what is written next."""
        return self._session.given_up is not None

    @property
    def holds_call(self) -> bool:
        """It is ATD or ATA that was given up: a call may go on, which the next command would end."""
        given_up = self._session.given_up
        return given_up is not None and given_up.call_finals

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
                written = 0
                if self.input_pause:
                    check = partial(self._check_prompt_open, command)
                    written = await self._line.write_ahead(command.payload, self.input_pause, check)
                phase = SendPhase.SUBMITTED
                rest = self._session.payload(written)
                self._line.write(rest, f"<{len(rest) // 2} octets, Ctrl-Z>")
                told_after = self._times.submitted(self._loop.time(), command.timeout, self.probe_after)
                return await self._await_final(command, told_after)
            except Exception as err:
                raise SubmitError(command.name, phase, err) from err
            finally:
                self._give_up()

    def probe_soon(self) -> None:
        """By all signs the payload was taken whose answer is awaited: ask, unless that comes at once."""
        if self._times.hurry_probe(self._loop.time()):
            self._answered.ring()

    def urcs(self) -> AsyncIterator[LinkEvent]:
        """All unsolicited result codes in order, until the line is lost. For one reader."""
        return self._urcs.read()

    def leave_prompt(self) -> None:
        """Write ESC: closes a prompt that an earlier program may have left open; does nothing elsewhere.

        Nothing is written while a command is under way: an open prompt is that command's.
        """
        if self._session.pending is None and not self._times.is_reserved(self._loop.time()):
            self._line.escape()

    async def close(self) -> None:
        """Let go of the port. The pending command gets LinkLostError."""
        if self._line.transport is not None:
            self._line.transport.close()
            await asyncio.wait({self._lost}, timeout=CLOSE_TIMEOUT)
        self._mark_lost("closed")

    # --- Called by the transport ---

    def data_received(self, data: bytes) -> None:
        """Bytes came from the modem."""
        self._line.show_received(data)
        for event in self._session.receive_data(data):
            match event:
                case Urc():
                    self._urcs.put(event)
                case LineTooLong():
                    self._urcs.put_loss()
                case StrayPrompt():
                    self._line.escape()
                case _:
                    if isinstance(event, Drained):
                        self._times.answered(self._loop.time())
                    self._answers.append(event)
                    self._answered.ring()

    def connection_lost(self, exc: Exception | None) -> None:
        """The port is gone; None after `close`."""
        self._mark_lost("closed" if exc is None else getattr(exc, "strerror", None) or str(exc))

    def _mark_lost(self, reason: str) -> None:
        if not self._lost.done():
            self._lost.set_result(reason)
            self._answered.close()
            self._urcs.close()

    # --- One command ---

    async def _exchange(self, command: AtCommand) -> Response:
        try:
            self._begin(command)
            self._times.begin(self._loop.time(), command.timeout)
            return await self._await_final(command, command.timeout)
        finally:
            self._give_up()

    def _begin(self, command: AtCommand) -> None:
        line = self._session.start(command)
        given_up = self._session.given_up
        if given_up is not None and given_up.payload is not None:
            # A prompt still open would take this line for a PDU. Elsewhere ESC does nothing.
            line = ESCAPE.encode("ascii") + line
        self._answers.clear()
        self._wrote_at = self._loop.time()
        self._line.write(line, command.redacted if self._line.is_traced else "")

    async def _await_prompt(self, command: AtCommand) -> None:
        asked = self._loop.time()
        self._times.begin(asked, command.prompt_timeout)
        while True:
            try:
                event = await self._next_answer(command, command.prompt_timeout)
            except ModemTimeoutError:
                self.prompt_patience.note_missed()
                raise
            match event:
                case Prompt():
                    self.prompt_patience.note_seen(self._loop.time() - asked)
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

    async def _await_final(self, command: AtCommand, limit: float) -> Response:
        """The answer. Two kinds of firmware end it in their own way: without OK, or with an OK too early."""
        started = self._loop.time()
        otherwise: Response | None = None
        while True:
            try:
                event = await self._next_answer(command, limit)
            except ModemTimeoutError:
                if otherwise is None:
                    raise
                return otherwise
            match event:
                case FinalResult(code=code, response=response):
                    return _checked(command, code, response, self.vendor)
                case Idle():
                    now = self._loop.time()
                    self._times.idle(now)
                    raise ResultLostError(command.name, now - started)
                case InformationResponse() | EarlyOk() if self._session.pending is None:
                    pass  # its final result code came with it, and is the next event
                case InformationResponse() if command.final_optional:
                    otherwise = self._session.collected("")
                    self._times.shorten(self._loop.time(), FINAL_TIMEOUT)
                case EarlyOk():
                    otherwise = self._session.collected("OK")
                    self._times.shorten(self._loop.time(), REFERENCE_TIMEOUT)

    async def _next_answer(self, command: AtCommand, limit: float) -> AtEvent:
        """The next event of the pending command, until its time is over; `limit` is only told."""
        while not self._answers:
            if self._lost.done():
                raise LinkLostError(f"the line to the modem is gone: {self._lost.result()}")
            until = min(self._times.answer_by, self._times.probe_at)
            if await self._answered.wait(until):
                continue
            if until == self._times.answer_by:
                raise ModemTimeoutError(command.name, limit)
            self._times.probed(self._loop.time())
            self._line.write(self._session.probe(), "AT")
        return self._answers.popleft()

    # --- Leaving the line clean ---

    def _give_up(self) -> None:
        """If the command is not over: leave its prompt, and note how long its answer may still come."""
        if self._session.pending is None:
            self._times.ended()
            return
        is_submitted = self._session.phase is SendPhase.SUBMITTED
        self._times.give_up(self._loop.time(), is_submitted=is_submitted)
        leave = self._session.cancel()
        if leave:
            self._line.write(leave, "<ESC>")

    async def _clean_line(self, command: AtCommand) -> None:
        """Make sure that nothing an older command left can be taken for the answer to this one."""
        await self._wake(command)
        is_reserved = self._times.is_reserved(self._loop.time())
        if self._session.given_up is None or (command.synchronises and not is_reserved):
            return
        with contextlib.suppress(ModemTimeoutError):
            while self._session.given_up is not None:
                self._times.answer_by = self._times.drain_until
                await self._next_answer(command, DRAIN_TIMEOUT)
        if not command.synchronises and self._session.given_up is not None:
            await self._synchronise(self._session.given_up)

    async def _wake(self, command: AtCommand) -> None:
        """Let an AT be what a modem that sleeps swallows. If it was, the line is cleaned of it."""
        is_awake = self._loop.time() - self._wrote_at < self.wake_after
        if is_awake or command.synchronises or self._session.given_up is not None:
            return
        with contextlib.suppress(ModemTimeoutError, CommandError):
            await self._exchange(replace(commands.attention(), timeout=WAKE_TIMEOUT))

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


def _checked(command: AtCommand, code: FinalCode, response: Response, vendor: str | None) -> Response:
    if code.is_success:
        return response
    raise error_from_final(command.name, code, submitted=command.payload is not None, vendor=vendor)
