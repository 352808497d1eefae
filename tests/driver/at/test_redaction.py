from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.at.redaction import RedactedLines, redact


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("OK", "OK"),
        ("+CME ERROR: SIM not inserted", "+CME ERROR: SIM not inserted"),
        ("NO CARRIER", "NO CARRIER"),
        ("RING", "RING"),
        ('+CMTI: "SM",3', '+CMTI: "SM",3'),
        ("+CPIN: SIM PIN", "+CPIN: SIM PIN"),
        ('+CLIP: "+436601234567",145', '+CLIP: "…",145'),
        ("+CNUM: ,0660123456,129", "+CNUM: ,…,129"),
        ('+CREG: 2,1,"5E25","0B88E350",7', '+CREG: 2,1,"…","…",7'),
        ("+CREG: 2,1,4CA5,81DE445,7", "+CREG: 2,1,…,…,7"),
        ("+CUSD: 0,Your code is 12", "+CUSD: 0,… … … 12"),
        ('+CUSD: 0,"lost quote', '+CUSD: 0,"…"'),
        ("+CMGL: 1,1,,29", "+CMGL: 1,1,,29"),
        ("07911326040000F0040B91", "<22 characters>"),
        ("Come home, Anna", "<15 characters>"),
        ("Anna: come home", "ANNA: … …"),
    ],
)
def test_lines(line: str, shown: str) -> None:
    assert redact(line) == shown


def test_bytes_are_cut_into_lines() -> None:
    lines = RedactedLines()
    assert lines.feed(b"\r\n+CMT: ,29\r\n0791") == ["+CMT: ,29"]
    assert lines.feed(b"1326\r\n \r\n> ") == ["<8 characters>", "<prompt>"]
    assert lines.feed(b"x" * 10_000) == ["<line_too_long>"]


@given(
    number=st.from_regex(r"\+?[0-9]{6,15}", fullmatch=True),
    form=st.sampled_from(["+CLIP: {},145", '+X: "{}"', "{}"]),
)
def test_no_number_survives(number: str, form: str) -> None:
    assert number not in redact(form.format(number))
