"""Time as modems tell it: +CCLK, +QLTS, ^NWTIME, and the NITZ announcements (27.007 clauses 8.15, 8.41).

A clock that was never set counts from some year of the past: such a time is no time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from gsm_driver.errors import ResponseError
from gsm_driver.models import NetworkTime

from .fields import to_int

if TYPE_CHECKING:
    from .exchange import Response

EARLIEST_YEAR = 2025  # clocks without a battery begin in 1970, 1980, 2000, 2004 … all of them before
LATEST_YEAR = 2069  # of two digits, those above belong to the last century
ZONE_LIMITS = (-48, 56)  # quarters of an hour, 27.007 clause 8.41
MAX_DAYLIGHT_SAVING = 2  # hours

_TWO = r"(\d{1,2})"
_DATE = re.compile(
    rf"(\d{{4}}|\d{{2}})/{_TWO}/{_TWO},{_TWO}:{_TWO}:{_TWO}|(\d{{4}}),{_TWO},{_TWO},{_TWO},{_TWO},{_TWO}"
)
_ZONE_BEFORE = re.compile(r"([+-]\d{1,3})")
_ZONE_AFTER = re.compile(r'[\s",]*([+-]\d{1,3})')
_NUMBER_AFTER = re.compile(r'[\s",]*(\d{1,2})(?![\d:/])')


def parse_local_time(value: str, _body: str | None = None) -> NetworkTime | None:
    """A date with the time of its zone; None if there is nothing in it.

    `"26/01/13,10:20:30+04"` · `"2026/01/13,11:41:48+32,0"` · `26/12/13,06:20:04+28,00` ·
    `"+32",0,"2026/01/13,03:46:13"` (+CTZE: the zone comes first).
    """
    return _network_time(value, is_universal=False)


def parse_universal_time(value: str, _body: str | None = None) -> NetworkTime | None:
    """The same in UTC: +CTZEU, and *PSUTTZ, `2026,11,28,15,35,58,"+12",0` or `26/11/04,22:38:07","-32",0`."""
    return _network_time(value, is_universal=True)


def parse_time_zone(value: str, _body: str | None = None) -> NetworkTime | None:
    """+CTZV: `+12,0`, `"+32"`, `8`; some firmwares put a date into it."""
    if _DATE.search(value):
        return parse_local_time(value)
    zone, _, daylight_saving = value.partition(",")
    return _or_none(
        NetworkTime(zone=_zone(zone.strip(' "')), daylight_saving=_daylight_saving(daylight_saving))
    )


def parse_daylight_saving(value: str, _body: str | None = None) -> NetworkTime | None:
    """`DST: 1` of SIMCom: hours."""
    return _or_none(NetworkTime(daylight_saving=_daylight_saving(value)))


def parse_clock(response: Response) -> NetworkTime:
    """+CCLK, +QLTS or ^NWTIME, as answers: local time.

    Raises:
        ResponseError: no such line came.
    """
    if not response.lines:
        raise ResponseError(response.command, "the line is missing")
    return parse_local_time(response.lines[0].value) or NetworkTime()


def _network_time(value: str, *, is_universal: bool) -> NetworkTime | None:
    date = _DATE.search(value)
    if date is None:
        return None
    before, after = value[: date.start()], value[date.end() :]
    zone_text = _ZONE_AFTER.match(after)
    if zone_text is not None:
        after = after[zone_text.end() :]
    else:  # +CTZE: zone and daylight saving come first
        zone_text, after = _ZONE_BEFORE.search(before), before.partition(",")[2]
    zone = _zone(zone_text[1]) if zone_text else None
    hours = _NUMBER_AFTER.match(after)
    return _or_none(
        NetworkTime(
            time=_aware(date, zone, is_universal=is_universal),
            zone=zone,
            daylight_saving=_daylight_saving(hours[1]) if hours else None,
        )
    )


def _aware(date: re.Match[str], zone: timedelta | None, *, is_universal: bool) -> datetime | None:
    year, *rest = (int(part) for part in date.groups() if part is not None)
    year += 2000 if year < 100 else 0
    if not EARLIEST_YEAR <= year <= LATEST_YEAR or (zone is None and not is_universal):
        return None
    month, day, hour, minute, second = rest
    try:
        naive = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    if zone is None:
        return naive
    local = timezone(zone)
    return naive.astimezone(local) if is_universal else naive.replace(tzinfo=local)


def _zone(text: str) -> timedelta | None:
    """Quarters of an hour."""
    quarters = to_int(text.removeprefix("+"))
    low, high = ZONE_LIMITS
    return None if quarters is None or not low <= quarters <= high else timedelta(minutes=15 * quarters)


def _daylight_saving(text: str) -> timedelta | None:
    hours = to_int(text.strip(' "'))
    return None if hours is None or not 0 <= hours <= MAX_DAYLIGHT_SAVING else timedelta(hours=hours)


def _or_none(told: NetworkTime) -> NetworkTime | None:
    return None if told == NetworkTime() else told
