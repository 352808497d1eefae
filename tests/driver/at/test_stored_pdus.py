"""Stored messages in the shapes that modems list them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.at.exchange import InfoLine, Response
from gsm_driver.at.stored_pdus import StoredPdu, parse_stored_message, parse_stored_messages
from gsm_driver.at.urc import split_prefix

PDU = "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07"


def response(*lines: str, body: str | None = None) -> Response:
    """All lines with the same body."""
    infos = [split_prefix(line) if line.startswith("+") else ("", line) for line in lines]
    return Response(
        command="AT", lines=tuple(InfoLine(prefix=prefix, value=value, body=body) for prefix, value in infos)
    )


@pytest.mark.parametrize(
    ("line", "status", "length"),
    [
        ("+CMGR: 0,,29", 0, 29),
        ('+CMGR: 1,"Anna, B.",29', 1, 29),
        ("+CMGR: 3,29", 3, 29),
        ("+CMGR:0, ,29", 0, 29),
        ("+CMGR: 0", 0, None),
        ("+CMGR: 1,,", 1, None),
        ('+CMGR: "REC READ","+43660",,"26/01/01"', None, None),  # text mode
        ("+CMGR:", None, None),
    ],
)
def test_one_message(line: str, status: int | None, length: int | None) -> None:
    message = parse_stored_message(response(line, body=PDU))
    assert message == StoredPdu(index=None, status=status, length=length, hex_pdu=PDU)


def test_an_empty_slot() -> None:
    assert parse_stored_message(response()) is None
    assert parse_stored_message(response("+CMGR: 0,,0")) is None
    assert parse_stored_message(response("hello", "+CMGR: 0,,0")) is None


def test_a_list() -> None:
    listed = parse_stored_messages(response("+CMGL: 0,1,,29", '+CMGL: 7,0,"",29', "hello", body=PDU))
    assert listed == (
        StoredPdu(index=0, status=1, length=29, hex_pdu=PDU),
        StoredPdu(index=7, status=0, length=29, hex_pdu=PDU),
    )
    assert all(entry.is_well_listed for entry in listed)
    assert parse_stored_messages(response("+CMGL: 0,1,,0")) == ()
    assert parse_stored_messages(response()) == ()


@pytest.mark.parametrize(
    ("line", "index"),
    [
        ("+CMGL: 2,1,,", 2),
        ("+CMGL: 2,1", 2),
        ("+CMGL: 2", 2),
        ('+CMGL: 2,"REC UNREAD","x",,"26"', 2),
        ("+CMGL: ,1,,29", None),
        ("+CMGL: x,1,,29", None),
        ("+CMGL:", None),
    ],
)
def test_an_entry_that_makes_no_sense_hides_no_other(line: str, index: int | None) -> None:
    before, odd, after = parse_stored_messages(response("+CMGL: 1,1,,29", line, "+CMGL: 3,1,,29", body=PDU))
    assert (before.index, odd.index, after.index) == (1, index, 3)
    assert [entry.is_well_listed for entry in (before, odd, after)] == [True, False, True]


@given(st.text(), st.none() | st.text())
def test_nothing_raises(value: str, body: str | None) -> None:
    for prefix, parse in (("+CMGR", parse_stored_message), ("+CMGL", parse_stored_messages)):
        parse(Response(command="AT", lines=(InfoLine(prefix=prefix, value=value, body=body),)))


def test_nothing_of_a_message_is_in_its_repr() -> None:
    assert PDU not in repr(StoredPdu(index=1, status=0, length=29, hex_pdu=PDU))
