"""USSD: codes like ``*100#`` and the menus behind them (3GPP TS 27.007 clause 7.15)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from gsm_driver.at import commands
from gsm_driver.at.urc import UssdNotice

from .errors import (
    CmeError,
    CommandError,
    ErrorClass,
    LinkLostError,
    ModemError,
    ModemTimeoutError,
    UsageError,
    UssdUnsupportedError,
)
from .models import UssdReply, UssdStatus
from .startup import attempt
from .ussd_text import CharacterSet, UssdForm, decode_reply, encode_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gsm_driver.at.urc import Urc

    from .link import Link
    from .profile import ModemProfile

_LOGGER = logging.getLogger(__name__)

REPLY_TIMEOUT = 60.0  # seconds: the network's own limit is 30 to 60
RELEASE_WAIT = 3.0  # seconds after "Initiating Release" in which the real text comes, if any does
MAX_WAITING = 16  # notices that nobody has taken yet

CME_NOT_SUPPORTED = 132  # "service option not supported"
_RELEASE_WORDS = frozenset({"", "initiating release"})  # no text of the network's (python-gsmmodem#14)
# These answers are about the SIM or the network: another form of the same request would get them, too.
_FINAL_CLASSES = frozenset({ErrorClass.ACCOUNT, ErrorClass.TEMPORARY})
_STATUSES = dict(enumerate(UssdStatus))


class UssdSession:
    """A dialogue with the network. `Ussd.session` gives it, with the answer to the code."""

    def __init__(self, ussd: Ussd, latest: UssdReply, wait: float) -> None:
        self._ussd = ussd
        self._wait = wait
        self.latest = latest

    @property
    def text(self) -> str:
        """What the network said last."""
        return self.latest.text

    @property
    def status(self) -> UssdStatus:
        """Whether it wants a reply."""
        return self.latest.status

    async def reply(self, text: str) -> UssdReply:
        """Answer a menu, for example with "1".

        Raises:
            UsageError: the network wants no reply, or the text has a character that no key has.
            CommandError, LinkError: as `Ussd.request`.
        """
        if self.status is not UssdStatus.REPLY_WANTED:
            raise UsageError("the network has closed this USSD session; begin a new one")
        self.latest = await self._ussd.exchange(text, self._wait)
        return self.latest


class Ussd:
    """Asks the network. `modem.ussd` is one of these. One session at a time: the others wait.

    ::

        reply = await modem.ussd.request("*100#")
        async with modem.ussd.session("*100#") as session:
            await session.reply("1")
    """

    def __init__(self, link: Link, profile: ModemProfile) -> None:
        self._link = link
        self._profile = profile
        self._turn = asyncio.Lock()
        self._notices: asyncio.Queue[UssdNotice] = asyncio.Queue(MAX_WAITING)
        self._character_set: CharacterSet | None = None
        self._form: UssdForm | None = None  # the one that brought a text
        self._is_open = False

    async def request(self, code: str, *, wait: float = REPLY_TIMEOUT) -> UssdReply:
        """Send a code; the answer. A menu is closed again.

        Args:
            code: for example ``*100#``.
            wait: seconds for the answer. If none comes its status is TIMEOUT and its text empty.

        Raises:
            UsageError: the code is too long, or has a character that no key has.
            UssdUnsupportedError: the modem says that there is no USSD.
            CommandError: it refused for another reason; see its `error_class`.
            LinkError: the line.
        """
        async with self.session(code, wait=wait) as session:
            return session.latest

    @asynccontextmanager
    async def session(self, code: str, *, wait: float = REPLY_TIMEOUT) -> AsyncIterator[UssdSession]:
        """Send a code and go on; closed at the end. Arguments and errors are those of `request`."""
        async with self._turn:
            try:
                yield UssdSession(self, await self.exchange(code, wait), wait)
            finally:
                await self._close()

    async def exchange(self, text: str, wait: float) -> UssdReply:
        """Send one string, wait for the next. For `UssdSession`."""
        encode_request(text, UssdForm.PLAIN)
        await self._learn_character_set()
        while not self._notices.empty():
            self._notices.get_nowait()  # of nobody's, or of a request that was given up
        form = await self._send(text)
        reply = await self._next_reply(wait, form)
        if reply.text:  # the network understood
            self._form = form
        if reply.status is not UssdStatus.TIMEOUT:
            self._is_open = reply.status is UssdStatus.REPLY_WANTED
        return reply

    def note(self, urc: Urc) -> None:
        """Take note of +CUSD."""
        if isinstance(urc.parameters, UssdNotice) and not self._notices.full():
            self._notices.put_nowait(urc.parameters)

    # --- The request ---

    async def _learn_character_set(self) -> None:
        """Which one the modem was left in decides how it wants a request, and how it shows a reply."""
        if self._character_set is not None:
            return
        response = await attempt(self._link, commands.query_character_set())
        names = () if response is None else response.values("+CSCS")
        self._character_set = CharacterSet.named(names[0]) if names else CharacterSet.OTHER
        if self._character_set is CharacterSet.HEX:  # of 7 bit characters, each an octet: left by gammu
            await attempt(self._link, commands.select_character_set("GSM"))
            self._character_set = CharacterSet.GSM

    async def _send(self, text: str) -> UssdForm:
        """In the form that worked last, else in each that its family may want; the one that was taken."""
        refusals: list[CommandError] = []
        for form in (self._form,) if self._form else self._profile.ussd_forms:
            command = commands.start_ussd(encode_request(text, self._as_set(form)))
            self._is_open = True
            try:
                await self._link.execute(command)
            except ModemTimeoutError as err:
                if err.command != command.name:  # it was not even written
                    raise
                _LOGGER.debug("the modem keeps its OK until the network has answered")
            except CommandError as err:
                self._is_open = False
                refusals.append(err)
                if err.error_class in _FINAL_CLASSES:
                    break
                continue
            return form
        raise _plainest(refusals)

    def _as_set(self, form: UssdForm) -> UssdForm:
        is_ucs2 = self._character_set is CharacterSet.UCS2
        return UssdForm.UCS2 if form is UssdForm.PLAIN and is_ucs2 else form

    # --- The reply ---

    async def _next_reply(self, wait: float, form: UssdForm) -> UssdReply:
        """The network's text; what a modem says on its own before it is passed over."""
        deadline = asyncio.get_running_loop().time() + wait
        released: UssdReply | None = None
        while True:
            notice = await self._next_notice(deadline)
            if notice is None:
                return released or UssdReply(text="", status=UssdStatus.TIMEOUT)
            reply = self._decoded(notice, form)
            if reply is None:
                continue
            if reply.status is not UssdStatus.TERMINATED or reply.text.lower() not in _RELEASE_WORDS:
                return reply
            released = UssdReply(text="", status=UssdStatus.TERMINATED)
            deadline = min(deadline, asyncio.get_running_loop().time() + RELEASE_WAIT)

    def _decoded(self, notice: UssdNotice, form: UssdForm) -> UssdReply | None:
        status = _STATUSES.get(-1 if notice.status is None else notice.status)
        if status is None:
            return None
        text = decode_reply(
            notice.text,
            notice.data_coding_scheme,
            form=form,
            character_set=self._character_set or CharacterSet.OTHER,
        )
        return UssdReply(text=text, status=status)

    async def _next_notice(self, deadline: float) -> UssdNotice | None:
        """The next +CUSD; None: the time is over."""
        waiting = asyncio.ensure_future(self._notices.get())
        try:
            limit = max(0.0, deadline - asyncio.get_running_loop().time())
            either: set[asyncio.Future[Any]] = {waiting, self._link.lost}
            await asyncio.wait(either, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                return waiting.result()
        finally:
            waiting.cancel()
        if self._link.lost.done():
            raise LinkLostError(f"the line to the modem is gone: {self._link.lost.result()}")
        return None

    async def _close(self) -> None:
        """Leave no session open: the next request, also of another program, would be taken for its reply."""
        if self._is_open and self._profile.cancels_ussd:
            with contextlib.suppress(ModemError):
                await self._link.execute(commands.cancel_ussd())
        self._is_open = False


def _plainest(refusals: list[CommandError]) -> CommandError:
    """Of the refusals of one request in several forms, the one that says most."""
    coded = [err for err in refusals if isinstance(err, CmeError)]
    for err in coded:
        if err.code == CME_NOT_SUPPORTED:
            return UssdUnsupportedError(err.command, err.final, err.code, err.error_class)
    return coded[-1] if coded else refusals[-1]
