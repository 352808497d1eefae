"""How long a text may be on a channel, in which letters it is written there, and how it is cut."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import accumulate, takewhile, tee
from typing import TYPE_CHECKING

from alert_engine.model import Channel
from gsm_driver import AlphabetChoice, PduEncodeError, count_segments, transliterated

from .signs import without_pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A source may be talkative; an SMS must not be. Each segment costs money and seconds of a modem, and one that
# is lost loses the whole text; three tell more than anybody reads at night.
MAX_SEGMENTS = 3
_MOST_IN_SEGMENTS = MAX_SEGMENTS * 153  # characters, in the best alphabet
_MOST_ELSEWHERE = 3000  # UTF-16 units: WhatsApp takes 4,096 characters, and nobody reads more of an alarm
TOO_MANY_SEGMENTS = 256  # more than one SMS can have

# A call is spoken: what is too long to read is too long to listen to.
_SHORT = frozenset({Channel.SMS, Channel.CALL})

MORE = "..."
# Control characters could hide what follows, or turn it round: the code too.
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]+")
_HALVES = re.compile(r"[\ud800-\udfff]")  # lone surrogates, which JSON can write
_JOINER = "\N{ZERO WIDTH JOINER}"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


def segments_of(text: str, *, plain: bool) -> int:
    """How many SMS segments `text` takes as it stands; `plain` in GSM 7 bit without its extension.

    What one SMS cannot hold takes `TOO_MANY_SEGMENTS`.
    """
    alphabet = AlphabetChoice.GSM7_BASIC if plain else AlphabetChoice.AUTO
    try:
        return count_segments(text, alphabet=alphabet, transliterate=plain).segments
    except PduEncodeError:
        return TOO_MANY_SEGMENTS


def units(text: str) -> int:
    """How many UTF-16 units `text` has: what UCS-2 counts."""
    return len(text) + sum(character > "\uffff" for character in text)


def one_line(text: str) -> str:
    """`text` without line breaks, needless blanks and what cannot be seen; accents are in their letters."""
    seen = _HALVES.sub("?", _UNSEEN.sub(" ", text))
    return unicodedata.normalize("NFC", " ".join(seen.split()))


def cut(line: str, room: int) -> str:
    """The beginning of `line`, with dots if that is not all, in at most `room` UTF-16 units.

    No character is parted from its accents, and no picture from its parts.
    """
    if units(line) <= room:
        return line
    left = max(0, room - len(MORE))
    head = line[:left] if line.isascii() else "".join(_within(line, left))
    return f"{head.rstrip()}{MORE}" if head else ""


def _within(line: str, room: int) -> Iterator[str]:
    """The first clusters, as many as have room."""
    counted, clusters = tee(_clusters(line))
    used = accumulate(map(units, counted))
    return (cluster for cluster, _ in zip(clusters, takewhile(room.__ge__, used), strict=False))


def _clusters(line: str) -> Iterator[str]:
    """What people see as one character each (Unicode Standard Annex 29, without its Indic rules)."""
    start = flag_letters = 0
    for place, character in enumerate(line):
        is_flag_letter = ord(character) in _FLAG_LETTERS
        is_second = is_flag_letter and flag_letters % 2 == 1
        if not is_second and not _extends(line[start:place], character):
            yield line[start:place]
            start = place
        flag_letters = flag_letters + 1 if is_flag_letter else 0
    yield line[start:]


def _extends(cluster: str, character: str) -> bool:
    """The character belongs to the cluster before it."""
    is_first = not cluster
    if is_first or cluster.endswith(_JOINER) or character == _JOINER:
        return True
    return (
        unicodedata.category(character).startswith("M")
        or ord(character) in _SKIN_TONES
        or ord(character) in _TAGS
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """What a person reads on: the channel, and which letters are shown there."""

    channel: Channel = Channel.SMS
    plain: bool = False  # an SMS in GSM 7 bit without its extension, whatever becomes of other letters
    transliterate: bool = False  # an SMS with look-alikes, where that saves segments

    @property
    def is_short(self) -> bool:
        """Long texts are cut."""
        return self.channel in _SHORT

    @property
    def most(self) -> int:
        """UTF-16 units that no text has more of."""
        return _MOST_IN_SEGMENTS if self.is_short else _MOST_ELSEWHERE

    def write(self, compose: Callable[[int], str]) -> str:
        """The longest text that fits.

        Args:
            compose: gives the text with no more than so many UTF-16 units of any words that are not ours.
                More room gives no shorter text. What it gives for 0 is written even if it does not fit.
        """
        whole = self.letters(compose(self.most))
        if self.fits(whole):
            return whole
        fitting, too_much = 0, self.most
        while too_much - fitting > 1:
            middle = (fitting + too_much) // 2
            if self.fits(self.letters(compose(middle))):
                fitting = middle
            else:
                too_much = middle
        return self.letters(compose(fitting))

    def letters(self, text: str) -> str:
        """The text in the letters that will be shown."""
        if self.channel is not Channel.SMS:
            return text
        if self.plain:
            return transliterated(without_pictures(text), plain=True)
        return _cheaper(text) if self.transliterate else text

    def fits(self, text: str) -> bool:
        """A text in the letters that will be shown is not too long."""
        if self.is_short:
            return self.segments(text) <= MAX_SEGMENTS
        return units(text) <= _MOST_ELSEWHERE

    def segments(self, text: str) -> int:
        """How many SMS segments a text in the letters that will be shown takes."""
        return segments_of(text, plain=self.plain and self.channel is Channel.SMS)


def _cheaper(text: str) -> str:
    """With look-alikes, if all that it lacks has one and that saves a segment."""
    cost = segments_of(text, plain=False)
    if cost == 1:
        return text
    simple = transliterated(without_pictures(text))
    lacks_some = simple.count("?") > text.count("?")
    return text if lacks_some or segments_of(simple, plain=False) >= cost else simple
