"""The message of ``provider send``: a text, and what else an account may carry."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from alert_engine.ids import RandomIds
from alert_engine.model import Channel, Priority
from alert_engine.routes.base import Media, MediaKind, OutboundMessage

_MEDIA = re.compile(rf"({'|'.join(MediaKind)})=(https://[\x21-\x7e]{{1,2000}})")


def trial_message(
    address: str, text: str, channel: Channel, *, media: str = "", data: str = "", answers: bool = False
) -> OutboundMessage:
    """What is sent once, to see whether an account does.

    Args:
        address: whom to tell.
        text: the words; the caption of `media`; of no account beside `data`.
        channel: by which.
        media: ``image=https://…``, or with video, audio or document; empty: none.
        data: octets in hex, with or without blanks; empty: none.
        answers: whoever it is for wrote by this channel in the last 24 hours.

    Raises:
        ValueError: the text says what makes no sense.
    """
    return OutboundMessage(
        uid=RandomIds().uid(),
        channel=channel,
        address=address,
        text=text,
        priority=Priority.NORMAL,
        media=_media(media) if media else None,
        data=_data(data) if data else None,
        heard_at=datetime.now(UTC) if answers else None,
    )


def _media(given: str) -> Media:
    found = _MEDIA.fullmatch(given)
    if found is None:
        kinds = ", ".join(MediaKind)
        raise ValueError(f"--media: must be one of {kinds}, then = and an https:// address")
    return Media(kind=MediaKind(found[1]), url=found[2])


def _data(given: str) -> bytes:
    try:
        return bytes.fromhex(given)
    except ValueError:
        raise ValueError("--data: must be octets in hex, such as 0a1bff") from None
