"""Time as modems tell it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.at.clock import (
    parse_clock,
    parse_daylight_saving,
    parse_local_time,
    parse_time_zone,
    parse_universal_time,
)
from gsm_driver.at.exchange import InfoLine, Response
from gsm_driver.at.session import AtSession
from gsm_driver.at.urc import Urc, UrcKind
from gsm_driver.errors import ResponseError
from gsm_driver.models import NetworkTime

if TYPE_CHECKING:
    from collections.abc import Callable

    Parse = Callable[[str], NetworkTime | None]


def zone(hours: float) -> timezone:
    return timezone(timedelta(hours=hours))


def told(time: datetime | None, hours: float | None = None, saving: int | None = None) -> NetworkTime:
    return NetworkTime(
        time=time,
        zone=None if hours is None else timedelta(hours=hours),
        daylight_saving=None if saving is None else timedelta(hours=saving),
    )


NOON = datetime(2026, 6, 30, 12, 0, 5)  # noqa: DTZ001 - given its zone below

TIMES: list[tuple[Parse, str, NetworkTime | None]] = [
    # 27.007 clause 8.15
    (parse_local_time, '"26/06/30,12:00:05+08"', told(NOON.replace(tzinfo=zone(2)), 2)),
    (parse_local_time, '"26/06/30,12:00:05-14"', told(NOON.replace(tzinfo=zone(-3.5)), -3.5)),
    (parse_local_time, '"26/06/30,12:00:05+00"', told(NOON.replace(tzinfo=UTC), 0)),
    # +QLTS of Quectel EC25
    (parse_local_time, '"2026/06/30,12:00:05+32,0"', told(NOON.replace(tzinfo=zone(8)), 8, 0)),
    (parse_local_time, '"2026/06/30,12:00:05+08,1"', told(NOON.replace(tzinfo=zone(2)), 2, 1)),
    # ^NWTIME of Huawei (gammu tests/at-statemachine.c has the form with one digit)
    (parse_local_time, "26/06/30,12:00:05+28,00", told(NOON.replace(tzinfo=zone(7)), 7, 0)),
    (parse_local_time, "26/06/30,12:00:05+4,00", told(NOON.replace(tzinfo=zone(1)), 1, 0)),
    (parse_local_time, '"26/06/30,12:00:05+08","01"', told(NOON.replace(tzinfo=zone(2)), 2, 1)),
    # +CTZE: the zone comes first
    (parse_local_time, '"+32",0,"2026/06/30,12:00:05"', told(NOON.replace(tzinfo=zone(8)), 8, 0)),
    (parse_local_time, '+08,1,"26/06/30,12:00:05"', told(NOON.replace(tzinfo=zone(2)), 2, 1)),
    # *PSUTTZ of SIM800 and of SIM7000 (with its stray quote): UTC
    (parse_universal_time, '2026,6,30,12,0,5,"+12",0', told(NOON.replace(tzinfo=UTC), 3, 0)),
    (parse_universal_time, '26/06/30,12:00:05","-32",1', told(NOON.replace(tzinfo=UTC), -8, 1)),
    (parse_universal_time, '"+32",0,"2026/06/30,12:00:05"', told(NOON.replace(tzinfo=UTC), 8, 0)),
    (parse_universal_time, "26/06/30,12:00:05", told(NOON.replace(tzinfo=UTC))),
    # +CTZV
    (parse_time_zone, "+12,0", told(None, 3, 0)),
    (parse_time_zone, '"+32"', told(None, 8)),
    (parse_time_zone, "8", told(None, 2)),
    (parse_time_zone, "-16", told(None, -4)),
    (parse_time_zone, "26/06/30,12:00:05+08", told(NOON.replace(tzinfo=zone(2)), 2)),
    (parse_daylight_saving, "1", told(None, None, 1)),
    # bad ones
    (parse_local_time, '"80/01/06,00:00:10+00"', told(None, 0)),  # the clock was never set
    (parse_local_time, '"04/01/01,00:00:00+00"', told(None, 0)),
    (parse_local_time, '"1980/01/06,00:00:10+00,0"', told(None, 0, 0)),
    (parse_local_time, '"26/13/45,10:20:30+08"', told(None, 2)),
    (parse_local_time, '"26/06/30,25:00:00+08"', told(None, 2)),
    (parse_local_time, '"26/06/30,12:00:05"', None),  # in which zone?
    (parse_local_time, '"26/06/30,12:00:05+99"', None),
    (parse_local_time, '"26/06/30,12:00:05+08,9"', told(NOON.replace(tzinfo=zone(2)), 2)),
    (parse_local_time, '""', None),
    (parse_local_time, "garbage", None),
    (parse_universal_time, "garbage", None),
    (parse_time_zone, "", None),
    (parse_time_zone, "+200", None),
    (parse_daylight_saving, "x", None),
    (parse_daylight_saving, "7", None),
]


@pytest.mark.parametrize(("parse", "value", "expected"), TIMES)
def test_times(parse: Parse, value: str, expected: NetworkTime | None) -> None:
    assert parse(value) == expected


def test_universal_time_is_shown_in_its_zone() -> None:
    shown = parse_universal_time('2026,6,30,12,0,5,"+12",0')
    assert shown is not None
    assert shown.time is not None
    assert shown.time.utcoffset() == timedelta(hours=3)


@pytest.mark.parametrize("prefix", ["+CCLK", "+QLTS", "^NWTIME"])
def test_the_clock_is_read(prefix: str) -> None:
    line = InfoLine(prefix=prefix, value='"26/06/30,12:00:05+08"')
    assert parse_clock(Response(command="AT+CCLK", lines=(line,))).time == NOON.replace(tzinfo=zone(2))


def test_a_clock_that_says_nothing_has_no_time() -> None:
    assert (
        parse_clock(Response(command="AT+CCLK", lines=(InfoLine(prefix="+CCLK", value=""),))) == NetworkTime()
    )
    with pytest.raises(ResponseError, match="missing"):
        parse_clock(Response(command="AT+CCLK"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('^NWTIME: "26/06/30,12:00:05+08",01', told(NOON.replace(tzinfo=zone(2)), 2, 1)),
        ('+CTZE: "+08",1,"26/06/30,12:00:05"', told(NOON.replace(tzinfo=zone(2)), 2, 1)),
        ('+CTZEU: "+08",1,"26/06/30,12:00:05"', told(NOON.replace(tzinfo=UTC), 2, 1)),
        ('*PSUTTZ: 2026,6,30,12,0,5,"+08",1', told(NOON.replace(tzinfo=UTC), 2, 1)),
        ("+CTZV: 8", told(None, 2)),
        ("DST: 1", told(None, None, 1)),
        ("+NITZ: 1", None),
    ],
)
def test_announcements(line: str, expected: NetworkTime | None) -> None:
    (urc,) = AtSession().receive_data(f"\r\n{line}\r\n".encode())
    assert isinstance(urc, Urc)
    assert (urc.kind, urc.parameters) == (UrcKind.TIME, expected)


@given(st.sampled_from([parse_local_time, parse_universal_time, parse_time_zone]), st.text())
def test_no_value_makes_them_fail(parse: Parse, value: str) -> None:
    parsed = parse(value)
    assert parsed is None or parsed != NetworkTime()


@given(
    time=st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2069, 12, 31)),  # noqa: DTZ001
    quarters=st.integers(min_value=-48, max_value=56),
)
def test_a_time_comes_back(time: datetime, quarters: int) -> None:
    whole = time.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=15 * quarters)))
    parsed = parse_local_time(f'"{whole:%y/%m/%d,%H:%M:%S}{quarters:+03d}"')
    assert parsed is not None
    assert parsed.time == whole
