"""What is sent to websms: path and fields of each kind of message."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from alert_engine.model import Channel, Priority
from alert_engine.routes.providers import whatsapp_cloud
from alert_engine.routes.providers.addresses import SenderKind, digits, sender_kind
from gsm_driver import count_segments, transliterated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.routes.base import OutboundMessage
    from alert_engine.routes.providers.provider import Moment

    from .account import Websms

TEXT = "/smsmessaging/text"
BINARY = "/smsmessaging/binary"
SIMPLE = "/smsmessaging/simple"
MAX_DATA = 140  # octets of one SMS (TS 23.040 clause 9.2.3.24)
MIN_VALIDITY, MAX_VALIDITY = 60, 259_200  # seconds of the field validityPeriode
# Of the field messageContent in the Simple HTTP interface, whatever the rest of the API takes.
SIMPLE_ENCODING = "iso-8859-1"

_TYPES = {
    SenderKind.INTERNATIONAL: "international",
    SenderKind.ALPHANUMERIC: "alphanumeric",
    SenderKind.SHORT_CODE: "shortcode",
}
_HIGH = frozenset({Priority.CRITICAL, Priority.REPLY, Priority.HIGH})


def plan_segments(message: OutboundMessage) -> int:
    """Of an SMS; calls and WhatsApp are one. Raises ValueError for what does not fit."""
    if message.channel is Channel.WHATSAPP:
        whatsapp_cloud.check(message)
        return 1
    if message.data is not None and (message.channel is Channel.CALL or len(message.data) > MAX_DATA):
        raise ValueError(f"websms carries data by SMS, at most {MAX_DATA} octets")
    if message.data is not None or message.channel is Channel.CALL:
        return 1
    return count_segments(_text(message)).segments


def sms_or_call(account: Websms, message: OutboundMessage, moment: Moment) -> dict[str, Any]:
    """The fields of a text that is written or spoken; they have the same names in both interfaces."""
    fields = _common(account, message)
    fields["messageContent"] = _text(message)
    fields["messageType"] = "voice" if message.channel is Channel.CALL else "default"
    if account.max_sms and message.channel is Channel.SMS:
        fields["maxSmsPerMessage"] = account.max_sms
    return fields | _of_sms(account, message, moment)


def binary(account: Websms, message: OutboundMessage, moment: Moment, data: bytes) -> dict[str, Any]:
    """The fields of data in one segment without a header."""
    fields = _common(account, message)
    fields["messageContent"] = [base64.b64encode(data).decode("ascii")]
    fields["userDataHeaderPresent"] = False
    return fields | _of_sms(account, message, moment)


def whatsapp(account: Websms, message: OutboundMessage) -> tuple[str, dict[str, Any]]:
    """Path and fields of a WhatsApp message; the channel knows where to call back."""
    fields = _common(account, message) | {"messageContent": whatsapp_cloud.content(message)}
    return f"/channels/{account.whatsapp_channel}/send/whatsapp", fields


def simple_query(fields: Mapping[str, Any]) -> str | None:
    """The fields as the Simple HTTP interface takes them; None: it lacks characters of the text."""
    try:
        return urlencode({name: _simple(value) for name, value in fields.items()}, encoding=SIMPLE_ENCODING)
    except UnicodeEncodeError:
        return None


def look() -> dict[str, Any]:
    """A message to nobody that is not to be sent."""
    return {"recipientAddressList": [], "messageContent": "check", "test": True}


def _common(account: Websms, message: OutboundMessage) -> dict[str, Any]:
    """What all kinds have."""
    fields: dict[str, Any] = {
        "recipientAddressList": [digits(message.address)],
        "clientMessageId": message.uid,
    }
    if account.content_category:
        fields["contentCategory"] = account.content_category
    if account.priority and message.priority in _HIGH:
        fields["priority"] = account.priority
    if message.validity is not None:
        seconds = int(message.validity.total_seconds())
        fields["validityPeriode"] = min(max(seconds, MIN_VALIDITY), MAX_VALIDITY)
    if account.test:
        fields["test"] = True
    return fields


def _of_sms(account: Websms, message: OutboundMessage, moment: Moment) -> dict[str, Any]:
    """What WhatsApp does not have."""
    fields: dict[str, Any] = {}
    if account.sender:
        fields["senderAddress"] = digits(account.sender)
        fields["senderAddressType"] = _TYPES[sender_kind(account.sender)]
    if message.flash and message.channel is Channel.SMS:
        fields["sendAsFlashSms"] = True
    if moment.callback_url:
        fields["notificationCallbackUrl"] = moment.callback_url
    return fields


def _text(message: OutboundMessage) -> str:
    if message.plain and message.channel is Channel.SMS:
        return transliterated(message.text, plain=True)
    return message.text


def _simple(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
