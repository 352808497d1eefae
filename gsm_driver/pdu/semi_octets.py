"""Semi-octets: decimal digits in swapped halves (3GPP TS 23.040 clause 9.1.2.3)."""

from __future__ import annotations


def decode_semi_octets(octets: bytes) -> str:
    """Two hex digits an octet, the lower half first."""
    return octets[::-1].hex()[::-1]


def encode_semi_octets(digits: str) -> bytes:
    """An even number of hex digits, two in each octet, the first in the lower half."""
    return bytes.fromhex(digits[::-1])[::-1]
