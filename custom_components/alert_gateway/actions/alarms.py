"""raise_alarm, acknowledge_alarm, clear_alarm, shelve_alarm, unshelve_alarm."""

from typing import TYPE_CHECKING, Any, Final

import probatio as vol
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from alert_engine.errors import InvalidRequestError, RequestReason
from alert_engine.intake.reserved import objection_to
from alert_engine.model import (
    AlarmAcknowledge,
    AlarmClear,
    AlarmRaise,
    AlarmShelve,
    AlarmUnshelve,
    Severity,
    Verdict,
)
from custom_components.alert_gateway.const import DOMAIN

from .action import Action
from .fields import (
    ATTR_ALARM_ID,
    ATTR_CODE,
    ATTR_MESSAGE,
    ATTR_REQUEST_ID,
    ATTR_SEVERITY,
    ATTR_TITLE,
    DURATION,
    MOMENT,
    OPTIONAL_TEXT,
    SEVERITY,
    as_utc,
    later,
    timestamp,
)

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import ServiceResponse
    from homeassistant.util.json import JsonObjectType

    from alert_engine.model import Alarm, AlarmResult

    from .action import Errand

ATTR_ALL: Final = "all"
ATTR_DURATION: Final = "duration"
ATTR_HOLD: Final = "hold"
ATTR_IS_TEST: Final = "is_test"
ATTR_KEY: Final = "key"
ATTR_LABELS: Final = "labels"
ATTR_PARENT: Final = "parent"
ATTR_POLICY: Final = "policy"
ATTR_SOURCE: Final = "source"
ATTR_TTL: Final = "ttl"
ATTR_UNTIL: Final = "until"
ATTR_URL: Final = "url"

CODE_DIGITS = 4

SOURCE_HOME_ASSISTANT: Final = "home_assistant"  # of an alarm that does not say whose it is

_NAME = {
    vol.Required(ATTR_KEY): cv.string,
    vol.Optional(ATTR_SOURCE, default=SOURCE_HOME_ASSISTANT): cv.string,
    vol.Optional(ATTR_MESSAGE, default=""): cv.string,
    vol.Optional(ATTR_REQUEST_ID, default=None): OPTIONAL_TEXT,
}
RAISE_SCHEMA = vol.Schema(
    {
        **_NAME,
        vol.Optional(ATTR_SEVERITY, default=Severity.NORMAL): SEVERITY,
        vol.Optional(ATTR_TITLE, default=""): cv.string,
        vol.Optional(ATTR_POLICY, default=None): OPTIONAL_TEXT,
        vol.Optional(ATTR_HOLD, default=None): DURATION,
        vol.Optional(ATTR_TTL, default=None): DURATION,
        vol.Optional(ATTR_PARENT, default=None): OPTIONAL_TEXT,
        vol.Optional(ATTR_URL, default=None): OPTIONAL_TEXT,
        vol.Optional(ATTR_LABELS, default=dict): {cv.string: cv.string},
        vol.Optional(ATTR_IS_TEST, default=False): cv.boolean,
    }
)
CLEAR_SCHEMA = vol.Schema(_NAME)
_WHICH = {
    vol.Optional(ATTR_ALARM_ID): cv.string,
    vol.Optional(ATTR_CODE): vol.All(vol.Any(str, int), cv.string),
    vol.Optional(ATTR_ALL, default=False): cv.boolean,
}
ACKNOWLEDGE_SCHEMA = vol.Schema(_WHICH)
SHELVE_SCHEMA = vol.Schema(
    {
        **_WHICH,
        vol.Optional(ATTR_DURATION, default=None): DURATION,
        vol.Optional(ATTR_UNTIL, default=None): MOMENT,
    }
)


async def _raise_alarm(errand: Errand) -> ServiceResponse:
    """Raise an alarm, or repeat the raise of an open one."""
    data = errand.data
    request = AlarmRaise(
        source=_source(errand),
        key=data[ATTR_KEY],
        severity=data[ATTR_SEVERITY],
        title=data[ATTR_TITLE],
        text=data[ATTR_MESSAGE],
        message_id=data[ATTR_REQUEST_ID],
        policy=data[ATTR_POLICY],
        hold=data[ATTR_HOLD],
        ttl=data[ATTR_TTL],
        parent=data[ATTR_PARENT],
        is_test=data[ATTR_IS_TEST],
        url=data[ATTR_URL],
        labels=data[ATTR_LABELS],
    )
    result = await errand.engine.raise_alarm(request)
    alarm = next(iter(result.alarms), None)
    return {
        "alarm_id": None if alarm is None else alarm.id,
        "code": None if alarm is None else alarm.code,
        "verdict": result.verdict,
        "message_ids": list(result.message_uids),
    }


async def _clear_alarm(errand: Errand) -> ServiceResponse:
    """Say that the cause is gone. To clear what is not raised is no mistake: automations do it often."""
    data = errand.data
    request = AlarmClear(
        source=_source(errand),
        key=data[ATTR_KEY],
        text=data[ATTR_MESSAGE],
        message_id=data[ATTR_REQUEST_ID],
    )
    return _response(await errand.engine.clear(request))


async def _acknowledge_alarm(errand: Errand) -> ServiceResponse:
    """Take over one alarm, or all."""
    request = AlarmAcknowledge(by=errand.viewer.by, **_which(errand))
    return _found(errand, await errand.engine.acknowledge(request))


async def _shelve_alarm(errand: Errand) -> ServiceResponse:
    """Keep one alarm, or all, quiet for a while."""
    request = AlarmShelve(by=errand.viewer.by, until=_until(errand), **_which(errand))
    return _found(errand, await errand.engine.shelve(request))


async def _unshelve_alarm(errand: Errand) -> ServiceResponse:
    """Let one alarm, or all, be loud again."""
    request = AlarmUnshelve(by=errand.viewer.by, **_which(errand))
    return _found(errand, await errand.engine.unshelve(request))


def _source(errand: Errand) -> str:
    """Name whose alarm it is: an automation's, never the gateway's own."""
    source: str = errand.data[ATTR_SOURCE]
    if (objection := objection_to(source)) is not None:
        text = f"source: {objection}"
        raise InvalidRequestError(text, RequestReason.SOURCE_RESERVED, {"source": source})
    return source


def _which(errand: Errand) -> dict[str, Any]:
    """Return which alarm is meant: by exactly one of the three."""
    alarm_id, code = errand.data.get(ATTR_ALARM_ID), errand.data.get(ATTR_CODE)
    all_open = errand.data[ATTR_ALL]
    if [alarm_id is not None, code is not None, all_open].count(True) != 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="name_one_alarm")
    # A template takes the zeros in front of a code.
    digits = None if code is None else code.zfill(CODE_DIGITS)
    return {"alarm_id": alarm_id, "code": digits, "all_open": all_open}


def _until(errand: Errand) -> datetime:
    """Return the end of a shelf: a moment, or so long from now."""
    ends = as_utc(errand.data, ATTR_UNTIL), later(dt_util.utcnow(), errand.data, ATTR_DURATION)
    if ends.count(None) != 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="name_one_end")
    return next(end for end in ends if end is not None)


def _found(errand: Errand, result: AlarmResult) -> ServiceResponse:
    """Return what became of which alarms; one that does not exist is a mistake."""
    if result.verdict is Verdict.UNKNOWN and not errand.data[ATTR_ALL]:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="alarm_not_found")
    return _response(result)


def _response(result: AlarmResult) -> ServiceResponse:
    """Return what became of which alarms."""
    return {
        "verdict": result.verdict,
        "alarms": [_named(alarm) for alarm in result.alarms],
        "message_ids": list(result.message_uids),
    }


def _named(alarm: Alarm) -> JsonObjectType:
    """Return what names an alarm, and its state."""
    return {
        "alarm_id": alarm.id,
        "code": alarm.code,
        "source": alarm.source,
        "key": alarm.key,
        "state": alarm.state,
        "shelved_until": timestamp(alarm.shelved_until),
    }


ACTIONS = (
    Action(name="raise_alarm", run=_raise_alarm, schema=RAISE_SCHEMA),
    Action(name="acknowledge_alarm", run=_acknowledge_alarm, schema=ACKNOWLEDGE_SCHEMA),
    Action(name="clear_alarm", run=_clear_alarm, schema=CLEAR_SCHEMA),
    Action(name="shelve_alarm", run=_shelve_alarm, schema=SHELVE_SCHEMA),
    Action(name="unshelve_alarm", run=_unshelve_alarm, schema=ACKNOWLEDGE_SCHEMA),
)
