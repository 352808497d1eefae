"""The actions: send, raise_alarm, acknowledge_alarm, clear_alarm."""

from typing import TYPE_CHECKING

import probatio as vol
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from alert_engine.intake.reserved import objection_to
from alert_engine.model import (
    Alarm,
    AlarmAcknowledge,
    AlarmClear,
    AlarmRaise,
    AlarmResult,
    Channel,
    SendRequest,
    Severity,
    Verdict,
)

from .const import DOMAIN
from .errors import translated
from .host import DATA_HOST
from .recipients import resolve_recipients

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from homeassistant.util.json import JsonObjectType

ATTR_ALARM_ID = "alarm_id"
ATTR_ALL = "all"
ATTR_CHANNEL = "channel"
ATTR_CODE = "code"
ATTR_EXPIRES_IN = "expires_in"
ATTR_FLASH = "flash"
ATTR_KEY = "key"
ATTR_LABELS = "labels"
ATTR_MESSAGE = "message"
ATTR_NOT_BEFORE = "not_before"
ATTR_PLAIN = "plain"
ATTR_SEVERITY = "severity"
ATTR_SOURCE = "source"
ATTR_TITLE = "title"
ATTR_TO = "to"

DEFAULT_SOURCE = "home_assistant"
CODE_DIGITS = 4

SEND_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_TO): vol.All(cv.ensure_list, vol.Length(min=1), [vol.Any(str, int)]),
        vol.Required(ATTR_MESSAGE): cv.string,
        vol.Optional(ATTR_TITLE, default=""): cv.string,
        vol.Optional(ATTR_SEVERITY, default=Severity.NORMAL): vol.Coerce(Severity),
        vol.Optional(ATTR_CHANNEL, default=None): vol.Maybe(vol.Coerce(Channel)),
        vol.Optional(ATTR_NOT_BEFORE, default=None): vol.Maybe(cv.datetime),
        vol.Optional(ATTR_EXPIRES_IN, default=None): vol.Maybe(cv.positive_time_period),
        vol.Optional(ATTR_PLAIN, default=False): cv.boolean,
        vol.Optional(ATTR_FLASH, default=False): cv.boolean,
    }
)
RAISE_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_KEY): cv.string,
        vol.Optional(ATTR_SOURCE, default=DEFAULT_SOURCE): cv.string,
        vol.Optional(ATTR_SEVERITY, default=Severity.NORMAL): vol.Coerce(Severity),
        vol.Optional(ATTR_TITLE, default=""): cv.string,
        vol.Optional(ATTR_MESSAGE, default=""): cv.string,
        vol.Optional(ATTR_LABELS, default=dict): {cv.string: cv.string},
    }
)
ACKNOWLEDGE_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_ALARM_ID): cv.string,
        vol.Optional(ATTR_CODE): vol.Any(str, int),
        vol.Optional(ATTR_ALL, default=False): cv.boolean,
    }
)
CLEAR_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_KEY): cv.string,
        vol.Optional(ATTR_SOURCE, default=DEFAULT_SOURCE): cv.string,
        vol.Optional(ATTR_MESSAGE, default=""): cv.string,
    }
)


@callback
def async_register_actions(hass: HomeAssistant) -> None:
    """Register the actions, once and for all entries."""
    for name, handler, schema in (
        ("send", _send, SEND_SCHEMA),
        ("raise_alarm", _raise_alarm, RAISE_SCHEMA),
        ("acknowledge_alarm", _acknowledge_alarm, ACKNOWLEDGE_SCHEMA),
        ("clear_alarm", _clear_alarm, CLEAR_SCHEMA),
    ):
        hass.services.async_register(
            DOMAIN, name, handler, schema=schema, supports_response=SupportsResponse.OPTIONAL
        )


async def _send(call: ServiceCall) -> ServiceResponse:
    """Commit a message for everybody named in `to`."""
    engine = call.hass.data[DATA_HOST].engine
    not_before = _as_utc(call.data[ATTR_NOT_BEFORE])
    request = SendRequest(
        to=resolve_recipients(call.hass, engine.people, call.data[ATTR_TO]),
        text=call.data[ATTR_MESSAGE],
        title=call.data[ATTR_TITLE],
        severity=call.data[ATTR_SEVERITY],
        channel=call.data[ATTR_CHANNEL],
        not_before=not_before,
        expires_at=_expiry(not_before, call.data[ATTR_EXPIRES_IN]),
        plain=call.data[ATTR_PLAIN],
        flash=call.data[ATTR_FLASH],
    )
    result = await translated(engine.send(request))
    return {
        "messages": [
            {"message_id": message.uid, "recipient": message.recipient, "segments": message.segments}
            for message in result.messages
        ]
    }


async def _raise_alarm(call: ServiceCall) -> ServiceResponse:
    """Raise an alarm, or repeat the raise of an open one."""
    request = AlarmRaise(
        source=_source(call),
        key=call.data[ATTR_KEY],
        severity=call.data[ATTR_SEVERITY],
        title=call.data[ATTR_TITLE],
        text=call.data[ATTR_MESSAGE],
        labels=call.data[ATTR_LABELS],
    )
    result = await translated(call.hass.data[DATA_HOST].engine.raise_alarm(request))
    alarm = next(iter(result.alarms), None)
    return {
        "alarm_id": None if alarm is None else alarm.id,
        "code": None if alarm is None else alarm.code,
        "verdict": result.verdict,
        "message_ids": list(result.message_uids),
    }


async def _acknowledge_alarm(call: ServiceCall) -> ServiceResponse:
    """Take over one alarm, or all."""
    alarm_id, code = call.data.get(ATTR_ALARM_ID), call.data.get(ATTR_CODE)
    all_open = call.data[ATTR_ALL]
    if [alarm_id is not None, code is not None, all_open].count(True) != 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="name_one_alarm")
    request = AlarmAcknowledge(
        by=await _caller(call),
        alarm_id=alarm_id,
        code=None if code is None else str(code).zfill(CODE_DIGITS),
        all_open=all_open,
    )
    result = await translated(call.hass.data[DATA_HOST].engine.acknowledge(request))
    if result.verdict is Verdict.UNKNOWN and not all_open:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="alarm_not_found")
    return _alarm_response(result)


async def _clear_alarm(call: ServiceCall) -> ServiceResponse:
    """Say that the cause is gone. To clear what is not raised is no mistake: automations do it often."""
    request = AlarmClear(source=_source(call), key=call.data[ATTR_KEY], text=call.data[ATTR_MESSAGE])
    result = await translated(call.hass.data[DATA_HOST].engine.clear(request))
    return _alarm_response(result)


def _source(call: ServiceCall) -> str:
    """Name whose alarm it is: an automation's, never the gateway's own."""
    source: str = call.data[ATTR_SOURCE]
    if (objection := objection_to(source)) is not None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="invalid_request",
            translation_placeholders={"reason": f"source: {objection}"},
        )
    return source


async def _caller(call: ServiceCall) -> str:
    """Name who called, for the journal: the user if a person did it, else Home Assistant."""
    user_id = call.context.user_id
    user = await call.hass.auth.async_get_user(user_id) if user_id else None
    return f"{DEFAULT_SOURCE}:{user.name}" if user and user.name else DEFAULT_SOURCE


def _alarm_response(result: AlarmResult) -> ServiceResponse:
    """Return what became of which alarms."""
    return {
        "verdict": result.verdict,
        "alarms": [_alarm_json(alarm) for alarm in result.alarms],
        "message_ids": list(result.message_uids),
    }


def _alarm_json(alarm: Alarm) -> JsonObjectType:
    """Return what names an alarm, and its state."""
    return {
        "alarm_id": alarm.id,
        "code": alarm.code,
        "source": alarm.source,
        "key": alarm.key,
        "state": alarm.state,
    }


def _as_utc(local: datetime | None) -> datetime | None:
    """Return the moment in UTC; without a zone it is a time of Home Assistant's zone."""
    return None if local is None else dt_util.as_utc(local)


def _expiry(not_before: datetime | None, expires_in: timedelta | None) -> datetime | None:
    """Return when a message is no longer worth sending, counted from when it may first be sent."""
    return None if expires_in is None else (not_before or dt_util.utcnow()) + expires_in
