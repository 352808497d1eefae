"""The grammar of command lines (ITU-T V.250 clause 5)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.simulator.command import (
    Command,
    CommandKind,
    CommandSyntaxError,
    ParameterError,
    parse_command_line,
    split_parameters,
)

EXECUTE, SET, READ, TEST = CommandKind.EXECUTE, CommandKind.SET, CommandKind.READ, CommandKind.TEST


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", []),
        ("E0", [("E", EXECUTE, "0")]),
        ("E", [("E", EXECUTE, "")]),
        ("e0v1", [("E", EXECUTE, "0"), ("V", EXECUTE, "1")]),
        ("&F", [("&F", EXECUTE, "")]),
        ("E0&C1", [("E", EXECUTE, "0"), ("&C", EXECUTE, "1")]),
        ("S3?", [("S3", READ, "")]),
        ("S3=13", [("S3", SET, "13")]),
        ("S3=?", [("S3", TEST, "")]),
        ("S03=13E0", [("S3", SET, "13"), ("E", EXECUTE, "0")]),
        ("D+43660;", [("D", EXECUTE, "+43660;")]),
        ("+CSQ", [("+CSQ", EXECUTE, "")]),
        ("+csq", [("+CSQ", EXECUTE, "")]),
        ("+CREG?", [("+CREG", READ, "")]),
        ("+CREG=?", [("+CREG", TEST, "")]),
        ("+CREG=2", [("+CREG", SET, "2")]),
        ("+CMEE=1;+CMGF=0", [("+CMEE", SET, "1"), ("+CMGF", SET, "0")]),
        ("E0+CMEE=1;V1", [("E", EXECUTE, "0"), ("+CMEE", SET, "1"), ("V", EXECUTE, "1")]),
        ("E0;+CMEE=1", [("E", EXECUTE, "0"), ("+CMEE", SET, "1")]),
        ('+CPIN="1;2"', [("+CPIN", SET, '"1;2"')]),
        ("^CURC=0", [("^CURC", SET, "0")]),
    ],
)
def test_a_line_is_split_into_its_commands(line: str, expected: list[Any]) -> None:
    assert parse_command_line(line) == [
        Command(name=name, kind=kind, text=text) for name, kind, text in expected
    ]


@pytest.mark.parametrize("line", ["+", "+CMEE!", "=1", "?", "+CMEE 1", "\x00"])
def test_what_v250_has_no_reading_for_is_refused(line: str) -> None:
    with pytest.raises(CommandSyntaxError):
        parse_command_line(line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("1", ["1"]),
        ("2,1,0,2,1", ["2", "1", "0", "2", "1"]),
        ('"SM",,"ME"', ['"SM"', "", '"ME"']),
        (",1", ["", "1"]),
        (" 1 , 2 ", ["1", "2"]),
        ('"a,b",2', ['"a,b"', "2"]),
    ],
)
def test_parameters_are_split_at_commas_outside_of_quotes(text: str, expected: list[Any]) -> None:
    assert split_parameters(text) == expected


def test_parameters_are_read_with_defaults() -> None:
    command = Command(name="+X", kind=SET, text='7,"SM",')
    assert (command.integer(0), command.string(1), command.integer(2, 5), command.string(3, "")) == (
        7,
        "SM",
        5,
        "",
    )


@pytest.mark.parametrize("position", [1, 2])
def test_a_parameter_that_is_missing_or_no_number_is_named(position: int) -> None:
    command = Command(name="+X", kind=SET, text='7,"SM",')
    with pytest.raises(ParameterError):
        command.integer(position)


@given(st.text())
def test_any_line_is_split_or_refused(line: str) -> None:
    with suppress(CommandSyntaxError):
        parse_command_line(line)
