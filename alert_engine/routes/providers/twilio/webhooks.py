"""What Twilio's calls tell, once their signature is known to be right.

Source: twilio.com/docs/messaging/guides/webhook-request, twilio.com/docs/voice/twiml (request parameters).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from alert_engine.model import Channel
from alert_engine.routes.base import InboundSms, KeyPress
from alert_engine.routes.providers.addresses import can_be_answered
from alert_engine.routes.providers.provider import Received

from .answers import address_of, count_of, report
from .calls import UID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.routes.providers.provider import Moment

_KEYS = frozenset("0123456789*#")
_WHATSAPP = "whatsapp:"


def received_of(
    fields: Mapping[str, str], query: str, moment: Moment, *, must_name_who: bool = False
) -> Received:
    """A key, a state or an inbound message; nothing for what else an account can be told to send.

    Args:
        fields: of the call.
        query: of its address: it names the message that a key belongs to.
        moment: for the time of arrival.
        must_name_who: a call that ended counts only when it is known who answered it.
    """
    if uid := parse_qs(query).get(UID, [""])[0]:
        return _key(uid, fields.get("Digits", ""))
    if "CallSid" in fields:
        status = fields.get("CallStatus", "")
        if must_name_who and status == "completed" and not fields.get("AnsweredBy"):
            status = "in-progress"  # the call itself says who it was, when it is asked after
        return _state(fields, fields["CallSid"], status, moment)
    if "MessageStatus" in fields:
        return _state(fields, fields.get("MessageSid", ""), fields["MessageStatus"], moment)
    if "Body" in fields and fields.get("From"):
        return Received(messages=(_message(fields, moment),))
    return Received()


def _key(uid: str, digits: str) -> Received:
    return Received(keys=(KeyPress(uid=uid, key=digits[0]),) if digits[:1] in _KEYS else ())


def _state(fields: Mapping[str, str], sid: str, status: str, moment: Moment) -> Received:
    return report(
        sid=sid,
        status=status,
        address=fields.get("To", ""),
        code=fields.get("ErrorCode", ""),
        answered_by=fields.get("AnsweredBy", ""),
        at=moment.now,
    )


def _message(fields: Mapping[str, str], moment: Moment) -> InboundSms:
    """Pictures alone have no text, and are no command."""
    sender, text = address_of(fields["From"]), fields["Body"]
    return InboundSms(
        sender=sender,
        sender_can_be_answered=can_be_answered(sender),
        text=text,
        received_at=moment.now,
        service_centre_time=None,
        is_text=bool(text.strip()),
        segments=count_of(fields.get("NumSegments", "")) or 1,
        channel=Channel.WHATSAPP if fields["From"].startswith(_WHATSAPP) else Channel.SMS,
        reference=fields.get("MessageSid", ""),
    )
