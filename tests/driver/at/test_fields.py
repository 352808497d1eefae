from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.at.fields import expand_range, split_fields, split_groups, to_int


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        ("18,99", ["18", "99"]),
        ("", [""]),
        (",", ["", ""]),
        ('"SM", 3', ["SM", "3"]),
        ('0,0,"Hello, world",7', ["0", "0", "Hello, world", "7"]),
        ('2,1,"0B,"0100701",7', ["2", "1", "0B", "0100701", "7"]),  # a lost quote
        ('2,1,"5E25', ["2", "1", "5E25"]),  # cut off
        ('"a"b,c', ['a"b', "c"]),  # text after a quoted string
        ('"",""', ["", ""]),
        ('"a",', ["a", ""]),
    ],
)
def test_split_fields(value: str, fields: list[str]) -> None:
    assert split_fields(value) == fields


@given(st.text())
def test_split_fields_never_fails(value: str) -> None:
    assert split_fields(value)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("-1", -1),
        ("007", 7),
        ("", None),
        ("7x", None),
        ("--1", None),
        ("\u0667", None),  # a digit, but not ASCII
        ("\u00b2", None),
        ("123456789", 123456789),
        ("1234567890", None),
    ],
)
def test_to_int(text: str, number: int | None) -> None:
    assert to_int(text) == number


def test_split_groups() -> None:
    assert split_groups('(("SM","BM"),("SM"))') == ['"SM","BM"', '"SM"']
    assert split_groups("(),()") == ["", ""]
    assert split_groups("none") == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0-2", {0, 1, 2}),
        ("0,1,3", {0, 1, 3}),
        ("0-1,3", {0, 1, 3}),
        ("", set()),
        ("a-b,2", {2}),
        ("3-1", set()),
        ("0-999999999", set(range(256))),
    ],
)
def test_expand_range(text: str, numbers: set[int]) -> None:
    assert expand_range(text) == numbers
