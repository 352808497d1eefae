"""What is sent to MyLINK: the fields of an SMS and of a WhatsApp message; others are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alert_engine.model import Channel, Priority
from alert_engine.routes.providers import whatsapp_cloud
from gsm_driver import AlphabetChoice, count_segments, transliterated

if TYPE_CHECKING:
    from alert_engine.routes.base import OutboundMessage
    from alert_engine.routes.providers.provider import Moment

    from .mylink import MyLink

MAX_TEXT = 38_862  # characters of content.text
MAX_EXPIRATION = 172_800_000  # milliseconds of expiration.relative: 48 hours
# Milliseconds of callback.ttl: as long as LINK keeps trying to call us at most.
REPORT_LIFE = 28_800_000

_ALPHABETS = {"GSM": AlphabetChoice.GSM7, "UCS2": AlphabetChoice.UCS2}


def plan_segments(account: MyLink, message: OutboundMessage) -> int:
    """Of an SMS, 1 of WhatsApp. Raises ValueError for what is too long, empty or no text."""
    if message.channel is Channel.WHATSAPP:
        whatsapp_cloud.check(message)
        return 1
    if message.data is not None:
        raise ValueError("MyLINK carries no data")
    text = _text(account, message)
    if not 1 <= len(text) <= MAX_TEXT:
        raise ValueError(f"MyLINK takes texts of 1 to {MAX_TEXT} characters")
    alphabet = _ALPHABETS.get(_encoding(account, message), AlphabetChoice.AUTO)
    return count_segments(text, alphabet=alphabet).segments


def sms(account: MyLink, message: OutboundMessage, moment: Moment) -> dict[str, Any]:
    """``SmsMessageRequest``."""
    options = {"sms.sender": account.sender, "sms.encoding": _encoding(account, message)}
    if account.obfuscate:
        options["sms.obfuscate"] = account.obfuscate
    content = {"text": _text(account, message), "options": options}
    return {"recipient": message.address, "content": content} | _common(account, message, moment)


def whatsapp(account: MyLink, message: OutboundMessage, moment: Moment) -> dict[str, Any]:
    """``MessageRequest`` of WhatsApp: free text or media within the 24 hours, else the template."""
    if whatsapp_cloud.is_open(message, moment.now):
        media = whatsapp_cloud.content(message)
    else:
        name, language = account.whatsapp_template, account.whatsapp_template_language
        media = whatsapp_cloud.template(message, name, language)
    content = {"media": media, "options": {"sender": account.whatsapp_sender}}
    return {"recipient": message.address, "content": content} | _common(account, message, moment)


def _common(account: MyLink, message: OutboundMessage, moment: Moment) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "referenceId": message.uid,
        "priority": "Normal" if message.priority is Priority.NORMAL else "High",
    }
    if message.validity is not None:
        wait = int(message.validity.total_seconds() * 1000)
        fields["expiration"] = {"relative": min(max(wait, 1), MAX_EXPIRATION)}
    if not message.report_requested:
        fields["callback"] = {"mode": "None"}
    elif account.gate_id:
        fields["callback"] = {"mode": "Gate", "gateId": account.gate_id, "ttl": REPORT_LIFE}
    elif moment.callback_url:
        fields["callback"] = {"mode": "URL", "urls": [moment.callback_url], "ttl": REPORT_LIFE}
    return fields


def _encoding(account: MyLink, message: OutboundMessage) -> str:
    return "GSM" if message.plain else account.encoding


def _text(account: MyLink, message: OutboundMessage) -> str:
    """What LINK makes of characters that a forced alphabet lacks is not documented, so it gets none."""
    if message.plain:
        return transliterated(message.text, plain=True)
    return transliterated(message.text) if account.encoding == "GSM" else message.text
