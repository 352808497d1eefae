"""TP-SCTS, TP-DT and the absolute TP-VP (3GPP TS 23.040 clause 9.2.3.11): semi-octets with a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from gsm_driver.errors import PduEncodeError

from .frozen import quick
from .semi_octets import encode_semi_octets

OCTETS: Final = 7
MAX_QUARTERS: Final = 79  # of an hour, in two digits, the first of which has three bits
_QUARTER: Final = timedelta(minutes=15)
_PIVOT: Final = 90  # two-digit years from here on are of the last century: GSM began in 1991
_INVALID: Final = 0xFF


def _number(octet: int) -> int:
    """The two swapped decimal digits of an octet."""
    tens, units = octet & 0x0F, octet >> 4
    return 10 * tens + units if tens < 10 and units < 10 else _INVALID


def _zone(octet: int) -> timezone | None:
    """The time zone octet: quarters of an hour in swapped digits, bit 3 is the sign."""
    quarters = _number(octet & 0xF7)
    if quarters == _INVALID:
        return None
    offset = quarters * _QUARTER
    return timezone(-offset if octet & 0x08 else offset)


def _year(number: int) -> int:
    """The year that two digits mean; for no digits one that no date can have."""
    if number == _INVALID:
        return 0
    return number + (1900 if number >= _PIVOT else 2000)


_NUMBERS: Final = bytes(map(_number, range(256)))
_YEARS: Final = tuple(map(_year, _NUMBERS))
_ZONES: Final = tuple(map(_zone, range(256)))


@quick
@dataclass(frozen=True, slots=True)
class Timestamp:
    """A time as seven octets. Invalid digits are kept as they came."""

    octets: bytes

    @classmethod
    def from_datetime(cls, moment: datetime) -> Timestamp:
        """An aware datetime, 1990 to 2089, to the second; an offset of no whole quarter hours becomes UTC.

        Raises:
            PduEncodeError: without a time zone, or out of range.
        """
        offset = moment.utcoffset()
        if offset is None:
            raise PduEncodeError("a time needs a time zone", field="TP-SCTS")
        if not 1900 + _PIVOT <= moment.year < 2000 + _PIVOT:
            raise PduEncodeError("only years from 1990 to 2089 can be expressed", field="TP-SCTS")
        quarters, rest = divmod(abs(offset), _QUARTER)
        if rest or quarters > MAX_QUARTERS:
            return cls.from_datetime(moment.astimezone(UTC))
        tens, units = divmod(quarters, 10)
        sign = 0x8 if offset < timedelta(0) else 0
        return cls(encode_semi_octets(f"{moment:%y%m%d%H%M%S}{tens | sign:x}{units}"))

    def to_datetime(self) -> datetime | None:
        """The aware datetime, or None if the digits are no date, time or zone."""
        octets = self.octets
        try:  # A ValueError comes of too few octets, too many, and invalid digits: no part of a time is 255.
            _, month, day, hour, minute, second, _ = octets.translate(_NUMBERS)
            zone = _ZONES[octets[6]]
            return zone and datetime(_YEARS[octets[0]], month, day, hour, minute, second, 0, zone)
        except ValueError:
            return None


def encode_timestamp(timestamp: Timestamp, field: str) -> bytes:
    """The seven octets. Raises `PduEncodeError` if there are more or fewer."""
    if len(timestamp.octets) != OCTETS:
        raise PduEncodeError("a time is seven octets", field=field)
    return timestamp.octets
