"""USSD strings: what a request looks like, and what a reply says, told by its content.

Modems name the wrong coding scheme as often as the right one: UCS2 comes as 15 and 17 (gammu#358), packed
septets as 1 (bg111/asterisk-chan-dongle#98), octets as 0 (gammu#513). So a string of hexadecimal digits is
read in each way, and the reading that is a text of one script is taken; the scheme decides where none is.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from gsm_driver.pdu.gsm7 import DEFAULT_TABLE, pack_septets, unpack_septets

from .errors import PduEncodeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_REQUEST = 182  # characters: 160 octets of packed septets (3GPP TS 23.038 clause 5)
READABLE = 0.9  # of the characters must be what people write; garbage reaches about half
SHORTEST_WIDE = 8  # octets
MOSTLY = 0.6  # must be plain letters, digits and blanks

_REQUEST = re.compile(r"[ !#-:<-~]+")  # what fits into a quoted parameter of a command line
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_DIGITS = re.compile(r"\d{1,19}")  # a number, an amount: rather that than octets in hexadecimal digits
_CARRIAGE_RETURN = b"\r"


class UssdForm(StrEnum):
    """How a request is written."""

    PLAIN = "plain"
    PACKED = "packed"  # septets, packed, in hexadecimal digits (Huawei)
    UCS2 = "ucs2"  # in hexadecimal digits, as AT+CSCS="UCS2" wants it


class CharacterSet(StrEnum):
    """What AT+CSCS? may answer (3GPP TS 27.007 clause 5.5), as far as it matters here."""

    GSM = "GSM"
    UCS2 = "UCS2"
    HEX = "HEX"
    OTHER = ""

    @classmethod
    def named(cls, value: str) -> CharacterSet:
        """The one in a +CSCS line."""
        name = value.strip(' "').upper()
        return next((known for known in cls if known.value == name), cls.OTHER)


def encode_request(text: str, form: UssdForm) -> str:
    """A code or a reply as the parameter of AT+CUSD.

    Raises:
        UsageError: it is empty, too long, or has a character that no phone's keys have.
    """
    if not 0 < len(text) <= MAX_REQUEST or not _REQUEST.fullmatch(text):
        raise UsageError(f"a USSD request is 1 to {MAX_REQUEST} letters, digits, * and #")
    match form:
        case UssdForm.PACKED:
            return _packed(text).hex().upper()
        case UssdForm.UCS2:
            return text.encode("utf-16-be").hex().upper()
        case _:
            return text


def _packed(text: str) -> bytes:
    """Packed septets. 7 spare bits would read as "@", and so they hold CR (23.038 clause 6.1.2.3.1)."""
    try:
        septets = DEFAULT_TABLE.encode(text)
    except PduEncodeError:
        raise UsageError("a USSD request has characters of the GSM 7 bit alphabet only") from None
    return pack_septets(septets + (_CARRIAGE_RETURN if len(septets) % 8 == 7 else b""))


def decode_reply(
    text: str,
    data_coding_scheme: int | None,
    *,
    form: UssdForm = UssdForm.PLAIN,
    character_set: CharacterSet = CharacterSet.OTHER,
) -> str:
    """The text of a +CUSD.

    Args:
        text: as the modem sent it, one character for each octet; lines joined by LF.
        data_coding_scheme: as it sent that (3GPP TS 23.038 clause 5).
        form: of the request: a modem that wants septets sends septets.
        character_set: AT+CSCS.
    """
    compact = text.replace("\n", "")
    if not _HEX.fullmatch(compact):
        return _plain(text, character_set)
    octets = bytes.fromhex(compact)
    named = _named(data_coding_scheme, form)
    if named is None and _DIGITS.fullmatch(compact) and not _is_narrow_ucs2(octets):
        return text
    for fits, read in _READINGS[form is UssdForm.PACKED]:
        if fits(octets):
            return read(octets)
    return _plain(text, character_set) if named is None else named(octets)


def _named(data_coding_scheme: int | None, form: UssdForm) -> Callable[[bytes], str] | None:
    """The reading that the coding scheme asks for; None: as it stands."""
    if data_coding_scheme is not None and data_coding_scheme & 0xCC == 0x48:
        return _ucs2
    if data_coding_scheme == 0x11:  # UCS2 after the name of a language
        return _ucs2
    if data_coding_scheme is not None and data_coding_scheme & 0xCC == 0x44:
        return _octets
    return _septets if form is UssdForm.PACKED else None


# --- Readings ---


def _ucs2(octets: bytes) -> str:
    """Two octets a character; one that was cut off is left out."""
    return _ended(octets[: len(octets) // 2 * 2].decode("utf-16-be", "replace"))


def _septets(octets: bytes) -> str:
    text = DEFAULT_TABLE.decode(unpack_septets(octets, len(octets) * 8 // 7))
    if len(octets) % 7 == 0:  # 7 spare bits, filled with zeros in spite of the standard
        text = text.removesuffix("@")
    return _ended(text)


def _octets(octets: bytes) -> str:
    """One octet a character; 0xFF fills."""
    trimmed = octets.rstrip(b"\xff")
    try:
        return _ended(trimmed.decode("utf-8"))
    except UnicodeDecodeError:
        return _ended(trimmed.decode("latin-1"))


# Where AT+CSCS is "GSM", these ASCII characters stand for others. "@", "$" and "_" are left: a text has those
# far more often than what the alphabet has in their places.
_GSM_LETTERS = "".join(map(chr, range(0x01, 0x20))) + "[\\]^`{|}~\x7f"
_AS_GSM = {
    ord(letter): DEFAULT_TABLE.decode(letter.encode()) for letter in _GSM_LETTERS if letter not in "\n\r\x1b"
}


def _plain(text: str, character_set: CharacterSet) -> str:
    """Text as it stands: ASCII, UTF-8, Latin-1, or the GSM alphabet octet by octet."""
    if character_set is CharacterSet.GSM and text.isascii():
        return _ended(text.translate(_AS_GSM))
    try:
        return _ended(text.encode("latin-1").decode("utf-8"))
    except UnicodeError:
        return _ended(text)


def _ended(text: str) -> str:
    """Without what fills it up, and with LF at the end of each line."""
    return text.replace("\r\n", "\n").rstrip("\r\n\0").replace("\r", "\n")


# --- Plausibility ---

_WRITTEN = re.compile(r"[\n -?A-Za-zÀ-ɏ€£¥@_'\[\]{}|~^\\-]")
_PLAIN_LETTERS = re.compile(r"[\n 0-9A-Za-z]")


def _is_readable(text: str) -> bool:
    """Latin letters, digits and marks, nearly all of them, and most of them without accents."""
    written, plain = len(_WRITTEN.findall(text)), len(_PLAIN_LETTERS.findall(text))
    return written >= READABLE * len(text) and plain >= MOSTLY * len(text)


def _is_octets(octets: bytes) -> bool:
    return _is_readable(_octets(octets))


def _is_septets(octets: bytes) -> bool:
    return _is_readable(_septets(octets))


# High octets of what stands among the letters of any script: Latin, punctuation, currencies, wide forms.
_COMMON = frozenset({0x00, 0x01, 0x02, 0x20, 0x21, 0x22, 0x25, 0x26, 0x30, 0xFE, 0xFF})
_NARROW = frozenset({*range(0x03, 0x12), 0x1E})  # Greek to Korean letters, one script a block; Vietnamese
_WIDE = (range(0x4E, 0xA0), range(0xAC, 0xD8))  # Chinese, Korean


def _blocks(text: str) -> set[int] | None:
    """The high octets of a text, but the common ones; None: it holds what is no text."""
    if "\ufffd" in text or any(char < " " and char not in "\n\r\t" for char in text):
        return None
    return {ord(char) >> 8 for char in text if ord(char) <= 0xFFFF} - _COMMON


def _is_narrow_ucs2(octets: bytes) -> bool:
    """Characters of one alphabet. Other octets hardly ever look so, again and again."""
    blocks = _blocks(_ucs2(octets)) if len(octets) > 1 else None
    return blocks is not None and len(blocks) <= 1 and blocks <= _NARROW


def _is_wide_ucs2(octets: bytes) -> bool:
    """Chinese or Korean: enough of it, for two or three such characters are as likely something else."""
    blocks = _blocks(_ucs2(octets)) if len(octets) >= SHORTEST_WIDE else None
    return blocks is not None and any(blocks <= set(wide) for wide in _WIDE)


_READINGS: Mapping[bool, tuple[tuple[Callable[[bytes], bool], Callable[[bytes], str]], ...]] = {
    packed: ((_is_narrow_ucs2, _ucs2), *latin, (_is_wide_ucs2, _ucs2))
    for packed, latin in (
        (False, ((_is_octets, _octets), (_is_septets, _septets))),
        (True, ((_is_septets, _septets), (_is_octets, _octets))),
    )
}
"""How to tell the readings apart, by whether the request was packed: the first that fits is taken."""
