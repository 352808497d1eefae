from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.errors import PduEncodeError
from gsm_driver.pdu.timestamp import Timestamp, encode_timestamp


@pytest.mark.parametrize(
    ("octets", "moment"),
    [
        ("62102030405000", "2026-01-02T03:04:05+00:00"),
        ("62102030405080", "2026-01-02T03:04:05+02:00"),
        ("6210203040508A", "2026-01-02T03:04:05-07:00"),
        ("6210203040502B", "2026-01-02T03:04:05-08:00"),
        ("62102030405032", "2026-01-02T03:04:05+05:45"),  # Nepal
        ("62102030405022", "2026-01-02T03:04:05+05:30"),  # India
        ("62102030405097", "2026-01-02T03:04:05+19:45"),  # all that three bits and a digit can say
        ("6210203040509F", "2026-01-02T03:04:05-19:45"),
        ("99211320959500", "1999-12-31T02:59:59+00:00"),
        ("09100100000000", "1990-01-10T00:00:00+00:00"),
        ("98211320959500", "2089-12-31T02:59:59+00:00"),
    ],
)
def test_reads_as(octets: str, moment: str) -> None:
    read = Timestamp(bytes.fromhex(octets)).to_datetime()
    assert read is not None
    assert read.isoformat() == moment
    assert Timestamp.from_datetime(read).octets == bytes.fromhex(octets)


@pytest.mark.parametrize(
    "octets",
    [
        "00000000000000",  # no month 0: phones without a clock
        "FFFFFFFFFFFFFF",
        "62310030405000",  # month 13
        "62201330405000",  # 31 February
        "62102042405000",  # hour 24
        "62102030065000",  # minute 60
        "62102030400600",  # second 60
        "6A102030405000",  # a digit that is none
        "621020304050A0",  # zone with a unit that is no digit
        "",
        "621020304050",
    ],
)
def test_no_time_is_none_and_its_octets_stay(octets: str) -> None:
    timestamp = Timestamp(bytes.fromhex(octets))
    assert timestamp.to_datetime() is None
    assert timestamp.octets.hex().upper() == octets


quarters = st.integers(min_value=-79, max_value=79)
moments = st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2089, 12, 30)).map(  # noqa: DTZ001  # the zone follows
    lambda moment: moment.replace(microsecond=0)
)


@given(moments, quarters)
def test_a_moment_comes_back_with_its_zone(moment: datetime, quarter: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=15 * quarter)))
    read = Timestamp.from_datetime(aware).to_datetime()
    assert read == aware
    assert read is not None
    assert read.utcoffset() == aware.utcoffset()


@given(moments, st.integers(min_value=-1439, max_value=1439))
def test_any_zone_gives_the_same_moment(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert Timestamp.from_datetime(aware).to_datetime() == aware


@given(st.binary(min_size=7, max_size=7).map(Timestamp))
def test_any_octets_are_a_time_or_none(timestamp: Timestamp) -> None:
    read = timestamp.to_datetime()
    assert read is None or read.utcoffset() is not None


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 2),  # noqa: DTZ001  # that is the point
        datetime(1989, 12, 31, tzinfo=UTC),
        datetime(2090, 1, 1, tzinfo=UTC),
        datetime(2089, 12, 31, 23, tzinfo=timezone(-timedelta(hours=22))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=23))),
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=23))),
    ],
)
def test_a_moment_that_does_not_fit_is_refused(moment: datetime) -> None:
    with pytest.raises(PduEncodeError):
        Timestamp.from_datetime(moment)


def test_only_seven_octets_are_written() -> None:
    with pytest.raises(PduEncodeError) as caught:
        encode_timestamp(Timestamp(b"\0" * 6), "TP-DT")
    assert caught.value.field == "TP-DT"
