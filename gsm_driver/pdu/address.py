"""TP addresses and the SMSC address (3GPP TS 23.040 clause 9.1.2.5, TS 24.011 clause 8.2.5.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gsm_driver.errors import PduDecodeError, PduEncodeError

from .frozen import maker, quick
from .gsm7 import DEFAULT_TABLE, pack_septets, unpack_septets
from .octets import OCTETS

if TYPE_CHECKING:
    from .reader import Reader

MAX_SEMI_OCTETS: Final = 20  # an address field has at most 12 octets, two of them length and type
# What an address field takes, by its first octet.
ADDRESS_OCTETS: Final = tuple(2 + (length + 1) // 2 for length in range(MAX_SEMI_OCTETS + 1))
_FROM_HEX: Final = str.maketrans("abcde", "*#abc")
_TO_HEX: Final = str.maketrans("*#abc", "abcde")
_DIGITS: Final = re.compile(r"[0-9*#abc]*")
_NUMBER: Final = re.compile(r"[0-9*#abc]+")


class TypeOfNumber(IntEnum):
    """Bits 6 to 4 of the type-of-address octet."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK_SPECIFIC = 3
    SUBSCRIBER = 4
    ALPHANUMERIC = 5
    ABBREVIATED = 6
    RESERVED = 7


_TYPES: Final = tuple(TypeOfNumber(octet >> 4 & 0x07) for octet in range(256))  # by type of address
_UNKNOWN: Final = TypeOfNumber.UNKNOWN
_INTERNATIONAL: Final = TypeOfNumber.INTERNATIONAL
_ALPHANUMERIC: Final = TypeOfNumber.ALPHANUMERIC


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Who sent or shall receive a short message."""

    digits: str = field(repr=False)  # "0" to "9", "*", "#", "a", "b", "c"; the name itself when alphanumeric
    type_of_number: TypeOfNumber = TypeOfNumber.UNKNOWN
    numbering_plan: int = 1  # bits 3 to 0 of the type-of-address octet; 1 is ISDN/telephone

    @classmethod
    def parse(cls, number: str) -> Address:
        """A number without blanks: "+" means international. Letters are refused (`PduEncodeError`)."""
        digits = number.removeprefix("+")
        is_international = len(digits) < len(number)
        is_decimal = digits.isascii() and digits.isdigit()
        if not is_decimal and (is_international or not _NUMBER.fullmatch(digits)):
            text = 'a number has digits only, or "*", "#", "a", "b", "c", and "+" before an international one'
            raise PduEncodeError(text, field="TP-DA")
        if len(digits) > MAX_SEMI_OCTETS:
            raise PduEncodeError(f"a number has at most {MAX_SEMI_OCTETS} digits", field="TP-DA")
        return _make_address(digits, _INTERNATIONAL if is_international else _UNKNOWN, 1)

    @property
    def is_alphanumeric(self) -> bool:
        """The address is a name. Nobody can answer to it."""
        return self.type_of_number is _ALPHANUMERIC

    @property
    def number(self) -> str:
        """The digits as sent, with "+" before them if international; or the name."""
        return f"+{self.digits}" if self.type_of_number is _INTERNATIONAL else self.digits


_make_address: Final = maker(Address, "digits", "type_of_number", "numbering_plan")


def decode_address(reader: Reader, field_name: str) -> Address:
    """An address field: length in useful semi-octets, type, value. Raises `PduDecodeError`."""
    length = reader.octet(field_name)
    if length > MAX_SEMI_OCTETS:
        text = f"an address of {length} semi-octets; at most {MAX_SEMI_OCTETS} are allowed"
        raise PduDecodeError(text, field=field_name, offset=reader.offset - 1)
    return decode_address_value(reader.take(ADDRESS_OCTETS[length] - 1, field_name), length)


@lru_cache(maxsize=16)  # a network has few, and each received message names one
def decode_smsc(value: bytes) -> Address | None:
    """The service centre address behind its length: type, value. None when it is absent or only filler."""
    address = decode_address_value(value, 2 * len(value) - 2) if value else None
    return address if address and address.digits else None


def decode_address_value(value: bytes, semi_octets: int) -> Address:
    """The type-of-address octet and the semi-octets behind it."""
    kind = value[0]
    type_of_number = _TYPES[kind]
    if type_of_number is _ALPHANUMERIC:
        digits = DEFAULT_TABLE.decode(unpack_septets(value[1:], semi_octets * 4 // 7))
    else:
        digits = value[:0:-1].hex()[::-1][:semi_octets]  # `decode_semi_octets` but for the first octet
        if not digits.isdecimal():
            digits = digits.partition("f")[0].translate(_FROM_HEX)  # 0xF fills up and ends
    return _make_address(digits, type_of_number, kind & 0x0F)


def encode_address(address: Address, field_name: str) -> bytes:
    """The address field. Raises `PduEncodeError` where a digit or the length does not fit."""
    semi_octets, value = _encode_value(address, field_name)
    if semi_octets > MAX_SEMI_OCTETS:
        raise PduEncodeError("the address is too long: at most 20 digits or 11 letters", field=field_name)
    return OCTETS[semi_octets] + value


def encode_smsc(address: Address | None) -> bytes:
    """The service centre address; one zero octet for None: the modem takes the one stored on the SIM."""
    if address is None:
        return b"\0"
    semi_octets, value = _encode_value(address, "SMSC")
    if semi_octets > MAX_SEMI_OCTETS:
        raise PduEncodeError("the address is too long: at most 20 digits", field="SMSC")
    return OCTETS[len(value)] + value


def _encode_value(address: Address, field_name: str) -> tuple[int, bytes]:
    """The number of useful semi-octets; the type-of-address octet and the semi-octets."""
    digits, type_of_number, plan = address.digits, address.type_of_number, address.numbering_plan
    if not 0 <= plan <= 0x0F:
        raise PduEncodeError("a numbering plan is a number from 0 to 15", field=field_name)
    kind = "91" if type_of_number is _INTERNATIONAL and plan == 1 else f"{8 | type_of_number:x}{plan:x}"
    if type_of_number is _ALPHANUMERIC:
        septets = DEFAULT_TABLE.encode(digits)
        return -(-len(septets) * 7 // 4), bytes.fromhex(kind) + pack_septets(septets)
    if not (digits.isascii() and digits.isdigit()):
        if not _DIGITS.fullmatch(digits):
            raise PduEncodeError('only "0" to "9", "*", "#", "a", "b" and "c" are digits', field=field_name)
        digits = digits.translate(_TO_HEX)
    filled = digits + "f" if len(digits) & 1 else digits
    return len(digits), bytes.fromhex(filled[::-1] + kind)[::-1]  # `encode_semi_octets`, and the type first
