"""Numbers that must fit into one octet."""

from __future__ import annotations

from typing import Final

from gsm_driver.errors import PduEncodeError

OCTETS: Final = tuple(bytes((value,)) for value in range(0x100))  # each as bytes, which take time to make


def octet(value: int, field: str) -> int:
    """`value`, if it is 0 to 255. Raises `PduEncodeError` that names the field if not."""
    if not 0 <= value <= 0xFF:
        raise PduEncodeError("a number from 0 to 255 is needed", field=field)
    return value
