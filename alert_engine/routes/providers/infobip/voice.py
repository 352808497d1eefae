"""Calls of Infobip that speak a text and collect one key."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alert_engine.routes.providers.addresses import digits

from .sms import validity

if TYPE_CHECKING:
    from alert_engine.routes.base import OutboundMessage
    from alert_engine.routes.providers.provider import Moment

    from .account import Infobip

PATH = "/tts/3/advanced"
MAX_TEXT = 1400  # characters
RING_FOR = 25  # seconds: as calls by a modem, and before most voice mailboxes answer
KEY_WITHIN = 10  # seconds after the text to press a key

_PREFIX = "call-"
_REPEAT_KEY = "0"
# Which key does what, in the languages that the gateway writes in.
_PROMPTS = {
    "en": "Press 1 to acknowledge, 3 for an hour of silence, 0 to hear this again.",
    "de": "Drücken Sie 1 zum Quittieren, 3 für eine Stunde Ruhe, 0 zum Wiederholen.",
    "it": "Premere 1 per confermare, 3 per un'ora di silenzio, 0 per riascoltare.",
}
_MINUTE = timedelta(minutes=1)


def body(account: Infobip, message: OutboundMessage, moment: Moment) -> dict[str, Any]:
    """The request. No `retry`: the outbox calls again."""
    one: dict[str, Any] = {
        "destinations": [{"messageId": message_id(message), "to": digits(message.address)}],
        "from": digits(account.voice_sender),
        "language": account.voice_language,
        "text": _spoken(account, message),
        "ringTimeout": RING_FOR,
    }
    if account.call_keys:
        one |= {"maxDtmf": 1, "dtmfTimeout": KEY_WITHIN, "repeatDtmf": _REPEAT_KEY}
    if account.voice_name:
        one["voice"] = {"name": account.voice_name}
    if account.detect_machines:
        one["machineDetection"] = "hangup"
    if (kept := validity(message)) is not None:
        one["validityPeriod"] = max(kept // _MINUTE, 1)
    if moment.callback_url:  # the keys come with the report, so it is always wanted
        one["notifyUrl"] = moment.callback_url
        one["notifyContentType"] = "application/json"
        one["notifyContentVersion"] = 2
    return {"messages": [one]}


def check(account: Infobip, message: OutboundMessage) -> None:
    """Raises ValueError for what cannot be spoken."""
    if message.data is not None or not message.text.strip():
        raise ValueError("a call speaks a text")
    if len(_spoken(account, message)) > MAX_TEXT:
        raise ValueError(f"a call speaks texts of at most {MAX_TEXT} characters")


def message_id(message: OutboundMessage) -> str:
    """Apart from those of SMS, so that whoever asks after it knows where."""
    return f"{_PREFIX}{message.uid}"


def is_call(reference: str) -> bool:
    """A reference is that of a call."""
    return reference.startswith(_PREFIX)


def uid_of(reference: str) -> str:
    """Which message a call is."""
    return reference.removeprefix(_PREFIX)


def _spoken(account: Infobip, message: OutboundMessage) -> str:
    if not account.call_keys:
        return message.text
    prompt = account.call_prompt or _PROMPTS.get(account.voice_language[:2].lower(), _PROMPTS["en"])
    return f"{message.text} {prompt}"
