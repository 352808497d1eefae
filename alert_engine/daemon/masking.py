"""Rows of the journal as others may see them: the numbers in them are masked."""

from __future__ import annotations

import re
from typing import Any

from alert_engine.phone.masking import mask_number

# Seven digits and more, written as people write numbers; dates such as 2026-11-22 are none.
_NUMBER = re.compile(r"(?<!\w)(?![0-9]{4}-[0-9]{2}-[0-9]{2})\+?[0-9][0-9 ()/-]{5,}[0-9](?!\w)")
_FEWEST_DIGITS = 7

# Columns that people or devices wrote; the others are words and names of ours.
_WRITTEN = frozenset({"text", "title", "url", "labels", "reason", "key", "object", "source"})


def mask_text(text: str) -> str:
    """A text with the numbers in it masked."""
    return _NUMBER.sub(_masked, text)


def mask_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the journal with all numbers masked."""
    return {name: _mask_value(name, value) for name, value in row.items()}


def _mask_value(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name == "address":
        return mask_number(value)
    return mask_text(value) if name in _WRITTEN else value


def _masked(match: re.Match[str]) -> str:
    number = re.sub(r"[^+0-9]", "", match[0])
    return mask_number(number) if len(number.removeprefix("+")) >= _FEWEST_DIGITS else match[0]
