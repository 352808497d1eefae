"""What strangers write, on a terminal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.printable import printable, printable_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Wasser im Keller, 5 €", "Wasser im Keller, 5 €"),
        ("a\nb\r\tc\x00", r"a\nb\r\tc\x00"),
        ("\x1b[2J\x1b]0;owned\x07", r"\x1b[2J\x1b]0;owned\x07"),
        ("\x9b1A\x7f", r"\x9b1A\x7f"),  # a control sequence without Escape
        ("\u202eKO\u2028\u2029\ufeff", r"\u202eKO\u2028\u2029\ufeff"),
        ("\udce9", r"\udce9"),
        ("👨\u200d👩\u200d👧 \u0645\u06cc\u200c\u062e", "👨\u200d👩\u200d👧 \u0645\u06cc\u200c\u062e"),
        ("10\u00a0%", "10\u00a0%"),
    ],
)
def test_only_what_is_dangerous_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_lines_may_be_kept() -> None:
    assert printable("1 Guthaben\n2 \x1b[1mMehr", keep="\n") == "1 Guthaben\n2 \\x1b[1mMehr"


@given(st.text(st.characters(categories=None)))
def test_a_document_stays_the_same_document_on_one_line(text: str) -> None:
    document = printable_json(json.dumps({"text": text}, ensure_ascii=False))
    assert json.loads(document) == {"text": text}
    assert len(document.splitlines()) == 1
    document.encode()
