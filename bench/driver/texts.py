"""The texts that are sent: each is different, so that nothing can be cached and a double is seen."""

from __future__ import annotations

FILLER = "Water in the cellar, pump 2 is running and the float switch is up. "
ONE_SEGMENT = 160  # characters of the GSM 7 bit alphabet
FIVE_SEGMENTS = 5 * 153


def numbered(count: int, length: int = ONE_SEGMENT) -> list[str]:
    """So many texts of so many characters."""
    return [filled(f"{number:05} ", length) for number in range(count)]


def replies(count: int) -> list[str]:
    """So many short texts, as people answer."""
    return [f"OK {number:05}" for number in range(count)]


def filled(start: str, length: int, filler: str = FILLER) -> str:
    """A text of so many characters that begins so."""
    return (start + filler * (1 + length // len(filler)))[:length]
