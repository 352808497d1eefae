"""What Spryng is given to send."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alert_engine.model import Channel
from alert_engine.routes.providers.addresses import digits
from gsm_driver import AlphabetChoice, count_segments, transliterated

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.routes.base import OutboundMessage
    from alert_engine.routes.providers.provider import Moment

    from .account import Spryng

CHARACTER_SETS = ("Auto", "GSM", "Unicode")
MESSAGE_TYPES = (
    "NotificationsAndReminders",
    "MarketingAndResearch",
    "AuthenticationAndSecurity",
    "PaymentsAndCollections",
    "InternalOperations",
    "CustomerSupport",
    "Conversational",
)
# Spryng wants more than one minute and less than 72 hours: a minute each way is for clocks that differ.
MIN_VALIDITY = timedelta(minutes=2)
MAX_VALIDITY = timedelta(hours=71, minutes=59)
_PARENTHESES = str.maketrans("[]", "()")


def plan_segments(account: Spryng, message: OutboundMessage) -> int:
    """As a network counts them. Raises ValueError for what is no SMS with text."""
    if message.channel is not Channel.SMS or message.data is not None:
        raise ValueError("Spryng carries SMS with text")
    is_unicode = _character_set(account, message) == "Unicode"
    alphabet = AlphabetChoice.UCS2 if is_unicode else AlphabetChoice.AUTO
    return count_segments(_text(account, message), alphabet=alphabet).segments


def fields_of(account: Spryng, message: OutboundMessage, moment: Moment) -> dict[str, Any]:
    """The body of ``POST /messages``."""
    fields: dict[str, Any] = {
        "accountReference": account.account_reference,
        "channel": "SMS",
        "characterSet": _character_set(account, message),
        "messageType": account.message_type,
        "body": {"text": _text(account, message)},
        "recipients": [{"msisdn": message.address, "variables": {}, "metaData": {}}],
    }
    if account.sender:
        fields["from"] = digits(account.sender)
    if message.validity is not None:
        fields["validity"] = _written(moment.now + min(max(message.validity, MIN_VALIDITY), MAX_VALIDITY))
    return fields


def _character_set(account: Spryng, message: OutboundMessage) -> str:
    return "GSM" if message.plain else account.character_set


def _text(account: Spryng, message: OutboundMessage) -> str:
    """What Spryng does with characters that its set GSM lacks is not documented: it gets look-alikes."""
    text = message.text
    if _character_set(account, message) == "GSM":
        text = transliterated(text, plain=message.plain)
    return text if account.keep_brackets else text.translate(_PARENTHESES)


def _written(moment: datetime) -> str:
    """As the documentation shows it: 2025-07-19T09:07:12.190Z."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
