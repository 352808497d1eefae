"""Pictures in words, for phones and panels that show letters only."""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType
from typing import TYPE_CHECKING

from gsm_driver import transliterated

if TYPE_CHECKING:
    from collections.abc import Mapping

# What sources put in front of a title to say how it stands. Their Unicode names are longer, or say less.
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "\N{WHITE HEAVY CHECK MARK}": "OK",
        "\N{BALLOT BOX WITH CHECK}": "OK",
        "\N{CROSS MARK}": "X",
        "\N{NEGATIVE SQUARED CROSS MARK}": "X",
        "\N{HEAVY EXCLAMATION MARK SYMBOL}": "!",
        "\N{WARNING SIGN}": "(!)",
        "\N{POLICE CARS REVOLVING LIGHT}": "(!)",
        "\N{LARGE RED CIRCLE}": "(red)",
        "\N{LARGE ORANGE CIRCLE}": "(orange)",
        "\N{LARGE YELLOW CIRCLE}": "(yellow)",
        "\N{LARGE GREEN CIRCLE}": "(green)",
        "\N{LARGE BLUE CIRCLE}": "(blue)",
        "\N{HIGH VOLTAGE SIGN}": "(power)",
        "\N{ELECTRIC PLUG}": "(plug)",
        "\N{SPLASHING SWEAT SYMBOL}": "(water)",
        "\N{DROPLET}": "(water)",
        "\N{THUMBS UP SIGN}": "(thumbs up)",
    }
)
_MAX_NAME = 20  # of a Unicode name; a longer one tells less than it costs
# Symbols, modifiers, enclosing marks, joiners and selectors.
_CATEGORIES = frozenset({"So", "Sk", "Me", "Mn", "Cf"})
_BLANKS = re.compile(" {2,}")


def without_pictures(text: str) -> str:
    """`text` with words in place of pictures; what has no short name is left out."""
    if text.isascii():
        return text
    pieces: list[str] = []
    for character in text:
        word = _word(character)
        if word == character or pieces[-1:] != [word]:  # three flames in a row are one fire
            pieces.append(word)
    return _BLANKS.sub(" ", "".join(pieces)).strip()


def _word(character: str) -> str:
    """The character itself if it is no picture."""
    if character.isascii() or unicodedata.category(character) not in _CATEGORIES:
        return character
    if (name := _NAMES.get(character)) is not None:
        return f" {name} "
    if unicodedata.combining(character) or transliterated(character) not in {"", "?"}:
        return character  # an accent, or a symbol with a look-alike
    name = unicodedata.name(character, "").lower()
    is_short = 0 < len(name) <= _MAX_NAME and unicodedata.category(character) == "So"
    return f" ({name}) " if is_short else ""
