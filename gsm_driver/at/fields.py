"""The parameters of an information response or URC: strings, numbers, ranges in brackets."""

from __future__ import annotations

import re

_FIELD = re.compile(r'(?:^|,)\s*(?:"(?P<quoted>[^"]*)"\s*(?=,|\Z)|(?P<bare>[^,]*))')
_GROUP = re.compile(r"\(([^()]*)\)")


def split_fields(value: str) -> list[str]:
    """The parameters without quotes and outer blanks.

    A comma inside quotes is no separator, unless the quotes do not pair: then every comma is one
    (``2,1,"0B,"0100701",7`` was seen from a real modem).
    """
    if value.count('"') % 2:
        return [part.strip(' "') for part in value.split(",")]
    return [
        match["bare"].strip(' "') if match["quoted"] is None else match["quoted"]
        for match in _FIELD.finditer(value)
    ]


def to_int(text: str) -> int | None:
    """A decimal number of at most nine digits, or None."""
    text = text.strip()
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None


def split_groups(value: str) -> list[str]:
    """The contents of the innermost brackets: ``(0-2),(0,1)`` to ``["0-2", "0,1"]``."""
    return _GROUP.findall(value)


def expand_range(text: str) -> frozenset[int]:
    """``0-2,5`` to {0, 1, 2, 5}. What is no number is left out; a range is cut at 256 values."""
    numbers: set[int] = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        first = to_int(low)
        last = to_int(high) if high else first
        if first is not None and last is not None:
            numbers.update(range(first, min(last, first + 255) + 1))
    return frozenset(numbers)
