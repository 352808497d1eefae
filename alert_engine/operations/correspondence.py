"""What people answer to inbound messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.replies import ReplyReason, unanswerable
from alert_engine.errors import InvalidRequestError, RequestReason
from alert_engine.model import Address, SendRequest

from .messages import OPTED_OUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.journal.transaction import Transaction
    from alert_engine.model import ReplyRequest
    from alert_engine.settings import EngineSettings

_WORDS: Mapping[ReplyReason, tuple[str, RequestReason]] = {
    ReplyReason.NO_NUMBER: (
        (
            "this sender cannot be answered: it is a name, a short number or a withheld one, and nobody "
            "reads what is sent there"
        ),
        RequestReason.REPLY_TO_NO_NUMBER,
    ),
    ReplyReason.GATEWAY: (
        "this sender is a gateway: two machines that answer each other never stop",
        RequestReason.REPLY_TO_GATEWAY,
    ),
}


def addressed(tx: Transaction, *, settings: EngineSettings, request: ReplyRequest) -> SendRequest:
    """The same as a send to whoever wrote, by the channel by which they did.

    Raises:
        InvalidRequestError: there is no such message, or nobody would read the answer.
    """
    inbound = tx.history.inbound(request.inbound_id)
    if inbound is None:
        text = "inbound_id: there is no such message; it may be too old to be kept"
        raise InvalidRequestError(text, RequestReason.REPLY_TO_NOTHING)
    gateways = settings.own_numbers.union(settings.commands.other_gateways)
    if (against := unanswerable(inbound.sender, gateways)) is not None:
        words, reason = _WORDS[against]
        raise InvalidRequestError(f"inbound_id: {words}", reason)
    if tx.consent.is_stopped(Address(channel=inbound.channel, value=inbound.sender)):
        raise InvalidRequestError(f"inbound_id: {OPTED_OUT}", RequestReason.REPLY_TO_OPTED_OUT)
    return SendRequest(
        to=(inbound.sender,),
        channel=inbound.channel,
        text=request.text,
        title=request.title,
        severity=request.severity,
        expires_at=request.expires_at,
        plain=request.plain,
        request_id=request.request_id,
        answers=inbound.id,
    )
