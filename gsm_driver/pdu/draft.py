"""User data that is coded but not cut yet, and how it is cut into segments."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from .dcs import Alphabet
from .frozen import quick
from .gsm7 import ESCAPE
from .ucs2 import splits_pair
from .user_data import MAX_OCTETS, header_septets

if TYPE_CHECKING:
    from .national import NationalLanguage

# Octets that the elements of the header take, TP-UDHL not counted.
MAX_SEPTETS: Final = MAX_OCTETS * 8 // 7
PORTS_OCTETS: Final = 6  # two 16 bit ports
CONCATENATION_OCTETS: Final = 5  # 16 bit reference: one more
_SHIFT_OCTETS: Final = 3
_GSM7: Final = Alphabet.GSM7
_UCS2: Final = Alphabet.UCS2


class PlanReason(StrEnum):
    """Why a plan has the alphabet it has."""

    FITS_DEFAULT = "fits_default"  # every character is in the GSM 7 bit default alphabet
    NATIONAL_CHEAPER = "national_cheaper"  # an allowed national table needs fewer segments
    NOT_IN_GSM7 = "not_in_gsm7"  # a character is in no allowed 7 bit table: UCS2
    UCS2_NOT_DEARER = "ucs2_not_dearer"  # a national table would save no segment: more phones read UCS2
    TRANSLITERATED = "transliterated"  # look-alikes made it fit the GSM 7 bit default alphabet
    FORCED = "forced"  # the caller named the alphabet
    DATA = "data"  # 8-bit data, not text


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Coded user data, as `UserData.payload`, of any length."""

    alphabet: Alphabet
    payload: bytes = field(repr=False)
    reason: PlanReason
    locking: NationalLanguage | None = None
    single: NationalLanguage | None = None

    @property
    def unit_octets(self) -> int:
        """How many octets of `payload` make one unit: septet, UTF-16 unit or octet."""
        return 2 if self.alphabet is _UCS2 else 1


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """What each segment's header needs besides national shifts."""

    ports: bool = False
    wide_reference: bool = False

    def capacity(self, draft: Draft, *, concatenated: bool) -> int:
        """How many octets of the draft's payload one segment takes."""
        elements = CONCATENATION_OCTETS + self.wide_reference if concatenated else 0
        if draft.locking is not None:
            elements += _SHIFT_OCTETS
        if draft.single is not None:
            elements += _SHIFT_OCTETS
        if self.ports:
            elements += PORTS_OCTETS
        header = elements + 1 if elements else 0
        if draft.alphabet is _GSM7:
            return MAX_SEPTETS - header_septets(header) if header else MAX_SEPTETS
        room = MAX_OCTETS - header
        return room - room % draft.unit_octets

    def cut(self, draft: Draft) -> tuple[tuple[bytes, ...], int]:
        """The payload of each segment, at least one, and how many octets fit into each.

        No escape and no surrogate pair is parted.
        """
        payload = draft.payload
        size = self.capacity(draft, concatenated=False)
        if len(payload) <= size:
            return (payload,), size
        size = self.capacity(draft, concatenated=True)
        pieces = []
        start = 0
        while start < len(payload):
            end = _whole_end(draft, min(start + size, len(payload)))
            pieces.append(payload[start:end])
            start = end
        return tuple(pieces), size

    def segments(self, draft: Draft) -> int:
        """How many segments it takes."""
        return len(self.cut(draft)[0])


def _whole_end(draft: Draft, end: int) -> int:
    """`end`, or one unit earlier if it would part what belongs together."""
    payload = draft.payload
    if end == len(payload):
        return end
    if draft.alphabet is _GSM7 and payload[end - 1] == ESCAPE:
        return end - 1
    if draft.alphabet is _UCS2 and splits_pair(payload, end):
        return end - 2
    return end
