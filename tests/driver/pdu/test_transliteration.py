# ruff: noqa: RUF001  # characters that look alike are the subject
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver import transliterated
from gsm_driver.pdu.gsm7 import BASIC_TABLE, DEFAULT_TABLE
from gsm_driver.pdu.transliteration import transliterate


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("Ärger mit Öl", "Ärger mit Öl"),  # what fits stays
        ("e\u0301te\u0301", "été"),  # composed first
        ("Žluťoučký kůň", "Zlutoucky kun"),
        ("Łódź", "Lodz"),
        ("façade", "facade"),
        ("„a“ ‚b‘ «c» `d´", "\"a\" 'b' \"c\" 'd'"),
        ("a–b—c−d", "a-b-c-d"),
        ("wait…", "wait..."),
        ("21 °C ± ½", "21 degC +/- 1/2"),
        ("5 \u00b5m", "5 um"),
        ("5×4 m²", "5x4 m2"),
        ("a\u00a0b\tc\u200b", "a b c"),
        ("™ © ®", "TM (c) (R)"),
        ("ΑΘΗΝΑ Καλημέρα", "A\u0398HNA KA\u039bHMEPA"),
        ("œuvre Œ ﬁn", "oeuvre OE fin"),
        ("你好", None),
        ("😁", None),
        ("", ""),
    ],
)
def test_look_alikes(text: str, simple: str | None) -> None:
    assert transliterate(text, DEFAULT_TABLE) == simple


@pytest.mark.parametrize(
    ("text", "simple"),
    [("[a] {b}", "(a) (b)"), ("5 €", "5 EUR"), ("a\\b|c^~", "a/b/c-"), ("x\fy", "x\ny"), ("…", "...")],
)
def test_look_alikes_for_the_extension(text: str, simple: str) -> None:
    assert transliterate(text, BASIC_TABLE) == simple


@given(st.text())
def test_the_result_always_fits(text: str) -> None:
    for table in (DEFAULT_TABLE, BASIC_TABLE):
        simple = transliterate(text, table, last_resort="?")
        assert simple is not None
        assert table.can_encode(simple)


@given(st.text())
def test_the_public_name_writes_what_a_forced_alphabet_sends(text: str) -> None:
    assert BASIC_TABLE.can_encode(transliterated(text, plain=True))
    assert transliterated(text) == transliterate(text, DEFAULT_TABLE, last_resort="?")
