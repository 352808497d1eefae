"""WhatsApp messages in the words of Meta's Cloud API, for providers that hand them on as they are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alert_engine.routes.base import MediaKind

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.routes.base import Media, OutboundMessage

WINDOW = timedelta(hours=24)  # after somebody wrote: free text is delivered only within it
MAX_TEXT = 4096  # characters
MAX_CAPTION = 1024  # characters
# Characters of a template with its variable. Its own words count too, and we do not know them.
MAX_TEMPLATE = 1024


def check(message: OutboundMessage) -> None:
    """Raises ValueError for what WhatsApp cannot carry."""
    if message.data is not None:
        raise ValueError("WhatsApp carries no data")
    if not with_link(message).strip():
        raise ValueError("WhatsApp takes no empty message")
    if len(with_link(message)) > MAX_TEXT:
        raise ValueError(f"WhatsApp takes texts of {MAX_TEXT} characters at most")


def is_open(message: OutboundMessage, now: datetime) -> bool:
    """The recipient wrote not long ago: free text is delivered."""
    return message.heard_at is not None and now - message.heard_at < WINDOW


def content(message: OutboundMessage) -> dict[str, Any]:
    """Free text, or something to look at with the text as its caption.

    The alarm is in the text: where there can be no caption so long, the link goes with the text instead.
    """
    media = message.media
    if media is None or (message.text and not _takes_caption(media, message.text)):
        return {"type": "text", "text": {"body": with_link(message)}}
    shown = {"link": media.url}
    if message.text:
        shown["caption"] = message.text
    if media.kind is MediaKind.DOCUMENT and media.file_name:
        shown["filename"] = media.file_name
    return {"type": media.kind.value, media.kind.value: shown}


def template(message: OutboundMessage, name: str, language: str) -> dict[str, Any]:
    """A template with one variable in its body. Raises ValueError for a text that is too long for it."""
    text = variable(message)
    return {
        "type": "template",
        "template": {
            "name": name,
            "language": {"policy": "deterministic", "code": language},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": text}]}],
        },
    }


def variable(message: OutboundMessage) -> str:
    """The text as the one variable of a template, which takes no line breaks and no rows of blanks.

    Raises:
        ValueError: no template takes as much.
    """
    text = " ".join(with_link(message).split())
    if len(text) > MAX_TEMPLATE:
        raise ValueError(f"a WhatsApp template takes texts of {MAX_TEMPLATE} characters at most")
    return text


def _takes_caption(media: Media, text: str) -> bool:
    return media.kind is not MediaKind.AUDIO and len(text) <= MAX_CAPTION


def with_link(message: OutboundMessage) -> str:
    """The text, and where its media are."""
    return message.text if message.media is None else f"{message.text}\n{message.media.url}".lstrip("\n")
