from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gsm_driver.at.redaction import RedactedLines, redact
from gsm_driver.at.result_codes import error_from_final, parse_final
from gsm_driver.at.urc import URCS

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("OK", "OK"),
        ("+CME ERROR: SIM not inserted", "+CME ERROR: SIM not inserted"),
        ("+CME ERROR: (U)SIM Busy", "+CME ERROR: SIM busy"),
        ("+CMS ERROR: 500", "+CMS ERROR: 500"),
        ("+CMS ERROR: call barred", "+CMS ERROR: call barred"),
        ("+CMS ERROR: incorrect parameters", "+CMS ERROR: incorrect parameters"),  # words of +CME ERROR
        ("+CMS ERROR:38", "+CMS ERROR: 38"),
        ("+CME ERROR: 4711", "+CME ERROR: …"),
        ("+CME ERROR: Max asked for it", "+CME ERROR: …"),
        ("+CME ERROR:", "+CME ERROR: …"),
        ("NO CARRIER", "NO CARRIER"),
        ("RING", "RING"),
        ("VOICE NO CARRIER : 17", "VOICE NO CARRIER: 17"),
        ('+CMTI: "SM",3', '+CMTI: "SM",3'),
        ('+CPMS: ("SM","ME"),("SM","SM_P"),("SM")', '+CPMS: ("SM","ME"),("SM","SM_P"),("SM")'),
        ("+CPMS: 3,10,3,10,3,10", "+CPMS: 3,10,3,10,3,10"),
        ("+CNMI: (0-2),(0,1,3),(0,2),(0-2),(0,1)", "+CNMI: (0-2),(0,1,3),(0,2),(0-2),(0,1)"),
        ("+CPIN: SIM PIN", "+CPIN: SIM PIN"),
        ("+CPIN: PH-NET PIN", "+CPIN: PH-NET PIN"),
        ("+CPIN: 1234 is my pin", "+CPIN: …"),
        ("+CPINR: SIM PIN,3,3", "+CPINR: …,3,3"),
        ("+CSQ: 18,99", "+CSQ: 18,99"),
        ("+CSQ: meine Nummer ist 436641234567", "+CSQ: …"),
        ("+CSQ meine Nummer ist 436641234567", "<34 characters>"),
        ('+CLIP: "+436601234567",145', '+CLIP: "…",…'),
        ("+CNUM: ,0660123456,129", "+CNUM: ,…,…"),
        ('+CREG: 2,1,"5E25","0B88E350",7', '+CREG: 2,1,"…","…",7'),
        ("+CREG: 2,1,4CA5,81DE445,7", "+CREG: 2,1,…,…,7"),
        ('+COPS: 0,0,"A1",7', '+COPS: 0,0,"…",…'),
        ("+CUSD: 0,Your code is 12", "+CUSD: 0,…"),
        ('+CUSD: 0,"lost, quote', '+CUSD: 0,"…"'),
        ('+CUSD: 0,"a, b",15', '+CUSD: 0,"…",…'),
        ("+CMGL: 1,1,,29", "+CMGL: 1,1,,29"),
        ('+CMGL: 1,1,"Anna",29', '+CMGL: 1,1,"…",29'),
        ('+CLCC: 1,0,3,0,0,"+436601234567",145', '+CLCC: 1,0,3,0,0,"…",…'),
        ('+QIND: "csq",31,99', '+QIND: "csq",…,…'),
        ("MISSED_CALL: 10:01AM 133", "MISSED_CALL: …"),
        ("$GPGGA,092750.000,5321.6802,N,00630.3372,W,1", "<44 characters>"),
        ("+UUANNA: come home", "<18 characters>"),
        ("07911326040000F0040B91", "<22 characters>"),
        ("356938035643809", "<15 characters>"),
        ("Come home, Anna", "<15 characters>"),
        ("Anna: come home", "<15 characters>"),
        ("PUK 12345678: geheim", "<20 characters>"),
        ("Call 436601234567: missed", "<25 characters>"),
        ("+436641234567: bitte melden", "<27 characters>"),
        ("0664 123 456: x", "<15 characters>"),
        ('SIM PIN 4711: "x"', "<17 characters>"),
    ],
)
def test_lines(line: str, shown: str) -> None:
    assert redact(line) == shown


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (
            b'\r\n+CUSD: 0,"Guthaben 5\r\nIhre Nummer 436641234567: aktiv\r\nPUK 12345678: geheim",15\r\n',
            ['+CUSD: 0,"…"', "<31 characters>", "<24 characters>"],
        ),
        (
            b'\r\n+CMT: "+436601234567",,"26/11/22,01:00:00+04"\r\nCode 482913: nicht weitergeben\r\n',
            ['+CMT: "…",,"…"', "<30 characters>"],
        ),
    ],
)
def test_what_follows_a_header_is_a_text(*, data: bytes, shown: Sequence[str]) -> None:
    assert RedactedLines().feed(data) == shown


def test_bytes_are_cut_into_lines() -> None:
    lines = RedactedLines()
    assert lines.feed(b"\r\n+CMT: ,29\r\n0791") == ["+CMT: ,29"]
    assert lines.feed(b"1326\r\n \r\n> ") == ["<8 characters>", "<prompt>"]
    assert lines.feed(b"x" * 10_000) == ["<line_too_long>"]


# What a line may begin with: all that is known, what looks alike, and nothing.
STARTS = st.sampled_from(
    [
        *(f"{name}: " for name in (*URCS, "+CMGR", "+CPIN", "+CPMS", "+CGSN", "+CME ERROR", "+CMS ERROR")),
        *("", ">", "AT+CPIN=", "PIN ", "Anna: ", "+UUX: ", "$GPGGA,", "+CME ERROR ", "ERROR", "NO CARRIER "),
    ]
)
AROUND = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20) | st.sampled_from(
    ["0,", "1,1,,", '"', '("SM",', "(", "SIM PIN", "-", ", ", " ", ": ", ";", ")", "1 - ", "READY"]
)
SECRETS = st.from_regex(r"[0-9]{4,15}", fullmatch=True) | st.from_regex(
    r"0664 [0-9]{3} [0-9]{3}", fullmatch=True
)
NAMES = st.sampled_from(["Annabell", "quetzal", "Ärzte", "KENNWORT"])


def pieces(secret: str) -> list[str]:
    return [piece for piece in secret.split() if len(piece) > 2]


@given(start=STARTS, before=AROUND, secret=SECRETS, after=AROUND)
@example(start="+CME ERROR: ", before="", secret="4711", after="")
@example(start="+CPIN: ", before="", secret="1234", after=" is my pin")
@example(start="", before="Call ", secret="436601234567", after=": missed")
@example(start="+CSQ: ", before="-", secret="0664 123 456", after="")
def test_no_number_and_no_pin_comes_out_wherever_it_stands(
    start: str, before: str, secret: str, after: str
) -> None:
    line = f"{start}{before}{secret}{after}"
    assume(not any(piece in (start + before + after) for piece in pieces(secret)))
    for shown in (redact(line), *RedactedLines().feed(f"\r\n{line}\r\n".encode("latin-1"))):
        assert not any(piece in shown for piece in pieces(secret))
    final = parse_final(line)
    if final is not None:
        assert not any(piece in str(error_from_final("AT+CPIN", final)) for piece in pieces(secret))


@given(start=STARTS, before=AROUND, name=NAMES, after=AROUND)
def test_no_text_comes_out_wherever_it_stands(start: str, before: str, name: str, after: str) -> None:
    for shown in RedactedLines().feed(f"\r\n{start}{before}{name}{after}\r\n".encode("latin-1")):
        assert name.upper() not in shown.upper()
