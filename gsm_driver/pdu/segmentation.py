"""From a text to SMS-SUBMITs: cheapest alphabet, fewest segments (3GPP TS 23.040 clause 9.2.3.24.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gsm_driver.errors import PduEncodeError, UsageError

from .address import Address
from .alphabet_choice import AlphabetChoice, Wish, choose
from .dcs import Alphabet, DataCodingScheme
from .draft import Draft, Overhead, PlanReason
from .frozen import maker, quick
from .timestamp import Timestamp
from .tpdu_mo import SmsSubmit
from .user_data import ApplicationPorts, Concatenation, HeaderElement, NationalShift, UserData
from .validity import AbsoluteValidity, RelativeValidity

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from .dcs import MessageClass
    from .national import NationalLanguage
    from .validity import ValidityPeriod

__all__ = ["AlphabetChoice", "PlanReason", "SegmentCount", "SmsPlan", "count_segments", "plan_sms"]

MAX_SEGMENTS: Final = 255  # the total is one octet


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCount:
    """What a text costs."""

    segments: int
    alphabet: Alphabet
    language: NationalLanguage | None  # of the national tables used, if any
    reason: PlanReason
    units_used: int  # septets, UTF-16 units or octets of user data, header not counted
    units_left: int  # that still fit into the last segment


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class SmsPlan:
    """SMS-SUBMITs ready to send, in order, and what they cost."""

    segments: tuple[SmsSubmit, ...]
    count: SegmentCount

    @property
    def alphabet(self) -> Alphabet:
        """The alphabet of all segments."""
        return self.count.alphabet

    @property
    def reason(self) -> PlanReason:
        """Why this alphabet."""
        return self.count.reason


_NO: Final = False  # truncated, reject_duplicates, reply_path
# What nearly every message has: not made anew for each.
_NO_OVERHEAD: Final = Overhead()
_NO_WISHES: Final = Wish(alphabet=AlphabetChoice.AUTO, languages=(), transliterate=False)
_make_count: Final = maker(
    SegmentCount, "segments", "alphabet", "language", "reason", "units_used", "units_left"
)
_make_plan: Final = maker(SmsPlan, "segments", "count")
_make_user_data: Final = maker(UserData, "alphabet", "payload", "header", "truncated")
_make_submit: Final = maker(
    SmsSubmit,
    "destination_address",
    "user_data",
    "data_coding_scheme",
    "message_reference",
    "protocol_identifier",
    "validity_period",
    "report_requested",
    "reject_duplicates",
    "reply_path",
)


def plan_sms(
    destination: str,
    text: str | None = None,
    *,
    data: bytes | None = None,
    report_requested: bool = False,
    validity: timedelta | datetime | None = None,
    message_class: MessageClass | None = None,
    ports: tuple[int, int] | None = None,
    alphabet: AlphabetChoice | NationalLanguage = AlphabetChoice.AUTO,
    languages: Collection[NationalLanguage] = (),
    transliterate: bool = False,
    concat_reference: int = 0,
    concat_16_bit: bool = False,
    max_segments: int = MAX_SEGMENTS,
) -> SmsPlan:
    """SMS-SUBMITs that carry `text` or `data` to `destination`.

    Args:
        destination: "+" and digits for international, else digits, ``*``, ``#``, ``a``, ``b``, ``c``.
        text: the text; an empty one is one segment.
        data: 8-bit data, in place of a text.
        report_requested: ask for an SMS-STATUS-REPORT for each segment.
        validity: how long (relative TP-VP, rounded up) or until when (absolute TP-VP) the SC shall try.
        message_class: ``MessageClass.FLASH`` shows the text at once.
        ports: (destination, originator) application ports, 16 bit.
        alphabet: which alphabet; a `NationalLanguage` forces the tables of that language.
        languages: national tables that AUTO may use. None by default: old phones do not know them.
        transliterate: where that avoids UCS2, write look-alikes; in a forced 7 bit alphabet ``?`` at worst.
        concat_reference: 0 to 255, with `concat_16_bit` to 65535; used when there are several segments.
        concat_16_bit: 16 bit concatenation references; costs one septet more in each segment.
        max_segments: refuse what needs more.

    Raises:
        PduEncodeError: it cannot be expressed, or not in so few segments. The error shows no content.
        UsageError: neither or both of `text` and `data` were given.
    """
    overhead = _overhead(ports, wide=concat_16_bit)
    draft = _draft(text, data, _wish(alphabet, languages, transliterate=transliterate), overhead)
    pieces = _cut(draft, overhead, max_segments)
    headers = _headers(draft, len(pieces), ports, concat_reference, wide=concat_16_bit)
    address, period = Address.parse(destination), _validity_period(validity)
    scheme = DataCodingScheme.of(draft.alphabet, message_class)
    segments = []
    for piece, header in zip(pieces, headers, strict=True):
        part = _make_user_data(draft.alphabet, piece, header, _NO)
        segments.append(_make_submit(address, part, scheme, 0, 0, period, report_requested, _NO, _NO))
    return _make_plan(tuple(segments), _count(draft, pieces, overhead))


def count_segments(
    text: str,
    *,
    alphabet: AlphabetChoice | NationalLanguage = AlphabetChoice.AUTO,
    languages: Collection[NationalLanguage] = (),
    transliterate: bool = False,
    ports: tuple[int, int] | None = None,
    concat_16_bit: bool = False,
) -> SegmentCount:
    """What `plan_sms` would use, without building it. Same errors."""
    overhead = _overhead(ports, wide=concat_16_bit)
    draft = choose(text, _wish(alphabet, languages, transliterate=transliterate), overhead)
    return _count(draft, _cut(draft, overhead, MAX_SEGMENTS), overhead)


def _overhead(ports: tuple[int, int] | None, *, wide: bool) -> Overhead:
    if ports is None and not wide:
        return _NO_OVERHEAD
    return Overhead(ports=ports is not None, wide_reference=wide)


def _wish(
    alphabet: AlphabetChoice | NationalLanguage,
    languages: Collection[NationalLanguage],
    *,
    transliterate: bool,
) -> Wish:
    if alphabet is _NO_WISHES.alphabet and not languages and not transliterate:
        return _NO_WISHES
    return Wish(alphabet=alphabet, languages=languages, transliterate=transliterate)


def _draft(text: str | None, data: bytes | None, wish: Wish, overhead: Overhead) -> Draft:
    if text is not None and data is None:
        return choose(text, wish, overhead)
    if data is not None and text is None:
        return Draft(alphabet=Alphabet.DATA, payload=data, reason=PlanReason.DATA)
    raise UsageError("give either a text or data, not both and not neither")


def _cut(draft: Draft, overhead: Overhead, max_segments: int) -> tuple[bytes, ...]:
    pieces = overhead.cut(draft)
    allowed = min(max_segments, MAX_SEGMENTS)
    if len(pieces) > allowed:
        raise PduEncodeError(f"{len(pieces)} segments are needed, {allowed} are allowed", field="TP-UD")
    return pieces


def _count(draft: Draft, pieces: tuple[bytes, ...], overhead: Overhead) -> SegmentCount:
    capacity = overhead.capacity(draft, concatenated=len(pieces) > 1)
    unit = draft.unit_octets
    return _make_count(
        len(pieces),
        draft.alphabet,
        draft.locking or draft.single,
        draft.reason,
        len(draft.payload) // unit,
        (capacity - len(pieces[-1])) // unit,
    )


def _validity_period(validity: timedelta | datetime | None) -> ValidityPeriod | None:
    if validity is None:
        return None
    if isinstance(validity, timedelta):
        return RelativeValidity.from_timedelta(validity)
    return AbsoluteValidity(Timestamp.from_datetime(validity))


def _headers(
    draft: Draft, total: int, ports: tuple[int, int] | None, reference: int, *, wide: bool
) -> list[tuple[HeaderElement, ...]]:
    """The header of each segment. Raises `PduEncodeError` for numbers that do not fit."""
    _check(reference, "a concatenation reference", 0xFFFF if wide else 0xFF)
    if total == 1 and ports is None and draft.single is None and draft.locking is None:
        return [()]
    common: list[HeaderElement] = []
    if ports is not None:
        for port in ports:
            _check(port, "a port", 0xFFFF)
        common.append(ApplicationPorts(destination=ports[0], originator=ports[1]))
    if draft.single is not None:
        common.append(NationalShift(language=draft.single, locking=False))
    if draft.locking is not None:
        common.append(NationalShift(language=draft.locking, locking=True))
    if total == 1:
        return [tuple(common)]
    return [
        (Concatenation(reference=reference, total=total, sequence=sequence, wide=wide), *common)
        for sequence in range(1, total + 1)
    ]


def _check(number: int, name: str, highest: int) -> None:
    if not 0 <= number <= highest:
        raise PduEncodeError(f"{name} is a number from 0 to {highest}", field="TP-UDH")
