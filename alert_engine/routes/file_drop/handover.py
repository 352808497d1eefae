"""A file drop as a `Handover`: what became of one file, and what to think when the answer was lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aioftp

from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, ErrorClass, Rejected, Unknown
from alert_engine.routes.handover import NO_AUTHORITIES, held
from alert_engine.routes.not_carried import NotCarriedError
from alert_engine.routes.server_access import Trust, why_not_there

from .conversation import ERRORS, Conversation, Found, NotInClearError
from .files import file_of
from .verdict import refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alert_engine.routes.base import OutboundMessage, Outcome

    from .account import FileDropAccount
    from .files import DropFile

TOTAL_TIMEOUT = 30.0  # seconds for everything: files are small
SEARCH_TIMEOUT = 20.0  # seconds to find out, over another connection, what became of a file
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # a date makes no file longer

_IN_CLEAR = Rejected(
    error_class=ErrorClass.ACCOUNT,
    reason="somebody answers before the encryption begins: use security implicit, or ask the provider",
)
_LEFT_OPEN = "the file server did not say whether it renamed the file, and the file is not there any more"
_NOBODY_TO_ASK = "the connection to the file server broke before it said whether it renamed the file"
_NOT_RENAMED = "the connection to the file server broke before it renamed the file"


class FileDropHandover:
    """An account at a file server; each file is a conversation of its own.

    Args:
        account: the settings.
        trust: whose certificates are believed.
    """

    def __init__(self, account: FileDropAccount, trust: Trust) -> None:
        self._account = account
        self._trust = trust

    @property
    def channels(self) -> frozenset[Channel]:
        """What the provider makes of files."""
        return frozenset({Channel(self._account.channel)})

    @property
    def per_second(self) -> float:
        """Files."""
        return float(self._account.per_second)

    def plan_segments(self, message: OutboundMessage) -> int:
        """As a network counts them; 1 for calls. Raises ValueError if it cannot be carried."""
        return file_of(self._account, message, _ANY_TIME).segments

    async def hand_over(self, message: OutboundMessage, now: datetime) -> Outcome:
        """Put the file there once, under a name that the provider leaves alone, and rename it."""
        try:
            file = file_of(self._account, message, now)
        except NotCarriedError as error:
            return error.refused
        taken = Accepted(reference=file.path, segments=file.segments)
        ended = await self._in_conversation(lambda conversation: conversation.put(file), TOTAL_TIMEOUT)
        if ended is None:
            return taken
        return await self._found_out(file, taken, ended) if ended.may_be_whole else ended.refused

    async def look(self) -> Rejected | None:
        """Log in, and see that the folder is there."""
        ended = await self._in_conversation(Conversation.look, TOTAL_TIMEOUT)
        return None if ended is None else ended.refused

    async def _found_out(self, file: DropFile, taken: Accepted, ended: _Ended) -> Outcome:
        """Look, over another connection, for what the last one left."""
        found: Outcome = ended.refused if ended.was_told else Unknown(reason=_NOBODY_TO_ASK)

        async def search(conversation: Conversation) -> None:
            nonlocal found
            found = await _search(conversation, file, taken, ended)

        await self._in_conversation(search, SEARCH_TIMEOUT)
        return found

    async def _in_conversation(
        self, do: Callable[[Conversation], Awaitable[None]], limit: float
    ) -> _Ended | None:
        """Open, do, close; how it ended, if that was too early."""
        try:
            context = await self._trust.context()
        except OSError:  # an ssl.SSLError is one too
            return _Ended(refused=NO_AUTHORITIES)
        conversation = Conversation(self._account, context)
        try:
            async with held(conversation, limit):
                await do(conversation)
        except NotInClearError:
            return _Ended(refused=_IN_CLEAR)
        except ERRORS as error:
            return _ended(conversation, error)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """How a conversation ended that did not come to its end."""

    refused: Rejected
    was_told: bool = True  # by the server; else the line broke
    may_be_whole: bool = False  # the file may be there under its own name


def _ended(conversation: Conversation, error: Exception) -> _Ended:
    if isinstance(error, aioftp.StatusCodeError):
        code = error.received_codes[-1]
        told = code[:1] in {"4", "5"}
        return _Ended(
            refused=refusal(conversation.stage, code), was_told=told, may_be_whole=conversation.may_be_whole
        )
    lost = Rejected(error_class=ErrorClass.DEVICE, reason=why_not_there(error))
    return _Ended(refused=lost, was_told=False, may_be_whole=conversation.may_be_whole)


async def _search(conversation: Conversation, file: DropFile, taken: Accepted, ended: _Ended) -> Outcome:
    """Nobody else makes a file of this name: when it is there, this attempt or an earlier one made it."""
    if await conversation.find(file.path) is Found.YES:
        return taken
    if ended.was_told:
        return ended.refused
    # Once the temporary file is gone by our doing, no late rename can bring the other one.
    if await conversation.find(file.temporary_path) is Found.YES and await conversation.remove(
        file.temporary_path
    ):
        return Rejected(error_class=ErrorClass.DEVICE, reason=_NOT_RENAMED)
    return Unknown(reason=_LEFT_OPEN)
