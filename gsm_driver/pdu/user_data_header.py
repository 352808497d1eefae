"""The elements of the user data header (3GPP TS 23.040 clause 9.2.3.24)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from gsm_driver.errors import PduEncodeError

from .frozen import maker, quick
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


@quick
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

_NOT_WIDE: Final = False
_CONCATENATION_8: Final = bytes((IEI_CONCATENATION_8, 3))
_LONE_CONCATENATION: Final = len(_CONCATENATION_8) + 3  # octets
_make_concatenation: Final = maker(Concatenation, "reference", "total", "sequence", "wide")


def decode_header(octets: bytes) -> tuple[HeaderElement, ...]:
    """The elements in `octets`, which come without TP-UDHL. Never fails: see `MalformedHeader`."""
    if len(octets) == _LONE_CONCATENATION and octets.startswith(_CONCATENATION_8):  # as most headers are
        lone = _decode_concatenation_8(octets[2:])
        if lone:
            return (lone,)
    elements: list[HeaderElement] = []
    end = 0
    while end < len(octets):
        start = end + 2
        head = octets[end:start]
        end = start + head[-1]
        if end > len(octets):  # so it is as well where the length is missing
            return (MalformedHeader(octets=octets),)
        value = octets[start:end]
        decode = _DECODERS.get(head)
        known = decode(value) if decode else None
        elements.append(known or UnknownElement(identifier=head[0], octets=value))
    return tuple(elements)


def _decode_concatenation_8(value: bytes) -> Concatenation | None:
    reference, total, sequence = value
    if 1 <= sequence <= total:
        return _make_concatenation(reference, total, sequence, _NOT_WIDE)
    return None  # clause 9.2.3.24.1: the element shall be ignored


def _decode_concatenation_16(value: bytes) -> Concatenation | None:
    high, *rest = value
    narrow = _decode_concatenation_8(bytes(rest))
    return narrow and replace(narrow, reference=high << 8 | narrow.reference, wide=True)


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


# By identifier and length of the value, as they stand before it.
_DECODERS: Final[dict[bytes, Callable[[bytes], HeaderElement | None]]] = {
    _CONCATENATION_8: _decode_concatenation_8,
    bytes((IEI_SPECIAL_INDICATION, 2)): _decode_special_indication,
    bytes((IEI_PORTS_8, 2)): _decode_ports,
    bytes((IEI_PORTS_16, 4)): _decode_ports,
    bytes((IEI_CONCATENATION_16, 4)): _decode_concatenation_16,
    bytes((IEI_SINGLE_SHIFT, 1)): _decode_single_shift,
    bytes((IEI_LOCKING_SHIFT, 1)): _decode_locking_shift,
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
            head = bytes((IEI_CONCATENATION_16, 4)) if wide else _CONCATENATION_8
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
