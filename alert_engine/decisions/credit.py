"""The amount in what a network says of its credit: "Ihr Guthaben: 1.234,50 EUR"."""

from __future__ import annotations

import re
from decimal import Decimal

# Longer words are no answer of a network; a pattern of somebody's own making must not run on more.
_LONGEST_WORDS = 500
_NUMBER = re.compile(r"-?[0-9](?:[0-9.,' \u00a0]{0,14}[0-9])?")
_CENTS = re.compile(r"[.,]([0-9]{1,2})$")

# Any number: enough where the answer has only one.
ANY_AMOUNT = r"(-?[0-9][0-9.,']*)"


def amount_in(words: str, pattern: str = ANY_AMOUNT) -> Decimal | None:
    """The amount that `pattern` finds: its group ``amount``, else its first; None if there is none.

    A point or comma before one or two last digits begins the cents; others only make long numbers readable.
    """
    found = re.search(pattern, words[:_LONGEST_WORDS])
    if found is None:
        return None
    text = found["amount"] if "amount" in found.re.groupindex else found[1]
    number = _NUMBER.search(text or "")
    return None if number is None else _decimal(number[0])


def _decimal(number: str) -> Decimal:
    cents = _CENTS.search(number)
    whole = number[: cents.start()] if cents else number
    sign = "-" if number.startswith("-") else ""
    digits = "".join(character for character in whole if character in "0123456789")
    return Decimal(f"{sign}{digits}.{cents[1]}" if cents else f"{sign}{digits}")
