"""Values between selectors and the document: both ways, and as the engine reads them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.config.times import a_period, a_wait
from custom_components.alert_gateway.flows.codecs import (
    AMOUNT,
    CLOCK,
    DAYS,
    DURATION,
    PLAIN,
    TEXT,
    TEXTS,
    WAIT,
    known,
    labelled,
    many,
    periods,
    rows,
)

WORDS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "sat": "Saturday", "sun": "Sunday"}
WEEK = periods(labelled(WORDS))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"hours": 1, "minutes": 30}, "90min"),
        ({"days": 7}, "7d"),
        ({"hours": 48}, "2d"),
        ({"minutes": 1, "seconds": 30}, "90s"),
        ({"hours": 24, "seconds": 1}, "86401s"),
        ({"hours": 0, "minutes": 0, "seconds": 0}, "0s"),
    ],
)
def test_a_duration_is_written_in_its_largest_unit(fields: dict[str, int], text: str) -> None:
    assert WAIT.read(fields) == text


@given(st.integers(min_value=0, max_value=999_999))
def test_a_duration_comes_back_as_it_was(seconds: int) -> None:
    text = WAIT.read({"seconds": seconds})

    assert a_wait(text).total_seconds() == seconds
    assert WAIT.read(WAIT.show(text)) == text


def test_no_time_at_all_is_nothing_said_where_zero_makes_no_sense() -> None:
    assert DURATION.read({"minutes": 0}) is None


CLOCKS = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}:00", st.integers(0, 23), st.integers(0, 59))
ROWS = st.fixed_dictionaries(
    {"start": CLOCKS, "end": CLOCKS}, optional={"days": st.sets(st.sampled_from(list(WORDS.values())))}
)


@given(ROWS)
def test_a_time_of_the_week_is_one_that_the_engine_reads_and_comes_back(row: dict[str, Any]) -> None:
    (text,) = WEEK.read([row])
    a_period(text)

    (shown,) = WEEK.show([text])

    assert (shown["start"], shown["end"]) == (row["start"], row["end"])
    assert set(shown.get("days", ())) == set(row.get("days", ()))


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("22:00-06:30", {"start": "22:00:00", "end": "06:30:00"}),
        ("8:00-24:00 mon", {"days": ["Monday"], "start": "08:00:00", "end": "00:00:00"}),
        (
            "08:00 - 12:00 sat-tue",
            {"days": ["Saturday", "Sunday", "Monday", "Tuesday"], "start": "08:00:00", "end": "12:00:00"},
        ),
    ],
)
def test_times_that_somebody_wrote_by_hand_are_shown(text: str, row: dict[str, Any]) -> None:
    assert WEEK.show([text]) == [row]


def test_empty_lists_and_texts_are_left_out() -> None:
    assert WEEK.read([]) is None
    assert TEXT.read("  ") is None
    assert TEXTS.read([" ", ""]) is None
    assert many(PLAIN).read([]) is None
    assert rows({"a": PLAIN}).read([]) is None


def test_what_is_gone_is_not_shown() -> None:
    names = {"a": "Anna"}

    assert known(names).show("b") is None
    assert many(known(names)).show(["b", "a"]) == ["a"]
    assert many(labelled(names)).show(["b", "a"]) == ["Anna"]
    assert rows({"who": labelled(names), "n": PLAIN}).show([{"who": "b", "n": 1, "x": 2}]) == [{"n": 1}]


def test_empty_fields_of_a_row_are_left_out() -> None:
    assert rows({"a": TEXT, "b": PLAIN, "c": DURATION}).read([{"a": "", "b": 0, "c": {"hours": 0}}]) == [
        {"b": 0}
    ]


def test_numbers_and_clocks() -> None:
    assert [AMOUNT.read(number) for number in (5.0, 2.5)] == [5, 2.5]
    assert (DAYS.read(7.0), DAYS.show("2d")) == ("7d", 2)
    assert (CLOCK.read("08:05:00"), CLOCK.show("8:05")) == ("08:05", "08:05:00")
