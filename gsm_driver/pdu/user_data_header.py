"""The elements of the user data header (3GPP TS 23.040 clause 9.2.3.24)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gsm_driver.errors import PduEncodeError

from .national import NationalLanguage

if TYPE_CHECKING:
    from collections.abc import Callable

_FIELD: Final = "TP-UDH"
MAX_HEADER_OCTETS: Final = 140  # with TP-UDHL; no user data is longer

IEI_CONCATENATION_8: Final = 0x00
IEI_SPECIAL_INDICATION: Final = 0x01
IEI_PORTS_8: Final = 0x04
IEI_PORTS_16: Final = 0x05
IEI_CONCATENATION_16: Final = 0x08
IEI_ENHANCED_VOICE_MAIL: Final = 0x23
IEI_SINGLE_SHIFT: Final = 0x24
IEI_LOCKING_SHIFT: Final = 0x25


@dataclass(frozen=True, slots=True, kw_only=True)
class Concatenation:
    """This message is one segment of a longer one (IEI 0x00, wide: 0x08)."""

    reference: int  # the sender's, not TP-MR; 0 is legal
    total: int  # segments, 1 to 255
    sequence: int  # this one, from 1
    wide: bool = False  # 16 bit reference


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationPorts:
    """The application that shall have the data (IEI 0x05, 16 bit; not wide: 0x04, 8 bit)."""

    destination: int
    originator: int
    wide: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialIndication:
    """Special SMS Message Indication (IEI 0x01): so many messages wait."""

    indication: int  # the first octet: bit 7 store, bits 1 and 0 the kind
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalShift:
    """The user data uses a national language table (IEI 0x25 locking, 0x24 single shift)."""

    language: NationalLanguage
    locking: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownElement:
    """An element that nothing here reads, or one with values that the standard forbids; kept as it came."""

    identifier: int  # IEI
    octets: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedHeader:
    """A header whose elements do not add up to its length: to be ignored as a whole; kept as it came."""

    octets: bytes = field(repr=False)


HeaderElement = (
    Concatenation | ApplicationPorts | SpecialIndication | NationalShift | UnknownElement | MalformedHeader
)


def decode_header(octets: bytes) -> tuple[HeaderElement, ...]:
    """The elements in `octets`, which come without TP-UDHL. Never fails: see `MalformedHeader`."""
    elements: list[HeaderElement] = []
    offset = 0
    while offset < len(octets):
        value = octets[offset + 2 :]
        if len(octets) < offset + 2 or len(value) < octets[offset + 1]:
            return (MalformedHeader(octets=octets),)
        length = octets[offset + 1]
        elements.append(_decode_element(octets[offset], value[:length]))
        offset += 2 + length
    return tuple(elements)


def _decode_element(identifier: int, value: bytes) -> HeaderElement:
    length, decode = _DECODERS.get(identifier, (-1, None))
    known = decode(value) if decode and len(value) == length else None
    return known or UnknownElement(identifier=identifier, octets=value)


def _decode_concatenation(value: bytes) -> Concatenation | None:
    *reference, total, sequence = value
    if not 1 <= sequence <= total:
        return None  # clause 9.2.3.24.1: the element shall be ignored
    wide = len(reference) == 2
    return Concatenation(
        reference=int.from_bytes(reference, "big"), total=total, sequence=sequence, wide=wide
    )


def _decode_ports(value: bytes) -> ApplicationPorts:
    half = len(value) // 2
    destination, originator = int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big")
    return ApplicationPorts(destination=destination, originator=originator, wide=half == 2)


def _decode_special_indication(value: bytes) -> SpecialIndication:
    return SpecialIndication(indication=value[0], count=value[1])


def _decode_single_shift(value: bytes) -> NationalShift | None:
    return _decode_shift(value[0], locking=False)


def _decode_locking_shift(value: bytes) -> NationalShift | None:
    return _decode_shift(value[0], locking=True)


def _decode_shift(language: int, *, locking: bool) -> NationalShift | None:
    try:
        return NationalShift(language=NationalLanguage(language), locking=locking)
    except ValueError:
        return None  # a language of a later release: the default table stands in


# Length of the value in octets, and what reads it.
_DECODERS: Final[dict[int, tuple[int, Callable[[bytes], HeaderElement | None]]]] = {
    IEI_CONCATENATION_8: (3, _decode_concatenation),
    IEI_SPECIAL_INDICATION: (2, _decode_special_indication),
    IEI_PORTS_8: (2, _decode_ports),
    IEI_PORTS_16: (4, _decode_ports),
    IEI_CONCATENATION_16: (4, _decode_concatenation),
    IEI_SINGLE_SHIFT: (1, _decode_single_shift),
    IEI_LOCKING_SHIFT: (1, _decode_locking_shift),
}


def encode_header(elements: tuple[HeaderElement, ...]) -> bytes:
    """TP-UDHL and the elements; empty if there are none.

    Raises:
        PduEncodeError: a value does not fit, or all together are too long.
    """
    if not elements:
        return b""
    try:
        body = b"".join(map(_encode_element, elements))
    except (OverflowError, ValueError):
        raise PduEncodeError(
            "an element has a value that does not fit into its octets", field=_FIELD
        ) from None
    if len(body) >= MAX_HEADER_OCTETS:
        raise PduEncodeError(f"a header of {len(body)} octets does not fit into a message", field=_FIELD)
    return bytes((len(body),)) + body


def _encode_element(element: HeaderElement) -> bytes:
    match element:
        case Concatenation(wide=wide):
            if not 1 <= element.sequence <= element.total:
                raise PduEncodeError("a segment's number must be from 1 to the total", field=_FIELD)
            head = bytes((IEI_CONCATENATION_16, 4)) if wide else bytes((IEI_CONCATENATION_8, 3))
            reference = element.reference.to_bytes(1 + wide, "big")
            return head + reference + bytes((element.total, element.sequence))
        case ApplicationPorts(wide=wide):
            head = bytes((IEI_PORTS_16, 4)) if wide else bytes((IEI_PORTS_8, 2))
            return head + b"".join(
                p.to_bytes(1 + wide, "big") for p in (element.destination, element.originator)
            )
        case SpecialIndication():
            return bytes((IEI_SPECIAL_INDICATION, 2, element.indication, element.count))
        case NationalShift():
            return bytes((IEI_LOCKING_SHIFT if element.locking else IEI_SINGLE_SHIFT, 1, element.language))
        case UnknownElement():
            return bytes((element.identifier, len(element.octets))) + element.octets
        case _:
            return element.octets
