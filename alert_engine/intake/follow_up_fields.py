"""``follow_ups`` of a send: what is sent next, once something is known of each message. Pure."""

from __future__ import annotations

from typing import Any

from alert_engine.model import Channel, FollowUp, FollowUpOn

from .json_fields import Fields, RefusalReason, RefusedError

_MAX_TEXT = 64 * 1024  # characters; what is too long is refused by the engine, not cut


def read_follow_ups(fields: Fields) -> tuple[FollowUp, ...]:
    """Take ``follow_ups``: a list of objects with ``on``, ``text``, ``to`` and ``channel``.

    Raises:
        RefusedError: the text says which field and why.
    """
    return tuple(_follow_up(each) for each in fields.objects("follow_ups") or ())


def _follow_up(data: dict[str, Any]) -> FollowUp:
    try:
        return _read(Fields(data))
    except RefusedError as err:
        raise RefusedError(err.reason, f"follow_ups: {err}") from None


def _read(fields: Fields) -> FollowUp:
    on = fields.choice("on", FollowUpOn)
    if on is None:
        raise RefusedError(RefusalReason.FIELD, "on: is missing")
    return FollowUp(
        on=on,
        text=fields.text("text", _MAX_TEXT) or "",
        to=tuple(fields.names("to") or ()),
        channel=fields.choice("channel", Channel),
    )
