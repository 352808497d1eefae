"""What the fields of several actions take. Templates make numbers of texts that look like one."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import probatio as vol
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from alert_engine.errors import InvalidRequestError, RequestReason
from alert_engine.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, timedelta

ATTR_ALARM_ID: Final = "alarm_id"
ATTR_BEFORE: Final = "before"
ATTR_CHANNEL: Final = "channel"
ATTR_CODE: Final = "code"
ATTR_EXPIRES_IN: Final = "expires_in"
ATTR_LIMIT: Final = "limit"
ATTR_MESSAGE: Final = "message"
ATTR_MESSAGE_ID: Final = "message_id"
ATTR_NOT_BEFORE: Final = "not_before"
ATTR_PERSON: Final = "person"
ATTR_PLAIN: Final = "plain"
ATTR_REQUEST_ID: Final = "request_id"
ATTR_SEVERITY: Final = "severity"
ATTR_SINCE: Final = "since"
ATTR_STATES: Final = "states"
ATTR_TITLE: Final = "title"
ATTR_TO: Final = "to"


def name_or_number(value: Any) -> str | int:
    """Return a name or a phone number; a template may have taken the plus of a number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise vol.Invalid("a name or a phone number is expected")
    return value


def time_period(value: Any) -> timedelta:
    """Return a duration; one that no calendar has room for is a mistake like any other."""
    try:
        return cv.positive_time_period(value)
    except OverflowError as error:
        raise vol.Invalid("it is too long") from error


RECIPIENTS = vol.All(cv.ensure_list, vol.Length(min=1), [name_or_number])
SEVERITY = vol.Coerce(Severity)
MOMENT = vol.Maybe(cv.datetime)
DURATION = vol.Maybe(time_period)
OPTIONAL_TEXT = vol.Maybe(cv.string)


def as_utc(data: Mapping[str, Any], field: str) -> datetime | None:
    """Return the moment of a field in UTC; without a zone it is a time of Home Assistant's zone."""
    local: datetime | None = data[field]
    with _on_the_calendar(field):
        return None if local is None else dt_util.as_utc(local)


def later(moment: datetime, data: Mapping[str, Any], field: str) -> datetime | None:
    """Return the moment so long after another as a field says; None: it says nothing."""
    duration: timedelta | None = data[field]
    with _on_the_calendar(field):
        return None if duration is None else moment + duration


@contextmanager
def _on_the_calendar(field: str) -> Iterator[None]:
    try:
        yield
    except OverflowError as error:
        text = f"{field}: it is too far away"
        raise InvalidRequestError(text, RequestReason.TIME_TOO_FAR, {"field": field}) from error


def timestamp(moment: datetime | None) -> str | None:
    """Return a moment as it is answered: ISO 8601, UTC."""
    return None if moment is None else moment.isoformat()
