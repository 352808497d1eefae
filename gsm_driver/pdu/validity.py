"""TP-Validity-Period (3GPP TS 23.040 clause 9.2.3.12): how long the SC tries to deliver."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gsm_driver.errors import PduEncodeError

from .semi_octets import decode_semi_octets, encode_semi_octets
from .timestamp import OCTETS, Timestamp, encode_timestamp

if TYPE_CHECKING:
    from .reader import Reader

_FIELD: Final = "TP-VP"
_MINUTES_5: Final = timedelta(minutes=5)
_MINUTES_30: Final = timedelta(minutes=30)
_HOURS_12: Final = timedelta(hours=12)
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(weeks=1)
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class RelativeValidity:
    """One octet: 5 minutes to 63 weeks from the moment the SC has the message."""

    octet: int

    @classmethod
    def from_timedelta(cls, duration: timedelta) -> RelativeValidity:
        """The shortest period that is not shorter than `duration`; at most 63 weeks.

        Raises:
            PduEncodeError: `duration` is not positive.
        """
        if duration <= timedelta(0):
            raise PduEncodeError("a validity must be longer than nothing", field=_FIELD)
        if duration <= _HOURS_12:
            return cls(_rounded_up(duration, _MINUTES_5) - 1)
        if duration <= _DAY:
            return cls(143 + _rounded_up(duration - _HOURS_12, _MINUTES_30))
        if duration <= 30 * _DAY:
            return cls(166 + _rounded_up(duration, _DAY))
        return cls(min(192 + _rounded_up(duration, _WEEK), 255))

    @property
    def duration(self) -> timedelta:
        """The period."""
        if self.octet <= 143:
            return (self.octet + 1) * _MINUTES_5
        if self.octet <= 167:
            return _HOURS_12 + (self.octet - 143) * _MINUTES_30
        if self.octet <= 196:
            return (self.octet - 166) * _DAY
        return (self.octet - 192) * _WEEK


@dataclass(frozen=True, slots=True)
class AbsoluteValidity:
    """The moment at which the message ends."""

    until: Timestamp


@dataclass(frozen=True, slots=True)
class EnhancedValidity:
    """Seven octets with a format of their own (clause 9.2.3.12.3). Reserved formats are kept as they came."""

    octets: bytes

    @classmethod
    def from_timedelta(cls, duration: timedelta, *, single_shot: bool = False) -> EnhancedValidity:
        """To the second up to 100 hours, else like `RelativeValidity`; `single_shot`: the SC tries once only.

        Raises:
            PduEncodeError: `duration` is not positive.
        """
        relative = RelativeValidity.from_timedelta(duration)
        seconds = _rounded_up(duration, _SECOND)
        if seconds <= 255:
            value = bytes((0b010, seconds))
        elif seconds < 100 * 3600:
            clock = f"{seconds // 3600:02}{seconds // 60 % 60:02}{seconds % 60:02}"
            value = b"\3" + encode_semi_octets(clock)
        else:
            value = bytes((0b001, relative.octet))
        indicator = value[0] | (0x40 if single_shot else 0)
        return cls(bytes((indicator,)) + value[1:].ljust(OCTETS - 1, b"\0"))

    @property
    def single_shot(self) -> bool:
        """The SC tries once only."""
        return bool(self.octets[0] & 0x40)

    @property
    def duration(self) -> timedelta | None:
        """The period; None where the octets give none or in a format that the standard reserves."""
        form = self.octets[0] & 0x87  # bit 7: an extension that no version of the standard defines
        if form == 0b001:
            return RelativeValidity(self.octets[1]).duration
        if form == 0b010:
            return timedelta(seconds=self.octets[1])
        clock = decode_semi_octets(self.octets[1:4])
        if form == 0b011 and clock.isdecimal():
            return timedelta(hours=int(clock[:2]), minutes=int(clock[2:4]), seconds=int(clock[4:]))
        return None


ValidityPeriod = RelativeValidity | AbsoluteValidity | EnhancedValidity


def _rounded_up(duration: timedelta, step: timedelta) -> int:
    return -(-duration // step)


def decode_validity(reader: Reader, form: int) -> ValidityPeriod | None:
    """The TP-VP in the format that TP-VPF (`form`, 0 to 3) tells. Raises `PduDecodeError`."""
    if form == 0b00:
        return None
    if form == 0b10:
        return RelativeValidity(reader.octet(_FIELD))
    octets = reader.take(OCTETS, _FIELD)
    return AbsoluteValidity(Timestamp(octets)) if form == 0b11 else EnhancedValidity(octets)


def encode_validity(period: ValidityPeriod | None) -> tuple[int, bytes]:
    """TP-VPF and the octets of TP-VP. Raises `PduEncodeError`."""
    if period is None:
        return 0b00, b""
    if isinstance(period, RelativeValidity):
        if not 0 <= period.octet <= 0xFF:
            raise PduEncodeError("a relative validity is one octet", field=_FIELD)
        return 0b10, bytes((period.octet,))
    if isinstance(period, AbsoluteValidity):
        return 0b11, encode_timestamp(period.until, _FIELD)
    if len(period.octets) != OCTETS:
        raise PduEncodeError("an enhanced validity is seven octets", field=_FIELD)
    return 0b01, period.octets
