"""WhatsApp at Infobip: free text and media for a day after somebody wrote, a template at any other time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alert_engine.routes.base import ErrorClass, MediaKind, Rejected
from alert_engine.routes.providers.addresses import digits
from alert_engine.routes.providers.reading import rejected
from alert_engine.routes.providers.whatsapp_cloud import is_open, variable, with_link

if TYPE_CHECKING:
    from alert_engine.routes.base import Media, OutboundMessage
    from alert_engine.routes.providers.provider import Moment

    from .account import Infobip

MAX_CAPTION = 3000  # characters

_PATH = "/whatsapp/1/message"
_PREFIX = "whatsapp-"


def request(
    account: Infobip, message: OutboundMessage, moment: Moment
) -> tuple[str, dict[str, Any]] | Rejected:
    """Path and body; or why it cannot be sent now.

    Raises:
        ValueError: the text is too long for a template.
    """
    addressed = {
        "from": digits(account.whatsapp_sender),
        "to": digits(message.address),
        "messageId": message_id(message),
    }
    if is_open(message, moment.now):
        path, content = _free(message)
    elif account.whatsapp_template:
        path, content = "template", _template(account, message)
    else:
        return rejected(
            ErrorClass.MESSAGE,
            "WhatsApp takes free text only within 24 hours after somebody wrote, and no template is set",
        )
    one = addressed | {"content": content}
    if moment.callback_url and message.report_requested:
        one["notifyUrl"] = moment.callback_url
    return f"{_PATH}/{path}", {"messages": [one]} if path == "template" else one


def message_id(message: OutboundMessage) -> str:
    """Apart from those of SMS, so that whoever asks after it knows where."""
    return f"{_PREFIX}{message.uid}"


def is_one(reference: str) -> bool:
    """A reference is that of a WhatsApp message."""
    return reference.startswith(_PREFIX)


def uid_of(reference: str) -> str:
    """Which message it is."""
    return reference.removeprefix(_PREFIX)


def _free(message: OutboundMessage) -> tuple[str, dict[str, Any]]:
    """The alarm is in the text: where media cannot have it as a caption, the link goes with the text."""
    media = message.media
    if media is None or (message.text and not _takes_caption(media, message.text)):
        return "text", {"text": with_link(message), "previewUrl": False}
    return media.kind.value, _shown(media, message.text)


def _takes_caption(media: Media, text: str) -> bool:
    return media.kind is not MediaKind.AUDIO and len(text) <= MAX_CAPTION


def _shown(media: Media, caption: str) -> dict[str, Any]:
    content: dict[str, Any] = {"mediaUrl": media.url}
    if caption:
        content["caption"] = caption
    if media.kind is MediaKind.DOCUMENT and media.file_name:
        content["filename"] = media.file_name
    return content


def _template(account: Infobip, message: OutboundMessage) -> dict[str, Any]:
    """The template has one placeholder in its body."""
    return {
        "templateName": account.whatsapp_template,
        "templateData": {"body": {"placeholders": [variable(message)]}},
        "language": account.whatsapp_template_language,
    }
