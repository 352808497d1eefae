"""SMS and WhatsApp messages as forms for ``Messages.json``."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from alert_engine.model import Channel
from alert_engine.routes.base import MediaKind
from gsm_driver import count_segments, transliterated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.routes.base import Media, OutboundMessage
    from alert_engine.routes.providers.provider import Moment

MAX_BODY = 1600  # characters of the parameter Body, also of WhatsApp
MAX_VALIDITY = 36_000  # seconds of the parameter ValidityPeriod
# WhatsApp takes free text for so long after the last word of the recipient.
WINDOW = timedelta(hours=24)


class UnfitError(ValueError):
    """The text is longer than the API takes, or empty."""


class Senders(Protocol):
    """What an account sends messages with."""

    @property
    def sender(self) -> str:
        """Of SMS."""

    @property
    def messaging_service(self) -> str:
        """In its place."""

    @property
    def smart_encoding(self) -> bool:
        """Look-alikes for characters that make an SMS longer."""

    @property
    def whatsapp_sender(self) -> str:
        """E.164."""

    @property
    def whatsapp_template(self) -> str:
        """SID of the content."""

    @property
    def whatsapp_variable(self) -> str:
        """That takes the text."""


def segments_of(message: OutboundMessage) -> int:
    """How many it will be charged as. Raises UnfitError, and ValueError for data."""
    if message.data is not None:
        raise ValueError("Twilio carries no data")
    text = _text(message)
    if not text.strip():
        raise UnfitError("Twilio takes no empty message")
    if message.channel is Channel.CALL:
        return 1
    if len(text) > MAX_BODY:
        raise UnfitError(f"Twilio takes texts of {MAX_BODY} characters at most")
    return count_segments(text).segments if message.channel is Channel.SMS else 1


def message_form(senders: Senders, message: OutboundMessage, moment: Moment) -> Mapping[str, str] | None:
    """The form of an SMS or a WhatsApp message; None: WhatsApp would need a template, and there is none."""
    if message.channel is Channel.SMS:
        return _with_options(_sms(senders, message), message, moment)
    content = _whatsapp(senders, message, moment)
    if content is None:
        return None
    ends = {"To": f"whatsapp:{message.address}", "From": f"whatsapp:{senders.whatsapp_sender}"}
    return _with_options(ends | content, message, moment)


def callback_of(moment: Moment) -> str:
    """Where Twilio can call back; it takes no host with an underscore in its name."""
    return "" if "_" in urlsplit(moment.callback_url).netloc else moment.callback_url


def _sms(senders: Senders, message: OutboundMessage) -> dict[str, str]:
    form = {"To": message.address}
    if senders.messaging_service:
        form["MessagingServiceSid"] = senders.messaging_service
    else:
        form["From"] = senders.sender
    form["Body"] = _text(message)
    if senders.smart_encoding:
        form["SmartEncoded"] = "true"
    return form


def _whatsapp(senders: Senders, message: OutboundMessage, moment: Moment) -> dict[str, str] | None:
    if message.heard_at is not None and moment.now - message.heard_at < WINDOW:
        if message.media is None or not _stands_beside_a_text(message.media, message.text):
            return {"Body": _text(message)}
        return ({"Body": message.text} if message.text else {}) | {"MediaUrl": message.media.url}
    if not senders.whatsapp_template:
        return None
    # WhatsApp refuses line breaks, tabs and runs of blanks in a variable.
    variables = {senders.whatsapp_variable: " ".join(_text(message).split())}
    return {"ContentSid": senders.whatsapp_template, "ContentVariables": json.dumps(variables)}


def _with_options(form: dict[str, str], message: OutboundMessage, moment: Moment) -> dict[str, str]:
    callback = callback_of(moment)
    if callback and message.report_requested:
        form["StatusCallback"] = callback
    if message.validity is not None:
        seconds = int(message.validity.total_seconds())
        form["ValidityPeriod"] = str(min(max(seconds, 1), MAX_VALIDITY))
    return form


def _stands_beside_a_text(media: Media, text: str) -> bool:
    """Only pictures take words with them: a recording or a document would arrive without the alarm."""
    return not text or media.kind is MediaKind.IMAGE


def _text(message: OutboundMessage) -> str:
    """What is said, on WhatsApp with the link to what is shown."""
    if message.channel is Channel.SMS and message.plain:
        return transliterated(message.text, plain=True)
    if message.channel is Channel.WHATSAPP and message.media is not None:
        return f"{message.text}\n{message.media.url}".lstrip("\n")
    return message.text
