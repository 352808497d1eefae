"""TP-Data-Coding-Scheme (3GPP TS 23.038 clause 4): which alphabet, which class, what is waiting."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from gsm_driver.errors import PduDecodeError, PduEncodeError

from .octets import octet


class Alphabet(StrEnum):
    """How the user data is coded."""

    GSM7 = "gsm7"  # GSM 7 bit default alphabet, or a national language table
    DATA = "data"  # 8-bit data
    UCS2 = "ucs2"  # 16 bit; in practice UTF-16, surrogates occur


class MessageClass(IntEnum):
    """Where the phone puts the message."""

    FLASH = 0  # class 0: shown at once, not stored
    PHONE = 1  # class 1: ME-specific
    SIM = 2  # class 2: (U)SIM-specific
    TERMINAL = 3  # class 3: TE-specific


class WaitingKind(IntEnum):
    """What waits for the subscriber."""

    VOICEMAIL = 0
    FAX = 1
    EMAIL = 2
    OTHER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageWaiting:
    """A message waiting indication (groups 1100, 1101 and 1110)."""

    kind: WaitingKind
    active: bool  # False: the indication is switched off
    store: bool  # False: the text may be discarded


_GENERAL_ALPHABETS: Final = (Alphabet.GSM7, Alphabet.DATA, Alphabet.UCS2, Alphabet.GSM7)
_CLASSES: Final = tuple(MessageClass)
_COMPRESSED: Final = "compressed text (3GPP TS 23.042) is not supported"


@dataclass(frozen=True, slots=True)
class DataCodingScheme:
    """TP-DCS. The octet is the value; everything else is read from it."""

    octet: int = 0x00

    def __post_init__(self) -> None:
        """Only an octet is a TP-DCS."""
        octet(self.octet, "TP-DCS")

    @classmethod
    def of(cls, alphabet: Alphabet, message_class: MessageClass | None = None) -> DataCodingScheme:
        """The general data coding group (00xx) with this alphabet and class, not compressed."""
        general = _GENERAL_ALPHABETS.index(alphabet) << 2
        return _SCHEMES[general if message_class is None else general | 0x10 | message_class]

    @property
    def alphabet(self) -> Alphabet:
        """The alphabet. Reserved codings mean the GSM 7 bit default alphabet."""
        return ALPHABETS[self.octet]

    @property
    def message_class(self) -> MessageClass | None:
        """The class, or None where the octet has no class meaning."""
        is_general = self.octet & 0x90 == 0x10  # 0xx1
        is_coding_group = self.octet & 0xF0 == 0xF0
        return _CLASSES[self.octet & 0x03] if is_general or is_coding_group else None

    @property
    def is_compressed(self) -> bool:
        """The text is compressed (3GPP TS 23.042). Nothing here can read or write that."""
        return self.octet & 0xA0 == 0x20  # 0x1x: groups 00xx and 01xx only

    @property
    def message_waiting(self) -> MessageWaiting | None:
        """The message waiting indication, or None."""
        group = self.octet >> 4
        if group not in {0b1100, 0b1101, 0b1110}:
            return None
        return MessageWaiting(
            kind=WaitingKind(self.octet & 0x03), active=bool(self.octet & 0x08), store=group != 0b1100
        )

    @property
    def is_marked_for_deletion(self) -> bool:
        """Group 01xx: the phone may delete the message once it was read."""
        return self.octet & 0xC0 == 0x40


def _alphabet(scheme: int) -> Alphabet:
    if scheme & 0x80 == 0:  # 0xxx general, with or without automatic deletion
        return _GENERAL_ALPHABETS[scheme >> 2 & 0x03]
    if scheme & 0xF0 == 0xF0:  # 1111 data coding and class
        return Alphabet.DATA if scheme & 0x04 else Alphabet.GSM7
    if scheme & 0xF0 == 0xE0:  # 1110 message waiting, store, UCS2
        return Alphabet.UCS2
    return Alphabet.GSM7  # 1100, 1101 message waiting; 10xx reserved


ALPHABETS: Final = tuple(map(_alphabet, range(256)))  # by TP-DCS
_SCHEMES: Final = tuple(map(DataCodingScheme, range(256)))
READABLE_SCHEMES: Final = tuple(None if scheme.is_compressed else scheme for scheme in _SCHEMES)
DEFAULT_SCHEME: Final = _SCHEMES[0]  # GSM 7 bit default alphabet, no class


def decode_dcs(value: int, offset: int) -> DataCodingScheme:
    """The TP-DCS at `offset`. Raises `PduDecodeError` for compressed text: nothing here can read it."""
    scheme = READABLE_SCHEMES[value]
    if scheme is None:
        raise PduDecodeError(_COMPRESSED, field="TP-DCS", offset=offset)
    return scheme


def encode_dcs(scheme: DataCodingScheme) -> int:
    """The octet. Raises `PduEncodeError` for compressed text."""
    if READABLE_SCHEMES[scheme.octet] is None:
        raise PduEncodeError(_COMPRESSED, field="TP-DCS")
    return scheme.octet
