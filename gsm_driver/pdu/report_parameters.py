"""What reports share: TP-FCS, TP-PI and what it announces (3GPP TS 23.040 clauses 9.2.3.22, 9.2.3.27)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gsm_driver.errors import PduDecodeError, PduEncodeError

from .dcs import DEFAULT_SCHEME, DataCodingScheme, decode_dcs, encode_dcs
from .octets import octet
from .user_data import UserData, decode_user_data, encode_user_data

if TYPE_CHECKING:
    from .reader import Reader

_HAS_PROTOCOL_IDENTIFIER: Final = 0x01
_HAS_DATA_CODING_SCHEME: Final = 0x02
_HAS_USER_DATA: Final = 0x04
_RESERVED: Final = 0x78
_EXTENDED: Final = 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedFields:
    """The fields that a TP-PI can announce; None where it does not."""

    protocol_identifier: int | None = None  # TP-PID
    data_coding_scheme: DataCodingScheme | None = None  # TP-DCS
    user_data: UserData | None = None  # TP-UDL, TP-UD


def decode_failure_cause(reader: Reader) -> int | None:
    """TP-FCS, if it is there.

    Only the layer below knows whether a report is an RP-ERROR, which has a TP-FCS. But each TP-FCS in use is
    0x80 or higher, and no TP-PI in use is.
    """
    start = reader.offset
    cause = reader.octet("TP-FCS")
    if cause >= 0x80:
        return cause
    reader.offset = start
    return None


def encode_failure_cause(cause: int | None) -> bytes:
    """TP-FCS, or nothing. Raises `PduEncodeError`."""
    if cause is None:
        return b""
    if not 0x80 <= cause <= 0xFF:
        raise PduEncodeError("a failure cause is a number from 128 to 255", field="TP-FCS")
    return bytes((cause,))


def decode_indicator(reader: Reader) -> int:
    """TP-PI; 0 where there is none.

    Unless the reader is strict, one that announces unknown fields counts as none: modems fill up with 0xFF.
    """
    if not reader.remaining:
        return 0
    offset = reader.offset
    indicator = extension = reader.octet("TP-PI")
    if indicator & _RESERVED:
        if reader.strict:
            raise PduDecodeError("announces fields that no release has", field="TP-PI", offset=offset)
        return 0
    while extension & _EXTENDED and reader.remaining:
        extension = reader.octet("TP-PI")
    return indicator


def decode_announced(reader: Reader, indicator: int, *, has_header: bool, max_octets: int) -> AnnouncedFields:
    """The fields that TP-PI announces. Unless the reader is strict, none if they cannot be read."""
    try:
        return _decode_announced(reader, indicator, has_header=has_header, max_octets=max_octets)
    except PduDecodeError:
        if reader.strict:
            raise
        return AnnouncedFields()


def _decode_announced(
    reader: Reader, indicator: int, *, has_header: bool, max_octets: int
) -> AnnouncedFields:
    pid = reader.octet("TP-PID") if indicator & _HAS_PROTOCOL_IDENTIFIER else None
    dcs = user_data = None
    if indicator & _HAS_DATA_CODING_SCHEME:
        dcs = decode_dcs(reader.octet("TP-DCS"), reader.offset - 1)
    if indicator & _HAS_USER_DATA:
        alphabet = (dcs or DEFAULT_SCHEME).alphabet
        user_data = decode_user_data(reader, alphabet, has_header=has_header, max_octets=max_octets)
    return AnnouncedFields(protocol_identifier=pid, data_coding_scheme=dcs, user_data=user_data)


def encode_announced(fields: AnnouncedFields, *, max_octets: int) -> tuple[int, bytes]:
    """TP-PI, and the octets of what it announces. Raises `PduEncodeError`."""
    indicator = 0
    octets = b""
    dcs = fields.data_coding_scheme
    if fields.protocol_identifier is not None:
        indicator |= _HAS_PROTOCOL_IDENTIFIER
        octets += bytes((octet(fields.protocol_identifier, "TP-PID"),))
    if dcs is not None:
        indicator |= _HAS_DATA_CODING_SCHEME
        octets += bytes((encode_dcs(dcs),))
    if fields.user_data is not None:
        indicator |= _HAS_USER_DATA
        alphabet = (dcs or DEFAULT_SCHEME).alphabet
        octets += encode_user_data(fields.user_data, alphabet, max_octets=max_octets)
    return indicator, octets
