"""Texts of strangers, made safe for a terminal: what moves its cursor or forges a line is shown escaped."""

from __future__ import annotations

import json
import unicodedata

# Control, format and surrogate characters, line and paragraph separators (Unicode standard, table 4-4).
_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # of Persian, Indic scripts and emoji: they join, and do nothing else


def printable(text: str, *, keep: str = "") -> str:
    r"""The text with every dangerous character as ``\n``, ``\x1b`` or ``\u202e``, but for those to keep."""
    if text.isprintable():
        return text
    return "".join(
        _escaped(character) if _is_dangerous(character) and character not in keep else character
        for character in text
    )


def printable_json(document: str) -> str:
    """The same for a JSON document: it stays JSON, and says the same."""
    if document.isprintable():
        return document
    return "".join(
        json.dumps(character)[1:-1] if _is_dangerous(character) else character for character in document
    )


def _is_dangerous(character: str) -> bool:
    return unicodedata.category(character) in _ESCAPED and character not in _JOINERS


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
