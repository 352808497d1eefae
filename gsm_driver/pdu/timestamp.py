"""TP-SCTS, TP-DT and the absolute TP-VP (3GPP TS 23.040 clause 9.2.3.11): semi-octets with a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from gsm_driver.errors import PduEncodeError

from .frozen import quick
from .semi_octets import decode_semi_octets, encode_semi_octets

OCTETS: Final = 7
MAX_QUARTERS: Final = 79  # of an hour, in two digits, the first of which has three bits
_QUARTER: Final = timedelta(minutes=15)
_PIVOT: Final = 90  # two-digit years from here on are of the last century: GSM began in 1991


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
        digits = decode_semi_octets(self.octets)
        if not digits[:12].isdecimal() or not digits[13:14].isdecimal():
            return None
        year, month, day, hour, minute, second = (int(digits[i : i + 2]) for i in range(0, 12, 2))
        tens = int(digits[12], 16)
        offset = _QUARTER * ((tens & 0x7) * 10 + int(digits[13]))
        zone = timezone(-offset if tens & 0x8 else offset)
        century = 1900 if year >= _PIVOT else 2000
        try:
            return datetime(century + year, month, day, hour, minute, second, tzinfo=zone)
        except ValueError:
            return None


def encode_timestamp(timestamp: Timestamp, field: str) -> bytes:
    """The seven octets. Raises `PduEncodeError` if there are more or fewer."""
    if len(timestamp.octets) != OCTETS:
        raise PduEncodeError("a time is seven octets", field=field)
    return timestamp.octets
