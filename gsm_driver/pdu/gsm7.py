"""GSM 7 bit characters and their packing (3GPP TS 23.038 clauses 6.1.2 and 6.2.1).

Septets are held one in each octet. Characters are looked up by the codecs of CPython, and packing works on
one big integer: the loops run in C, so that a full message takes microseconds.
"""

from __future__ import annotations

import re
from codecs import charmap_decode, charmap_encode
from functools import cache, lru_cache
from struct import Struct
from typing import TYPE_CHECKING

from gsm_driver.errors import PduEncodeError

from .national import DEFAULT_ALPHABET, DEFAULT_EXTENSION, LOCKING_SHIFT, SINGLE_SHIFT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .national import NationalLanguage

ESCAPE = 0x1B
_ESCAPED_PAIR = re.compile(rb"\x1b[\x00-\x7f]")
_ESCAPED_CODE = re.compile(rb"[\x80-\xff]")
_NOT_LATIN_1 = bytes((ESCAPE,))  # as if a character had no code
_RESERVED = "\ufffd"  # what a table has at a code without a character


class Gsm7Table:
    """An alphabet with its extension table.

    In here the codes of the extension are 0x80 and up: one octet a character, whichever table it is from.
    """

    __slots__ = ("_decoding", "_encoding", "_from_latin_1")

    def __init__(self, alphabet: str, extension: Mapping[int, str]) -> None:
        shifted = {code: c for first, run in extension.items() for code, c in enumerate(run, first)}
        # A receiver shows a space for an escape it cannot follow, and the character of the alphabet where the
        # extension has none.
        plain = alphabet.replace("\x1b", " ")
        self._decoding = plain + "".join(shifted.get(code, c) for code, c in enumerate(plain))
        codes: dict[int, int] = {}
        for code, character in (*enumerate(alphabet), *((0x80 | code, c) for code, c in shifted.items())):
            if character not in {"\x1b", _RESERVED}:
                codes.setdefault(ord(character), code)
        self._encoding = codes
        self._from_latin_1 = bytes(codes.get(point, ESCAPE) for point in range(256))

    def encode(self, text: str) -> bytes:
        """The septets of `text`.

        Raises:
            PduEncodeError: a character is in neither table. The error gives its place, not the character.
        """
        try:
            return self._encode(text)
        except UnicodeEncodeError as error:
            place = error.start + 1
            raise PduEncodeError(f"character {place} is not in the 7 bit alphabet", field="TP-UD") from None

    def try_encode(self, text: str) -> bytes | None:
        """The septets of `text`; None if a character is in neither table."""
        try:
            return self._encode(text)
        except UnicodeEncodeError:
            return None

    def _encode(self, text: str) -> bytes:
        try:  # most texts are Latin-1, and this is ten times as fast as the charmap codec
            coded = text.encode("latin-1").translate(self._from_latin_1)
        except UnicodeEncodeError:
            coded = _NOT_LATIN_1
        if ESCAPE in coded:
            coded = charmap_encode(text, "strict", self._encoding)[0]
        return coded if coded.isascii() else _ESCAPED_CODE.sub(_escape, coded)

    def decode(self, septets: bytes) -> str:
        """The text of `septets`. Codes that the tables leave empty read as U+FFFD."""
        coded = _ESCAPED_PAIR.sub(_unescape, septets) if ESCAPE in septets else septets
        return charmap_decode(coded, "strict", self._decoding)[0]

    def can_encode(self, text: str) -> bool:
        """All characters are in one of the two tables."""
        return self._encoding.keys() >= set(map(ord, text))


def _escape(match: re.Match[bytes]) -> bytes:
    return bytes((ESCAPE, match[0][0] & 0x7F))


def _unescape(match: re.Match[bytes]) -> bytes:
    return bytes((match[0][1] | 0x80,))


DEFAULT_TABLE = Gsm7Table(DEFAULT_ALPHABET, DEFAULT_EXTENSION)
BASIC_TABLE = Gsm7Table(DEFAULT_ALPHABET, {})  # for receivers that do not know the extension


@cache
def national_table(locking: NationalLanguage | None, single: NationalLanguage | None) -> Gsm7Table:
    """The table for a locking shift and a single shift language; None stands for the default of each."""
    if locking is None and single is None:
        return DEFAULT_TABLE
    alphabet = DEFAULT_ALPHABET if locking is None else LOCKING_SHIFT.get(locking, DEFAULT_ALPHABET)
    return Gsm7Table(alphabet, DEFAULT_EXTENSION if single is None else SINGLE_SHIFT[single])


# Packing in lanes of 64 bits. Eight septets, one in each octet of a lane, move together in three steps: pairs
# of 7 bits to 14, pairs of 14 to 28, pairs of 28 to 56. A step moves the upper half of each pair, all over
# the integer.
_UPPER_7 = 0x7F007F007F007F00
_UPPER_14 = 0x3FFF00003FFF0000
_UPPER_28 = 0x0FFFFFFF00000000


def pack_septets(septets: bytes) -> bytes:
    """Septets, one in each octet and each below 0x80, packed; unused bits of the last octet are 0."""
    count = len(septets)
    lanes = (count + 7) >> 3
    upper_7, upper_14, upper_28 = _pack_masks(lanes)
    bits = int.from_bytes(septets, "little")
    bits -= (bits & upper_7) >> 1  # minus half of the upper part is the upper part one bit lower
    bits -= ((bits & upper_14) >> 2) * 3
    bits -= ((bits & upper_28) >> 4) * 15
    octets = bytearray(bits.to_bytes(8 * lanes, "little"))
    del octets[7::8]
    del octets[(count * 7 + 7) >> 3 :]
    return bytes(octets)


def unpack_septets(octets: bytes, count: int) -> bytes:
    """`count` septets, one in each octet, from packed octets; fewer if the octets do not hold so many."""
    if count * 7 > len(octets) * 8:
        count = len(octets) * 8 // 7
    lanes = (count + 7) >> 3
    if len(octets) != 7 * lanes:
        octets = octets[: 7 * lanes].ljust(7 * lanes, b"\0")
    split, upper_7, upper_14, upper_28 = _unpack_masks(lanes)
    bits = int.from_bytes(b"\0".join(split(octets)), "little")
    bits += (bits & upper_28) * 15  # plus 15 times the upper part is the upper part four bits higher
    bits += (bits & upper_14) * 3
    bits += bits & upper_7
    return bits.to_bytes(8 * lanes, "little")[:count]


def _in_each_lane(mask: int, lanes: int) -> int:
    return int.from_bytes(mask.to_bytes(8, "little") * lanes, "little")


@lru_cache(maxsize=64)
def _pack_masks(lanes: int) -> tuple[int, int, int]:
    return _in_each_lane(_UPPER_7, lanes), _in_each_lane(_UPPER_14, lanes), _in_each_lane(_UPPER_28, lanes)


@lru_cache(maxsize=64)
def _unpack_masks(lanes: int) -> tuple[Callable[[bytes], tuple[bytes, ...]], int, int, int]:
    return (
        Struct("7s" * lanes).unpack,
        _in_each_lane(_UPPER_7 >> 1, lanes),
        _in_each_lane(_UPPER_14 >> 2, lanes),
        _in_each_lane(_UPPER_28 >> 4, lanes),
    )
