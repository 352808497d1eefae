"""send, reply, call, cancel_message: what leaves the house without an alarm."""

from typing import TYPE_CHECKING, Final

import probatio as vol
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from alert_engine.model import Channel, Proof, ReplyRequest, SendRequest, Severity, Verdict
from alert_engine.routes.base import Media, MediaKind
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.recipients import resolve_recipients

from .action import Action
from .fields import (
    ATTR_CHANNEL,
    ATTR_EXPIRES_IN,
    ATTR_MESSAGE,
    ATTR_MESSAGE_ID,
    ATTR_NOT_BEFORE,
    ATTR_PLAIN,
    ATTR_REQUEST_ID,
    ATTR_SEVERITY,
    ATTR_TITLE,
    ATTR_TO,
    DURATION,
    MOMENT,
    OPTIONAL_TEXT,
    RECIPIENTS,
    SEVERITY,
    as_utc,
    later,
)

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import ServiceResponse

    from alert_engine.model import SendResult

    from .action import Errand

ATTR_FLASH: Final = "flash"
ATTR_MEDIA_KIND: Final = "media_kind"
ATTR_MEDIA_NAME: Final = "media_name"
ATTR_MEDIA_URL: Final = "media_url"
ATTR_PROOF: Final = "proof"

# Said once, for all that is written.
_WORDS = {
    vol.Required(ATTR_MESSAGE): cv.string,
    vol.Optional(ATTR_TITLE, default=""): cv.string,
    vol.Optional(ATTR_SEVERITY, default=Severity.NORMAL): SEVERITY,
    vol.Optional(ATTR_EXPIRES_IN, default=None): DURATION,
    vol.Optional(ATTR_PLAIN, default=False): cv.boolean,
    vol.Optional(ATTR_REQUEST_ID, default=None): OPTIONAL_TEXT,
}
SEND_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_TO): RECIPIENTS,
        **_WORDS,
        vol.Optional(ATTR_CHANNEL, default=None): vol.Maybe(vol.Coerce(Channel)),
        vol.Optional(ATTR_PROOF, default=Proof.ACCEPTED): vol.Coerce(Proof),
        vol.Optional(ATTR_NOT_BEFORE, default=None): MOMENT,
        vol.Optional(ATTR_FLASH, default=False): cv.boolean,
        vol.Optional(ATTR_MEDIA_URL, default=None): OPTIONAL_TEXT,
        vol.Optional(ATTR_MEDIA_KIND, default=MediaKind.IMAGE): vol.Coerce(MediaKind),
        vol.Optional(ATTR_MEDIA_NAME, default=""): cv.string,
    }
)
REPLY_SCHEMA = vol.Schema({vol.Required(ATTR_MESSAGE_ID): cv.string, **_WORDS})
CALL_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_TO): RECIPIENTS,
        vol.Optional(ATTR_MESSAGE, default=""): cv.string,
        vol.Optional(ATTR_SEVERITY, default=Severity.NORMAL): SEVERITY,
        vol.Optional(ATTR_NOT_BEFORE, default=None): MOMENT,
        vol.Optional(ATTR_EXPIRES_IN, default=None): DURATION,
        vol.Optional(ATTR_REQUEST_ID, default=None): OPTIONAL_TEXT,
    }
)
CANCEL_SCHEMA = vol.Schema({vol.Required(ATTR_MESSAGE_ID): cv.string})


async def _send(errand: Errand) -> ServiceResponse:
    """Commit a message for everybody named in `to`."""
    data, not_before = errand.data, as_utc(errand.data, ATTR_NOT_BEFORE)
    request = SendRequest(
        to=resolve_recipients(errand.hass, errand.engine.people, data[ATTR_TO]),
        text=data[ATTR_MESSAGE],
        title=data[ATTR_TITLE],
        severity=data[ATTR_SEVERITY],
        channel=data[ATTR_CHANNEL],
        proof=data[ATTR_PROOF],
        not_before=not_before,
        expires_at=_expiry(errand, not_before),
        plain=data[ATTR_PLAIN],
        flash=data[ATTR_FLASH],
        request_id=data[ATTR_REQUEST_ID],
        media=_media(errand),
    )
    return _sent(errand, await errand.engine.send(request))


def _media(errand: Errand) -> Media | None:
    """Return what is shown with the text."""
    data = errand.data
    if not data[ATTR_MEDIA_URL]:
        return None
    return Media(kind=data[ATTR_MEDIA_KIND], url=data[ATTR_MEDIA_URL], file_name=data[ATTR_MEDIA_NAME])


async def _reply(errand: Errand) -> ServiceResponse:
    """Commit an answer to an inbound message: nobody has to know the number."""
    data = errand.data
    request = ReplyRequest(
        inbound_id=data[ATTR_MESSAGE_ID],
        text=data[ATTR_MESSAGE],
        title=data[ATTR_TITLE],
        severity=data[ATTR_SEVERITY],
        expires_at=_expiry(errand),
        plain=data[ATTR_PLAIN],
        request_id=data[ATTR_REQUEST_ID],
    )
    return _sent(errand, await errand.engine.reply(request))


async def _call(errand: Errand) -> ServiceResponse:
    """Commit a call to everybody named in `to`. A way out that cannot speak only rings."""
    data, not_before = errand.data, as_utc(errand.data, ATTR_NOT_BEFORE)
    request = SendRequest(
        to=resolve_recipients(errand.hass, errand.engine.people, data[ATTR_TO]),
        text=data[ATTR_MESSAGE] or errand.hass.config.location_name,
        severity=data[ATTR_SEVERITY],
        channel=Channel.CALL,
        not_before=not_before,
        expires_at=_expiry(errand, not_before),
        request_id=data[ATTR_REQUEST_ID],
    )
    return _sent(errand, await errand.engine.send(request))


def _expiry(errand: Errand, not_before: datetime | None = None) -> datetime | None:
    """Return when it is no longer worth sending, counted from when it may first be sent."""
    return later(not_before or dt_util.utcnow(), errand.data, ATTR_EXPIRES_IN)


async def _cancel(errand: Errand) -> ServiceResponse:
    """Take a message back. That it has left, or ended already, is no mistake: automations cannot know."""
    uid = errand.data[ATTR_MESSAGE_ID]
    verdict = await errand.engine.cancel(uid)
    if verdict is Verdict.UNKNOWN:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="message_not_found")
    return {"message_id": uid, "verdict": verdict, "cancelled": verdict is Verdict.APPLIED}


def _sent(errand: Errand, result: SendResult) -> ServiceResponse:
    """Return what was committed for whom."""
    return {
        "verdict": result.verdict,
        "messages": [
            {
                "message_id": message.uid,
                "recipient": message.recipient,
                "name": errand.lens.who(message.recipient),
                "segments": message.segments,
            }
            for message in result.messages
        ],
    }


ACTIONS = (
    Action(name="send", run=_send, schema=SEND_SCHEMA),
    Action(name="reply", run=_reply, schema=REPLY_SCHEMA),
    Action(name="call", run=_call, schema=CALL_SCHEMA),
    Action(name="cancel_message", run=_cancel, schema=CANCEL_SCHEMA),
)
