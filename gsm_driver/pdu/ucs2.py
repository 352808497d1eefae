"""UCS2 as phones use it: UTF-16BE with surrogates (3GPP TS 23.038 clause 6.2.3)."""

from __future__ import annotations


def encode_ucs2(text: str) -> bytes:
    """UTF-16BE. A surrogate that stands alone in `text` goes out as it is: an alarm must not fail for it."""
    return text.encode("utf-16-be", "surrogatepass")


def decode_ucs2(octets: bytes) -> str:
    """The text. Half surrogates become U+FFFD; an odd last octet is no character and is left out."""
    return whole_units(octets).decode("utf-16-be", "replace")


def whole_units(octets: bytes) -> bytes:
    """`octets` without an odd last one."""
    return octets[: len(octets) & ~1]


def splits_pair(octets: bytes, offset: int) -> bool:
    """A cut at `offset` would part a surrogate pair."""
    return 0xD8 <= octets[offset - 2] <= 0xDB and 0xDC <= octets[offset] <= 0xDF
