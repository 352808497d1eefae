"""Which alphabet a text is sent in: the cheapest that shows it, or the one that the caller names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from .dcs import Alphabet
from .draft import Draft, Overhead, PlanReason
from .frozen import maker, quick
from .gsm7 import BASIC_TABLE, DEFAULT_TABLE, ESCAPE, national_table
from .national import LOCKING_SHIFT, NationalLanguage
from .transliteration import transliterate
from .ucs2 import encode_ucs2

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from .gsm7 import Gsm7Table

# For a character without look-alike in a forced alphabet: an alarm goes out all the same.
LAST_RESORT: Final = "?"


class AlphabetChoice(StrEnum):
    """Which alphabet the caller wants. A `NationalLanguage` in its place forces that language's tables."""

    AUTO = "auto"  # the cheapest that has all characters
    GSM7 = "gsm7"  # GSM 7 bit default alphabet with its extension table
    GSM7_BASIC = "gsm7_basic"  # without the extension: old alarm panels show nothing else
    UCS2 = "ucs2"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the caller allows."""

    alphabet: AlphabetChoice | NationalLanguage
    languages: Collection[NationalLanguage]
    transliterate: bool


# Looked up once: to name a member of an enumeration takes a tenth of a microsecond before Python 3.12.
_AUTO: Final = AlphabetChoice.AUTO
_FITS_DEFAULT: Final = PlanReason.FITS_DEFAULT
_NOT_IN_GSM7: Final = PlanReason.NOT_IN_GSM7
_GSM7: Final = Alphabet.GSM7
_UCS2: Final = Alphabet.UCS2
_make_draft: Final = maker(Draft, "alphabet", "payload", "reason", "locking", "single")


def choose(text: str, wish: Wish, overhead: Overhead) -> Draft:
    """The text in the alphabet that costs least of those the caller allows.

    Raises:
        PduEncodeError: a forced alphabet lacks a character, and `wish` allows no look-alikes.
    """
    if wish.alphabet is _AUTO:
        return _cheapest(text, wish, overhead)
    match wish.alphabet:
        case AlphabetChoice.GSM7:
            return _forced(text, DEFAULT_TABLE, wish)
        case AlphabetChoice.GSM7_BASIC:
            return _forced(text, BASIC_TABLE, wish)
        case AlphabetChoice.UCS2:
            return _ucs2(text, PlanReason.FORCED)
        case language:
            return _forced_national(text, language, wish, overhead)


def transliterated(text: str, *, plain: bool = False) -> str:
    """What GSM 7 bit shows of `text`: look-alikes for what it lacks, ``?`` where there is none.

    It is what `plan_sms` writes with ``transliterate=True`` in a forced `AlphabetChoice.GSM7`; with `plain`,
    in `AlphabetChoice.GSM7_BASIC`.
    """
    table = BASIC_TABLE if plain else DEFAULT_TABLE
    return transliterate(text, table, last_resort=LAST_RESORT) or ""  # None there is only without last resort


def _cheapest(text: str, wish: Wish, overhead: Overhead) -> Draft:
    plain = _gsm7(text, DEFAULT_TABLE, _FITS_DEFAULT)
    if plain and not (wish.languages and _can_be_beaten(plain, overhead)):
        return plain
    national = _cheapest_national(text, wish.languages, overhead) if wish.languages else None
    if plain is None and wish.transliterate:
        plain = _transliterated(text)
    if plain is None:
        plain = _ucs2(text, PlanReason.UCS2_NOT_DEARER if national else _NOT_IN_GSM7)
    if national is None:
        return plain
    saved = overhead.segments(plain) - overhead.segments(national)
    # Where it costs no more, the true characters of a national table are better than look-alikes.
    better = saved >= 0 if plain.reason is PlanReason.TRANSLITERATED else saved > 0
    return national if better else plain


def _can_be_beaten(plain: Draft, overhead: Overhead) -> bool:
    """A national table could save a segment: only where the default alphabet has to escape characters."""
    return ESCAPE in plain.payload and overhead.segments(plain) > 1


def _cheapest_national(
    text: str, languages: Collection[NationalLanguage], overhead: Overhead
) -> Draft | None:
    """In the fewest segments; of equals the one with the shortest user data, in the order of `languages`."""
    drafts = [draft for language in languages for draft in _national(text, language)]
    return min(drafts, key=lambda draft: _cost(draft, overhead), default=None)


def _cost(draft: Draft, overhead: Overhead) -> tuple[int, int]:
    header = (draft.locking is not None) + (draft.single is not None)
    return overhead.segments(draft), len(draft.payload) + 4 * header


def _national(text: str, language: NationalLanguage) -> Iterator[Draft]:
    """The text with the single shift table, the locking shift table, or both; what has all characters."""
    pairs: list[tuple[NationalLanguage | None, NationalLanguage | None]] = [(None, language)]
    if language in LOCKING_SHIFT:
        pairs += (language, None), (language, language)
    for locking, single in pairs:
        draft = _gsm7(text, national_table(locking, single), PlanReason.NATIONAL_CHEAPER)
        if draft:
            yield replace(draft, locking=locking, single=single)


def _forced_national(text: str, language: NationalLanguage, wish: Wish, overhead: Overhead) -> Draft:
    draft = _cheapest_national(text, (language,), overhead)
    if draft is None:
        locking = language if language in LOCKING_SHIFT else None
        draft = _forced(text, national_table(locking, language), wish)
        return replace(draft, locking=locking, single=language)
    return replace(draft, reason=PlanReason.FORCED)


def _forced(text: str, table: Gsm7Table, wish: Wish) -> Draft:
    look_alike = transliterate(text, table, last_resort=LAST_RESORT) if wish.transliterate else None
    payload = table.encode(text if look_alike is None else look_alike)
    return Draft(alphabet=Alphabet.GSM7, payload=payload, reason=PlanReason.FORCED)


def _transliterated(text: str) -> Draft | None:
    plain = transliterate(text, DEFAULT_TABLE)
    return None if plain is None else _gsm7(plain, DEFAULT_TABLE, PlanReason.TRANSLITERATED)


def _gsm7(text: str, table: Gsm7Table, reason: PlanReason) -> Draft | None:
    payload = table.try_encode(text)
    if payload is None:
        return None
    return _make_draft(_GSM7, payload, reason, None, None)


def _ucs2(text: str, reason: PlanReason) -> Draft:
    return _make_draft(_UCS2, encode_ucs2(text), reason, None, None)
