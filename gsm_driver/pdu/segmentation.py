"""From a text to SMS-SUBMITs: cheapest alphabet, fewest segments (3GPP TS 23.040 clause 9.2.3.24.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import repeat
from typing import TYPE_CHECKING, Final

from gsm_driver.errors import PduEncodeError, UsageError

from .address import Address
from .alphabet_choice import AlphabetChoice, Wish, choose
from .dcs import Alphabet, DataCodingScheme
from .draft import MAX_SEPTETS, Draft, Overhead, PlanReason
from .frozen import maker, quick
from .gsm7 import DEFAULT_TABLE
from .timestamp import Timestamp
from .tpdu_mo import SmsSubmit
from .ucs2 import encode_ucs2
from .user_data import MAX_OCTETS, ApplicationPorts, Concatenation, HeaderElement, NationalShift, UserData
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
# Looked up once: to name a member of an enumeration takes a tenth of a microsecond before Python 3.12.
_AUTO: Final = AlphabetChoice.AUTO
_FITS_DEFAULT: Final = PlanReason.FITS_DEFAULT
_NOT_IN_GSM7: Final = PlanReason.NOT_IN_GSM7
_GSM7: Final = Alphabet.GSM7
_UCS2: Final = Alphabet.UCS2
_make_count: Final = maker(
    SegmentCount, "segments", "alphabet", "language", "reason", "units_used", "units_left"
)
_make_plan: Final = maker(SmsPlan, "segments", "count")
_make_user_data: Final = maker(UserData, "alphabet", "payload", "header", "truncated")
_make_concatenation: Final = maker(Concatenation, "reference", "total", "sequence", "wide")
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
    is_plain = data is None and ports is None and alphabet is _AUTO and not languages and not transliterate
    is_usual = is_plain and 0 <= concat_reference <= 0xFF and max_segments > 0
    found = _whole(text) if is_usual and text is not None else None
    if found is None:
        overhead = Overhead(ports=ports is not None, wide_reference=concat_16_bit)
        wish = Wish(alphabet=alphabet, languages=languages, transliterate=transliterate)
        draft = _draft(text, data, wish, overhead)
        found = _in_segments(draft, overhead, ports, concat_reference, max_segments)
    count, parts = found
    scheme = DataCodingScheme.of(count.alphabet, message_class)
    address = Address.parse(destination)
    return _make_plan(_submits(parts, address, scheme, validity, report=report_requested), count)


def _submits(
    parts: list[UserData],
    address: Address,
    scheme: DataCodingScheme,
    validity: timedelta | datetime | None,
    *,
    report: bool,
) -> tuple[SmsSubmit, ...]:
    period = None if validity is None else _validity_period(validity)
    return tuple([_make_submit(address, part, scheme, 0, 0, period, report, _NO, _NO) for part in parts])


def _in_segments(
    draft: Draft, overhead: Overhead, ports: tuple[int, int] | None, reference: int, max_segments: int
) -> tuple[SegmentCount, list[UserData]]:
    """The long way: any alphabet, any number of segments, with the headers that they need."""
    pieces, capacity = _cut(draft, overhead, max_segments)
    headers = _headers(draft, len(pieces), ports, reference, wide=overhead.wide_reference)
    parts = list(map(_make_user_data, repeat(draft.alphabet), pieces, headers, repeat(_NO)))
    return _count(draft, pieces, capacity), parts


def _whole(text: str) -> tuple[SegmentCount, list[UserData]] | None:
    """What nearly every message is, in a third of the time of the long way: one segment without a header.

    The alphabet is the one that `choose` takes without wishes. None if the text needs more than one segment.
    """
    if len(text) > MAX_SEPTETS:
        return None
    payload = DEFAULT_TABLE.try_encode(text)
    if payload is not None:
        alphabet, reason, units, room = _GSM7, _FITS_DEFAULT, len(payload), MAX_SEPTETS
    else:
        payload = encode_ucs2(text)
        alphabet, reason, units, room = _UCS2, _NOT_IN_GSM7, len(payload) // 2, MAX_OCTETS // 2
    if units > room:
        return None
    count = _make_count(1, alphabet, None, reason, units, room - units)
    return count, [_make_user_data(alphabet, payload, (), _NO)]


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
    overhead = Overhead(ports=ports is not None, wide_reference=concat_16_bit)
    wish = Wish(alphabet=alphabet, languages=languages, transliterate=transliterate)
    draft = choose(text, wish, overhead)
    return _count(draft, *_cut(draft, overhead, MAX_SEGMENTS))


def _draft(text: str | None, data: bytes | None, wish: Wish, overhead: Overhead) -> Draft:
    if text is not None and data is None:
        return choose(text, wish, overhead)
    if data is not None and text is None:
        return Draft(alphabet=Alphabet.DATA, payload=data, reason=PlanReason.DATA)
    raise UsageError("give either a text or data, not both and not neither")


def _cut(draft: Draft, overhead: Overhead, max_segments: int) -> tuple[tuple[bytes, ...], int]:
    pieces, capacity = overhead.cut(draft)
    if len(pieces) > max_segments or len(pieces) > MAX_SEGMENTS:
        allowed = min(max_segments, MAX_SEGMENTS)
        raise PduEncodeError(f"{len(pieces)} segments are needed, {allowed} are allowed", field="TP-UD")
    return pieces, capacity


def _count(draft: Draft, pieces: tuple[bytes, ...], capacity: int) -> SegmentCount:
    unit = draft.unit_octets
    return _make_count(
        len(pieces),
        draft.alphabet,
        draft.locking or draft.single,
        draft.reason,
        len(draft.payload) // unit,
        (capacity - len(pieces[-1])) // unit,
    )


def _validity_period(validity: timedelta | datetime) -> ValidityPeriod:
    if isinstance(validity, timedelta):
        return RelativeValidity.from_timedelta(validity)
    return AbsoluteValidity(Timestamp.from_datetime(validity))


def _headers(
    draft: Draft, total: int, ports: tuple[int, int] | None, reference: int, *, wide: bool
) -> list[tuple[HeaderElement, ...]]:
    """The header of each segment. Raises `PduEncodeError` for numbers that do not fit."""
    if not 0 <= reference <= 0xFF:
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
        (_make_concatenation(reference, total, sequence, wide), *common) for sequence in range(1, total + 1)
    ]


def _check(number: int, name: str, highest: int) -> None:
    if not 0 <= number <= highest:
        raise PduEncodeError(f"{name} is a number from 0 to {highest}", field="TP-UDH")
