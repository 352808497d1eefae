"""GSM 7 bit characters and their packing (3GPP TS 23.038 clauses 6.1.2 and 6.2.1).

Septets are held one in each octet. Characters are looked up by the codecs of CPython, and packing works on
one big integer: the loops run in C, so that a full message takes microseconds.
"""

from __future__ import annotations

import re
from codecs import charmap_decode, charmap_encode
from functools import cache
from struct import Struct
from typing import TYPE_CHECKING

from gsm_driver.errors import PduEncodeError

from .national import DEFAULT_ALPHABET, DEFAULT_EXTENSION, LOCKING_SHIFT, SINGLE_SHIFT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .national import NationalLanguage

ESCAPE = 0x1B
_ESCAPED_PAIR = re.compile(rb"\x1b[\x00-\x7f]")
_ESCAPED_CODE = re.compile(rb"[\x80-\xff]")
_RESERVED = "\ufffd"  # what a table has at a code without a character


class Gsm7Table:
    """An alphabet with its extension table.

    In here the codes of the extension are 0x80 and up: one octet a character, whichever table it is from.
    """

    __slots__ = ("_decoding", "_encoding", "_find_foreign", "_from_latin_1")

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
        self._from_latin_1 = bytes(codes.get(point, ESCAPE) for point in range(256))  # ESCAPE: it has no code
        self._find_foreign = re.compile(f"[^{re.escape(''.join(map(chr, codes)))}]").search

    def encode(self, text: str) -> bytes:
        """The septets of `text`.

        Raises:
            PduEncodeError: a character is in neither table. The error gives its place, not the character.
        """
        septets = self.try_encode(text)
        if septets is None:
            place = next(i for i, character in enumerate(text, 1) if not self.can_encode(character))
            text = f"character {place} is not in the 7 bit alphabet"
            raise PduEncodeError(text, field="TP-UD") from None  # what is handled just now may hold the text
        return septets

    def try_encode(self, text: str) -> bytes | None:
        """The septets of `text`; None if a character is in neither table."""
        # Most texts are Latin-1, and this is ten times as fast as the charmap codec.
        coded = text.encode("latin-1", "ignore").translate(self._from_latin_1)
        if len(coded) != len(text) or ESCAPE in coded:
            if not self.can_encode(text):
                return None
            coded = charmap_encode(text, "strict", self._encoding)[0]
        return coded if coded.isascii() else _ESCAPED_CODE.sub(_escape, coded)

    def decode(self, septets: bytes) -> str:
        """The text of `septets`. Codes that the tables leave empty read as U+FFFD."""
        coded = _ESCAPED_PAIR.sub(_unescape, septets) if ESCAPE in septets else septets
        return charmap_decode(coded, "strict", self._decoding)[0]

    def can_encode(self, text: str) -> bool:
        """All characters are in one of the two tables."""
        return self._find_foreign(text) is None


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


# Packing works on all septets at once, as one integer whose lowest octet is the first. Unpacked, a septet
# has eight bits. A step of packing moves the lower half of each pair of groups up to the upper half: groups
# of 7 bits become groups of 14, 28 and 56. Multiplied by 2**n - 1 and added, a part moves n bits up.
# Unpacking goes the other way, and moves the upper halves up. The masks are for `_AT_ONCE` septets; what they
# have above the septets that are there costs nothing.
_AT_ONCE = 256  # septets; TP-UDL cannot tell more
_PACKED = _AT_ONCE * 7 // 8
_LANE_OCTETS = 14  # of unpacking: 16 septets


def _repeated(mask: int, bits: int) -> int:
    """`mask` in each group of so many bits."""
    return int.from_bytes(mask.to_bytes(bits // 8, "little") * (_AT_ONCE * 8 // bits), "little")


def _ones(bits: int) -> int:
    return (1 << bits) - 1


# The lower halves: of 16 bits, of 32 and of 64, of which steps before have left 1 and 3 of the lowest empty.
_LOWER_7 = _repeated(_ones(7), 16)
_LOWER_14 = _repeated(_ones(14) << 1, 32)
_LOWER_28 = _repeated(_ones(28) << 3, 64)
# The upper halves: of a lane, of half a lane, and so on.
_UPPER_56 = _repeated(_ones(56) << 56, 128)
_UPPER_28 = _repeated(_ones(28) << 28, 64)
_UPPER_14 = _repeated(_ones(14) << 14, 32)
_UPPER_7 = _repeated(_ones(7) << 7, 16)
_SPLITTERS = tuple(Struct(f"{_LANE_OCTETS}s" * lanes).unpack for lanes in range(_AT_ONCE // 16 + 1))


def pack_septets(septets: bytes) -> bytes:
    """Septets, one in each octet and each below 0x80, packed; unused bits of the last octet are 0."""
    count = len(septets)
    if count > _AT_ONCE:
        return b"".join(pack_septets(septets[i : i + _AT_ONCE]) for i in range(0, count, _AT_ONCE))
    bits = int.from_bytes(septets, "little")
    bits += bits & _LOWER_7
    bits += (bits & _LOWER_14) * 3
    bits += (bits & _LOWER_28) * 15
    # In each eight octets the 56 bits are the upper ones: moved down, the last octet is empty.
    octets = bytearray((bits >> 7).to_bytes(count + 7 & ~7, "little"))
    del octets[7::8]
    return bytes(octets)[: count * 7 + 7 >> 3]


def unpack_septets(octets: bytes, count: int) -> bytes:
    """`count` septets, one in each octet, from packed octets; fewer if the octets do not hold so many."""
    if count > _AT_ONCE:
        pieces = (octets[i : i + _PACKED] for i in range(0, len(octets), _PACKED))
        return b"".join(unpack_septets(piece, _AT_ONCE) for piece in pieces)[:count]
    lanes = count + 15 >> 4
    size = lanes * _LANE_OCTETS
    if len(octets) != size:
        count = min(count, len(octets) * 8 // 7)
        octets = octets[:size].ljust(size, b"\0")
    bits = int.from_bytes(b"\0\0".join(_SPLITTERS[lanes](octets)), "little")
    bits += (bits & _UPPER_56) * 0xFF
    bits += (bits & _UPPER_28) * 0x0F
    bits += (bits & _UPPER_14) * 0x03
    bits += bits & _UPPER_7
    return bits.to_bytes(lanes << 4, "little")[:count]
