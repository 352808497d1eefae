"""The amount in what networks say of credit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.decisions.credit import amount_in


@pytest.mark.parametrize(
    ("words", "pattern", "amount"),
    [
        ("Ihr Guthaben: 12,34 EUR", r"Guthaben: ([0-9.,]+)", "12.34"),
        ("Ihr Guthaben: 1.234,50 EUR", r"Guthaben: ([0-9.,]+)", "1234.50"),
        ("Balance GBP 1,234.50.", r"GBP ([0-9.,]+)", "1234.50"),
        ("Credito 5 EUR", r"Credito (?P<amount>[0-9]+)", "5"),
        ("(x) Credito 7 EUR", r"(\(x\)) Credito (?P<amount>[0-9]+)", "7"),
        ("Konto: -0,40", r"Konto: (\S+)", "-0.40"),
        ("1.000", r"(\S+)", "1000"),
        ("0", r"(\S+)", "0"),
        ("no amount here", r"(\d+)", None),
        ("Guthaben: keines", r"Guthaben: (\S+)", None),
        ("", r"(\d+)", None),
        ("optional", r"optional(\d+)?", None),
        ("x" * 500 + "12", r"(\d+)", None),
    ],
)
def test_amounts(words: str, pattern: str, amount: str | None) -> None:
    assert amount_in(words, pattern) == (None if amount is None else Decimal(amount))


def test_any_amount_will_do_where_there_is_one() -> None:
    assert amount_in("Guthaben 3,50 Euro") == Decimal("3.50")


@given(words=st.text())
def test_no_words_break_it(words: str) -> None:
    amount = amount_in(words)
    assert amount is None or isinstance(amount, Decimal)
