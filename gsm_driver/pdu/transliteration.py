"""Look-alikes for characters that a 7 bit alphabet lacks: a poorer text, but cheap and shown by any phone."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .gsm7 import Gsm7Table

# What decomposing does not give. Where several stand for one character, each is one string.
_LOOK_ALIKES: Final[dict[str, str]] = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2039\u203a`\u00b4\u02bc", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad~", "-"),
    **dict.fromkeys("\u2022\u2023\u25aa\u25cf\u00b7\u2027", "*"),
    **dict.fromkeys("[{", "("),
    **dict.fromkeys("]}", ")"),
    **dict.fromkeys("\\|\u00a6\u2044\u2215\u00f7", "/"),
    **dict.fromkeys("\t\u00a0\u202f\u2028\u2029\u200a\u2009\u2007\u2008", " "),
    **dict.fromkeys("\u200b\u200c\u200d\ufe0e\ufe0f\ufeff\u2060\u200e\u200f^", ""),
    "\f": "\n",
    "\u2026": "...",
    "\u00d7": "x",
    "\u00b1": "+/-",
    "\u00b0": "deg",
    "\u00b5": "u",
    "\u20ac": "EUR",
    "\u00a2": "c",
    "\u00a9": "(c)",
    "\u00ae": "(R)",
    "\u2192": "->",
    "\u2190": "<-",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2713": "OK",
    "\u2714": "OK",
    "\u0152": "OE",
    "\u0153": "oe",
    "\u0110": "D",
    "\u0111": "d",
    "\u00d0": "D",
    "\u00f0": "d",
    "\u0126": "H",
    "\u0127": "h",
    "\u0131": "i",
    "\u0141": "L",
    "\u0142": "l",
    "\u014a": "N",
    "\u014b": "n",
    "\u0166": "T",
    "\u0167": "t",
    "\u00de": "Th",
    "\u00fe": "th",
    "\u1e9e": "SS",
}
# Greek capitals that the default alphabet lacks look like Latin ones; small letters are written as capitals.
_GREEK: Final = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧς", "ABEZHIKMNOPTYX\u03a3")


def transliterate(text: str, table: Gsm7Table, *, last_resort: str | None = None) -> str | None:
    """`text` with look-alikes in place of what `table` lacks.

    A character without a look-alike becomes `last_resort`; without that the answer is None.
    """
    composed = unicodedata.normalize("NFC", text)
    pieces = [_look_alike(character, table, last_resort) for character in composed]
    return None if None in pieces else "".join(piece for piece in pieces if piece is not None)


def _look_alike(character: str, table: Gsm7Table, last_resort: str | None) -> str | None:
    if table.can_encode(character):
        return character
    plain = _without_marks(character)
    candidates = (_LOOK_ALIKES.get(character), plain, plain.upper().translate(_GREEK), last_resort)
    return next((c for c in candidates if c is not None and table.can_encode(c)), None)


def _without_marks(character: str) -> str:
    """The compatibility decomposition without accents; look-alikes for what it yields."""
    plain = (c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    return "".join(_LOOK_ALIKES.get(c, c) for c in plain)
