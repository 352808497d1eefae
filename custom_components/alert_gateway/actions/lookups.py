"""get_messages, get_alarms: what was, page by page, the newest first."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import probatio as vol
from homeassistant.core import SupportsResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv

from alert_engine.errors import InvalidRequestError, RequestReason
from alert_engine.history import MOST
from alert_engine.model import AlarmState, MessageState
from alert_engine.phone.canonical import canonical_phone
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.recipients import resolve_recipient

from .action import Action, Right
from .answers import alarm_answer, inbound_answer, item_answer, message_answer, way_of
from .fields import (
    ATTR_ALARM_ID,
    ATTR_BEFORE,
    ATTR_LIMIT,
    ATTR_MESSAGE_ID,
    ATTR_PERSON,
    ATTR_SINCE,
    ATTR_STATES,
    MOMENT,
    OPTIONAL_TEXT,
    as_utc,
    name_or_number,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homeassistant.core import ServiceResponse
    from homeassistant.util.json import JsonObjectType

    from .action import Errand

ATTR_DIRECTION: Final = "direction"

_DEFAULT_LIMIT = 50


class Direction(StrEnum):
    """Which messages are asked for."""

    SENT = "sent"
    RECEIVED = "received"
    BOTH = "both"  # a conversation


_PAGE = {
    vol.Optional(ATTR_SINCE, default=None): MOMENT,
    vol.Optional(ATTR_BEFORE, default=None): OPTIONAL_TEXT,
    vol.Optional(ATTR_LIMIT, default=_DEFAULT_LIMIT): vol.All(vol.Coerce(int), vol.Range(min=1, max=MOST)),
}
MESSAGES_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_MESSAGE_ID, default=None): OPTIONAL_TEXT,
        vol.Optional(ATTR_DIRECTION, default=Direction.SENT): vol.Coerce(Direction),
        vol.Optional(ATTR_PERSON, default=None): vol.Maybe(name_or_number),
        vol.Optional(ATTR_ALARM_ID, default=None): OPTIONAL_TEXT,
        vol.Optional(ATTR_STATES, default=list): vol.All(cv.ensure_list, [vol.Coerce(MessageState)]),
        **_PAGE,
    }
)
ALARMS_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_ALARM_ID, default=None): OPTIONAL_TEXT,
        vol.Optional(ATTR_STATES, default=list): vol.All(cv.ensure_list, [vol.Coerce(AlarmState)]),
        **_PAGE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whose:
    """A person, or a number, or nobody in particular."""

    person: str | None = None
    address: str | None = None


async def _get_messages(errand: Errand) -> ServiceResponse:
    """Answer what was sent, or received, or both."""
    if (uid := errand.data[ATTR_MESSAGE_ID]) is not None:
        return {"messages": [await _one_message(errand, uid)], "next": None}
    match errand.data[ATTR_DIRECTION]:
        case Direction.SENT:
            found = await _sent(errand)
        case Direction.RECEIVED:
            found = await _received(errand)
        case _:
            found = await _conversation(errand)
    return {"messages": list(found), "next": _next(errand, [str(each["message_id"]) for each in found])}


async def _one_message(errand: Errand, uid: str) -> JsonObjectType:
    """Answer one message with each attempt to send it."""
    history = errand.engine.history
    if (message := await history.message(uid)) is not None:
        attempts = await history.attempts(uid)
        return {**message_answer(message, errand.lens), "way": way_of(attempts, errand.lens)}
    if (inbound := await history.inbound(uid)) is not None:
        return inbound_answer(inbound, errand.lens)
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="message_not_found")


async def _sent(errand: Errand) -> Sequence[JsonObjectType]:
    data, whose = errand.data, _whose(errand)
    found = await errand.engine.history.messages(
        alarm_id=data[ATTR_ALARM_ID],
        recipient=whose.person,
        address=whose.address,
        states=data[ATTR_STATES] or None,
        since=as_utc(data, ATTR_SINCE),
        before=data[ATTR_BEFORE],
        limit=data[ATTR_LIMIT],
    )
    return [message_answer(message, errand.lens) for message in found]


async def _received(errand: Errand) -> Sequence[JsonObjectType]:
    data, whose = errand.data, _whose(errand)
    _refuse_filters_of_sent(errand)
    found = await errand.engine.history.inbox(
        person=whose.person, address=whose.address, before=data[ATTR_BEFORE], limit=data[ATTR_LIMIT]
    )
    return [inbound_answer(message, errand.lens) for message in found]


async def _conversation(errand: Errand) -> Sequence[JsonObjectType]:
    data, whose = errand.data, _whose(errand)
    _refuse_filters_of_sent(errand)
    found = await errand.engine.history.conversation(
        person=whose.person, address=whose.address, before=data[ATTR_BEFORE], limit=data[ATTR_LIMIT]
    )
    return [item_answer(item, errand.lens) for item in found]


def _refuse_filters_of_sent(errand: Errand) -> None:
    """What only the outbox knows is no filter of others: to ignore it would answer too much."""
    for field in (ATTR_ALARM_ID, ATTR_STATES, ATTR_SINCE):
        if errand.data[field]:
            text = f"{field}: only messages that were sent can be chosen by it"
            raise InvalidRequestError(text, RequestReason.FILTER_OF_SENT, {"field": field})


def _whose(errand: Errand) -> _Whose:
    """Return whose messages are asked for: a person's, or those of a number."""
    name = errand.data[ATTR_PERSON]
    if name is None:
        return _Whose()
    known = resolve_recipient(errand.hass, errand.engine.people, name)
    if any(person.id == known for person in errand.engine.people):
        return _Whose(person=known)
    settings = errand.hass.data[DATA_HOST].settings
    country = settings.engine.default_country if settings is not None else None
    try:
        return _Whose(address=canonical_phone(known, default_country=country))
    except ValueError as error:
        text = f"person: it is neither a person nor a phone number: {error}"
        raise InvalidRequestError(text, RequestReason.PERSON_OR_NUMBER) from error


async def _get_alarms(errand: Errand) -> ServiceResponse:
    """Answer alarms with what happened to them, closed ones too."""
    data, history = errand.data, errand.engine.history
    if (alarm_id := data[ATTR_ALARM_ID]) is not None:
        story = await history.alarm(alarm_id)
        if story is None:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="alarm_not_kept")
        return {"alarms": [alarm_answer(story, errand.lens)], "next": None}
    stories = await history.alarms(
        states=data[ATTR_STATES] or None,
        since=as_utc(data, ATTR_SINCE),
        before=data[ATTR_BEFORE],
        limit=data[ATTR_LIMIT],
    )
    return {
        "alarms": [alarm_answer(story, errand.lens) for story in stories],
        "next": _next(errand, [story.alarm.id for story in stories]),
    }


def _next(errand: Errand, ids: Sequence[str]) -> str | None:
    """Return the `before` of the next page; None: this was the last one."""
    return ids[-1] if len(ids) == errand.data[ATTR_LIMIT] else None


ACTIONS = (
    Action(
        name="get_messages",
        run=_get_messages,
        schema=MESSAGES_SCHEMA,
        right=Right.LOOK,
        response=SupportsResponse.ONLY,
    ),
    Action(
        name="get_alarms",
        run=_get_alarms,
        schema=ALARMS_SCHEMA,
        right=Right.LOOK,
        response=SupportsResponse.ONLY,
    ),
)
