"""Values that stand in no book, in every spelling in which a program may write them down.

Whoever logs a PDU writes a number in swapped semi-octets and a text in packed septets; whoever logs a header
writes a password in base64. A scan for plain words alone would find none of that.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from gsm_driver.pdu.gsm7 import DEFAULT_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

_LETTERS = "bcdfghjkmnpqrstvwxz"  # no vowels: no word of anybody's
_FEWEST = 5  # octets: fewer are found in any file by chance
_NATIONAL = 10  # digits of a number without its country code


class Kind(StrEnum):
    """What a canary stands for."""

    NUMBER = "number"
    TEXT = "text"
    PIN = "PIN"
    SECRET = "secret"  # noqa: S105 - a kind, and no password


@dataclass(frozen=True, slots=True)
class Needle:
    """One spelling: what is looked for, and how it is called."""

    spelling: str
    octets: bytes
    is_folded: bool = False  # in lower case, to be found in either


@dataclass(frozen=True, kw_only=True)
class Canary:
    """A value that exists once.

    Attributes:
        name: what it is in the run, for people: "password of the broker".
        kind: of it.
        value: as it is configured or said.
    """

    name: str
    kind: Kind
    value: str = field(repr=False)

    @cached_property
    def needles(self) -> tuple[Needle, ...]:
        """All its spellings, each once."""
        found: dict[tuple[bytes, bool], Needle] = {}
        for needle in _spelled(self):
            if len(needle.octets) >= _FEWEST:
                found.setdefault((needle.octets, needle.is_folded), needle)
        return tuple(found.values())


def a_number(random: Random, name: str, country: str = "+43") -> Canary:
    """A mobile number that nobody has."""
    return Canary(name=name, kind=Kind.NUMBER, value=f"{country}660{_digits(random, 7)}")


def a_text(random: Random, name: str) -> Canary:
    """A word that can stand in any text, and goes into an SMS of one segment."""
    return Canary(name=name, kind=Kind.TEXT, value=_word(random, 12))


def a_pin(random: Random, name: str, length: int = 12) -> Canary:
    """Digits that nobody would guess."""
    return Canary(name=name, kind=Kind.PIN, value=_digits(random, length))


def a_secret(random: Random, name: str, *, is_plain: bool = False) -> Canary:
    """A password; with signs that are written differently in addresses, unless it `is_plain`."""
    signs = "" if is_plain else "/+ä="
    return Canary(name=name, kind=Kind.SECRET, value=f"{_word(random, 20)}{signs}{_word(random, 20)}")


def _word(random: Random, length: int) -> str:
    return "".join(random.choice(_LETTERS) for _ in range(length))


def _digits(random: Random, length: int) -> str:
    """None begins with a zero, and no two neighbours are the same."""
    found = [random.choice("123456789")]
    while len(found) < length:
        found.append(random.choice([each for each in "0123456789" if each != found[-1]]))
    return "".join(found)


def _spelled(canary: Canary) -> Iterator[Needle]:
    core = canary.value[-_NATIONAL:] if canary.kind is Kind.NUMBER else canary.value
    if canary.kind in {Kind.NUMBER, Kind.PIN}:
        yield from _semi_octets(core)
    if canary.kind is Kind.NUMBER:
        # Whatever stands before it: +43, 0043, 43, 0.
        yield from (Needle(f"number in groups of {size}", _grouped(core, size)) for size in (2, 3, 4))
        yield Needle("national, as people write it", f"{core[:3]} {core[3:]}".encode())
    yield Needle("plain", core.lower().encode(), is_folded=True)
    yield Needle("Latin-1", core.lower().encode("latin-1"), is_folded=True)
    yield Needle("JSON", json.dumps(core)[1:-1].lower().encode(), is_folded=True)
    for name, spell in (("URL", quote), ("form", quote_plus)):
        yield Needle(name, spell(core, safe="").lower().encode(), is_folded=True)
        yield Needle(name, spell(core).lower().encode(), is_folded=True)
    for name, octets in _encoded(core):
        yield from _in_octets(name, octets)
    yield from _packed(core)


def _encoded(core: str) -> Iterator[tuple[str, bytes]]:
    yield "UTF-8", core.encode()
    yield "UTF-16 LE", core.encode("utf-16-le")
    yield "UTF-16 BE", core.encode("utf-16-be")  # UCS2 of an SMS


def _in_octets(name: str, octets: bytes) -> Iterator[Needle]:
    yield Needle(name, octets)
    yield Needle(f"{name} in hex", octets.hex().encode(), is_folded=True)
    yield Needle(f"{name} in hex with blanks", octets.hex(" ").encode(), is_folded=True)
    for before in range(3):
        yield from _in_base64(f"{name} in base64", octets, before)


def _in_base64(name: str, octets: bytes, before: int) -> Iterator[Needle]:
    """As it stands behind so many other octets; the digits that neighbours have a part in are left out."""
    first = -(-before * 8 // 6)
    last = (before + len(octets)) * 8 // 6
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield Needle(name, encode(bytes(before) + octets)[first:last])


def _packed(core: str) -> Iterator[Needle]:
    """Septets in octets (3GPP TS 23.038 clause 6.1.2.1), wherever in a text they begin."""
    septets = DEFAULT_TABLE.try_encode(core)
    if septets is None:
        return
    stream = sum(septet << (7 * place) for place, septet in enumerate(septets))
    bits = 7 * len(septets)
    for shift in range(8):
        whole = (stream << shift).to_bytes((bits + shift + 7) // 8, "little")
        octets = whole[1 if shift else 0 : (bits + shift) // 8]
        yield Needle("packed septets", octets)
        yield Needle("packed septets in hex", octets.hex().encode(), is_folded=True)


def _semi_octets(digits: str) -> Iterator[Needle]:
    """Digits two by two, the second one first (3GPP TS 23.040 clause 9.1.2.3); begun at either."""
    for first in (0, 1):
        pairs = [digits[at : at + 2] for at in range(first, len(digits) - 1, 2)]
        swapped = "".join(pair[::-1] for pair in pairs)
        yield Needle("semi-octets", bytes.fromhex(swapped))
        yield Needle("semi-octets in hex", swapped.encode())


def _grouped(digits: str, size: int) -> bytes:
    return " ".join(digits[at : at + size] for at in range(0, len(digits), size)).encode()
