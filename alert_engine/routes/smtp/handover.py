"""Mail as a `Handover`: what became of one conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiosmtplib

from alert_engine.routes.base import Accepted, ErrorClass, Rejected, Unknown
from alert_engine.routes.handover import NO_AUTHORITIES, held
from alert_engine.routes.not_carried import NotCarriedError
from alert_engine.routes.server_access import Trust, why_not_there

from .conversation import ERRORS, Conversation
from .letters import letter_of
from .verdict import Stage, refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alert_engine.model import Channel
    from alert_engine.routes.base import OutboundMessage, Outcome

    from .account import SmtpAccount

# Seconds for everything: half for what comes before the mail, half for the server to think about the mail.
TOTAL_TIMEOUT = 60.0
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # a date makes no mail longer

_NO_SMTP = "whoever answers there does not speak SMTP: look at host and port in the settings"
_LEFT_OPEN = "the connection to the mail server broke before it said whether it took the mail"
_MISSING = {
    Stage.SECURITY: "the mail server does not offer STARTTLS: set security to tls if it wants that",
    Stage.LOGIN: "the mail server offers no login that we know: look at security and port in the settings",
}


class SmtpHandover:
    """An account at a mail server; each mail is a conversation of its own.

    Args:
        account: the settings.
        trust: whose certificates are believed.
    """

    def __init__(self, account: SmtpAccount, trust: Trust) -> None:
        self._account = account
        self._trust = trust

    @property
    def channels(self) -> frozenset[Channel]:
        """Mails to people, or what a service makes of mails."""
        return self._account.channels

    @property
    def per_second(self) -> float:
        """Mails."""
        return float(self._account.per_second)

    def plan_segments(self, message: OutboundMessage) -> int:
        """As a network counts them; 1 for mails and calls. Raises ValueError if it cannot be carried."""
        return letter_of(self._account, message, _ANY_TIME).segments

    async def hand_over(self, message: OutboundMessage, now: datetime) -> Outcome:
        """Give the mail to the server once."""
        try:
            letter = letter_of(self._account, message, now)
        except NotCarriedError as error:
            return error.refused
        ended = await self._in_conversation(lambda conversation: conversation.deliver(letter))
        if ended is None:
            return Accepted(reference=letter.message_id, segments=letter.segments)
        return Unknown(reason=_LEFT_OPEN) if ended.may_be_taken else ended.refused

    async def look(self) -> Rejected | None:
        """EHLO, AUTH and NOOP."""
        ended = await self._in_conversation(Conversation.look)
        return None if ended is None else ended.refused

    async def _in_conversation(self, do: Callable[[Conversation], Awaitable[None]]) -> _Ended | None:
        """Open, do, close; how it ended, if that was too early."""
        try:
            context = await self._trust.context()
        except OSError:  # an ssl.SSLError is one too
            return _Ended(refused=NO_AUTHORITIES)
        conversation = Conversation(self._account, context)
        try:
            async with held(conversation, TOTAL_TIMEOUT):
                await do(conversation)
        except ERRORS as error:
            return _ended(conversation, error)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """How a conversation ended that did not come to its end."""

    refused: Rejected
    may_be_taken: bool = False  # it broke after the last dot, and nobody said no


def _ended(conversation: Conversation, error: Exception) -> _Ended:
    if isinstance(error, aiosmtplib.SMTPResponseException) and 400 <= error.code < 600:
        return _Ended(refused=refusal(conversation.stage, error.code, error.message))
    if isinstance(error, OSError):
        refused = Rejected(error_class=ErrorClass.DEVICE, reason=why_not_there(error))
    elif isinstance(error, aiosmtplib.SMTPResponseException):
        refused = Rejected(error_class=ErrorClass.ACCOUNT, reason=_NO_SMTP)
    else:  # so aiosmtplib says what a server does not offer
        refused = Rejected(error_class=ErrorClass.ACCOUNT, reason=_MISSING.get(conversation.stage, _NO_SMTP))
    return _Ended(refused=refused, may_be_taken=conversation.may_have_left)
