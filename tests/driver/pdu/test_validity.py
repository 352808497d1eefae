from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.errors import PduDecodeError, PduEncodeError
from gsm_driver.pdu.reader import Reader
from gsm_driver.pdu.timestamp import Timestamp
from gsm_driver.pdu.validity import (
    AbsoluteValidity,
    EnhancedValidity,
    RelativeValidity,
    ValidityPeriod,
    decode_validity,
    encode_validity,
)

MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


@pytest.mark.parametrize(
    ("octet", "duration"),
    [
        (0, 5 * MINUTE),
        (143, 12 * HOUR),
        (144, 12 * HOUR + 30 * MINUTE),
        (167, 24 * HOUR),
        (168, 2 * DAY),
        (170, 4 * DAY),
        (196, 30 * DAY),
        (197, 5 * WEEK),
        (255, 63 * WEEK),
    ],
)
def test_relative_periods_of_the_standard(octet: int, duration: timedelta | None) -> None:
    assert RelativeValidity(octet).duration == duration
    assert RelativeValidity.from_timedelta(duration).octet == octet


@pytest.mark.parametrize(
    ("wanted", "given_"),
    [
        (timedelta(seconds=1), 5 * MINUTE),
        (5 * MINUTE + timedelta(seconds=1), 10 * MINUTE),
        (12 * HOUR + MINUTE, 12 * HOUR + 30 * MINUTE),
        (25 * HOUR, 2 * DAY),
        (31 * DAY, 5 * WEEK),
        (500 * DAY, 63 * WEEK),
    ],
)
def test_a_period_is_never_shorter_than_asked_up_to_the_longest(wanted: timedelta, given_: timedelta) -> None:
    assert RelativeValidity.from_timedelta(wanted).duration == given_


@given(st.timedeltas(min_value=timedelta(microseconds=1), max_value=63 * WEEK))
def test_the_shortest_period_that_is_long_enough(wanted: timedelta) -> None:
    chosen = RelativeValidity.from_timedelta(wanted)
    assert chosen.duration >= wanted
    assert chosen.octet == 0 or RelativeValidity(chosen.octet - 1).duration < wanted


@pytest.mark.parametrize("wanted", [timedelta(0), timedelta(seconds=-1)])
def test_a_message_cannot_have_ended_already(wanted: timedelta) -> None:
    for kind in (RelativeValidity, EnhancedValidity):
        with pytest.raises(PduEncodeError, match="TP-VP"):
            kind.from_timedelta(wanted)


@pytest.mark.parametrize(
    ("octets", "duration", "single_shot"),
    [
        ("00000000000000", None, False),
        ("40000000000000", None, True),
        ("01A70000000000", 24 * HOUR, False),
        ("021E0000000000", timedelta(seconds=30), False),
        ("03321010000000", timedelta(hours=23, minutes=1, seconds=1), False),
        ("43321010000000", timedelta(hours=23, minutes=1, seconds=1), True),
        ("033F1010000000", None, False),  # no digits
        ("04000000000000", None, False),  # reserved
        ("81000000000000", None, False),  # extended
    ],
)
def test_enhanced_formats(octets: str, duration: timedelta | None, *, single_shot: bool) -> None:
    period = EnhancedValidity(bytes.fromhex(octets))
    assert period.duration == duration
    assert period.single_shot is single_shot


@pytest.mark.parametrize(
    ("wanted", "octets"),
    [
        (timedelta(milliseconds=1), "02010000000000"),
        (timedelta(seconds=255), "02FF0000000000"),
        (timedelta(seconds=256), "03004061000000"),
        (timedelta(hours=99, minutes=59, seconds=59), "03999595000000"),
        (timedelta(hours=100), "01AB0000000000"),
    ],
)
def test_enhanced_periods_are_to_the_second(wanted: timedelta, octets: str) -> None:
    assert EnhancedValidity.from_timedelta(wanted).octets.hex().upper() == octets
    once = EnhancedValidity.from_timedelta(wanted, single_shot=True)
    assert once.single_shot
    assert once.duration == EnhancedValidity.from_timedelta(wanted).duration
    assert once.duration is not None
    assert once.duration >= wanted


@pytest.mark.parametrize(
    "period",
    [
        None,
        RelativeValidity(170),
        AbsoluteValidity(Timestamp.from_datetime(datetime(2026, 1, 2, tzinfo=UTC))),
        EnhancedValidity(bytes(range(7))),
    ],
)
def test_each_format_comes_back(period: ValidityPeriod | None) -> None:
    form, octets = encode_validity(period)
    assert decode_validity(Reader(octets, strict=True), form) == period


@pytest.mark.parametrize(
    "period",
    [
        RelativeValidity(256),
        RelativeValidity(-1),
        AbsoluteValidity(Timestamp(b"")),
        EnhancedValidity(bytes(6)),
    ],
)
def test_what_does_not_fit_is_refused(period: ValidityPeriod | None) -> None:
    with pytest.raises(PduEncodeError) as caught:
        encode_validity(period)
    assert caught.value.field == "TP-VP"


@pytest.mark.parametrize("form", [1, 2, 3])
def test_a_missing_period_is_named(form: int) -> None:
    with pytest.raises(PduDecodeError) as caught:
        decode_validity(Reader(b"", strict=False), form)
    assert (caught.value.field, caught.value.offset) == ("TP-VP", 0)
