"""Numbers as others may see them."""

from __future__ import annotations

_FEWEST = 10  # characters, the plus included: of a shorter number too much would be left


def mask_number(number: str) -> str:
    """Enough of a number to tell two apart: ``+43…678``; short ones and names are hidden whole."""
    return f"{number[:3]}…{number[-3:]}" if number.startswith("+") and len(number) >= _FEWEST else "…"
