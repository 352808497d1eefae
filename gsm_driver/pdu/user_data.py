"""TP-User-Data: text or data, its header, fill bits (3GPP TS 23.040 clauses 9.2.3.16, 9.2.3.23, 9.2.3.24)."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Final

from gsm_driver.errors import PduDecodeError, PduEncodeError

from .dcs import Alphabet
from .frozen import maker, quick
from .gsm7 import DEFAULT_TABLE, national_table, pack_septets, unpack_septets
from .octets import OCTETS
from .ucs2 import decode_ucs2, encode_ucs2, whole_units
from .user_data_header import (
    ApplicationPorts,
    Concatenation,
    HeaderElement,
    MalformedHeader,
    NationalShift,
    SpecialIndication,
    UnknownElement,
    decode_header,
    encode_header,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .gsm7 import Gsm7Table
    from .national import NationalLanguage
    from .reader import Reader

__all__ = [
    "ApplicationPorts",
    "Concatenation",
    "HeaderElement",
    "MalformedHeader",
    "NationalShift",
    "SpecialIndication",
    "UnknownElement",
    "UserData",
    "decode_user_data",
    "encode_user_data",
    "header_septets",
    "join_text",
]

MAX_OCTETS: Final = 140  # of TP-UD in SMS-SUBMIT and SMS-DELIVER, header included
_GSM7: Final = Alphabet.GSM7
_UCS2: Final = Alphabet.UCS2
GAP: Final = "[…]"  # stands in a joined text for segments that never came


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class UserData:
    """TP-UD. `payload` is what came or goes; `text` is read from it.

    `alphabet` must be the alphabet of the TP-DCS it travels with.
    """

    alphabet: Alphabet = Alphabet.GSM7
    payload: bytes = field(
        default=b"", repr=False
    )  # GSM 7 bit: one septet an octet; UCS2: UTF-16BE; else the data
    header: tuple[HeaderElement, ...] = ()
    truncated: bool = False  # TP-UDL promised more than came (seen on real modems)

    @classmethod
    def from_text(
        cls, text: str, *, alphabet: Alphabet = Alphabet.GSM7, header: tuple[HeaderElement, ...] = ()
    ) -> UserData:
        """Text in GSM 7 bit (with the national tables that `header` names) or UCS2.

        Raises:
            PduEncodeError: a character is not in the alphabet. The error names its place, not the character.
        """
        if alphabet is Alphabet.DATA:
            raise PduEncodeError("8-bit data has no text", field="TP-UD")
        payload = _table(header).encode(text) if alphabet is _GSM7 else encode_ucs2(text)
        return cls(alphabet=alphabet, payload=payload, header=header)

    @property
    def text(self) -> str:
        """The text; empty for 8-bit data. Half surrogates become U+FFFD."""
        if self.alphabet is _GSM7:
            return (_table(self.header) if self.header else DEFAULT_TABLE).decode(self.payload)
        return decode_ucs2(self.payload) if self.alphabet is _UCS2 else ""

    @property
    def concatenation(self) -> Concatenation | None:
        """The concatenation element, if there is one. Of several the last counts (clause 9.2.3.24)."""
        found = [element for element in self.header if isinstance(element, Concatenation)]
        return found[-1] if found else None

    @property
    def ports(self) -> ApplicationPorts | None:
        """The port element, if there is one. Of several the last counts."""
        found = [element for element in self.header if isinstance(element, ApplicationPorts)]
        return found[-1] if found else None


NO_USER_DATA: Final = UserData()
_make_user_data: Final = maker(UserData, "alphabet", "payload", "header", "truncated")


def join_text(parts: Iterable[UserData | None]) -> str:
    """The text of segments in order, None for those missing.

    They are joined before they are decoded: bad senders part an escape or a surrogate pair.
    A gap reads ``[…]``.
    """
    return "".join(_join_run(run) for _, run in groupby(parts, _run_key))


def _run_key(part: UserData | None) -> tuple[Alphabet, Gsm7Table] | None:
    return None if part is None else (part.alphabet, _table(part.header))


def _join_run(run: Iterable[UserData | None]) -> str:
    parts = [part for part in run if part is not None]
    if not parts:
        return GAP
    payload = b"".join(map(_whole_payload, parts))
    return UserData(alphabet=parts[0].alphabet, payload=payload, header=parts[0].header).text


def _whole_payload(part: UserData) -> bytes:
    return whole_units(part.payload) if part.alphabet is _UCS2 else part.payload


def _table(header: tuple[HeaderElement, ...]) -> Gsm7Table:
    locking: NationalLanguage | None = None
    single: NationalLanguage | None = None
    for element in header:
        if isinstance(element, NationalShift):
            if element.locking:
                locking = element.language
            else:
                single = element.language
    is_shifted = locking is not None or single is not None
    return national_table(locking, single) if is_shifted else DEFAULT_TABLE


def header_septets(octets: int) -> int:
    """How many septets a header of so many octets takes, with its fill bits."""
    return -(-octets * 8 // 7)


_HEADER_SEPTETS: Final = tuple(map(header_septets, range(257)))  # by octets, TP-UDHL and what it can tell


def decode_user_data(
    reader: Reader, alphabet: Alphabet, *, has_header: bool, max_octets: int = MAX_OCTETS
) -> UserData:
    """TP-UDL and TP-UD. Raises `PduDecodeError`; for user data too short or too long only if strict."""
    length = reader.octet("TP-UDL")
    return decode_user_data_of(length, reader, alphabet, has_header=has_header, max_octets=max_octets)


def decode_user_data_of(
    length: int, reader: Reader, alphabet: Alphabet, *, has_header: bool, max_octets: int = MAX_OCTETS
) -> UserData:
    """As `decode_user_data`, for who has read TP-UDL, the `length`, already."""
    start = reader.offset
    is_gsm7 = alphabet is _GSM7
    size = length * 7 + 7 >> 3 if is_gsm7 else length
    octets = reader.octets[start : start + size]
    reader.offset = start + len(octets)
    payload = unpack_septets(octets, length) if is_gsm7 else octets
    header: tuple[HeaderElement, ...] = ()
    if has_header:
        end = 1 + octets[0] if octets else 1
        if end > len(octets):
            raise _no_header(octets, start)
        header = decode_header(octets[1:end])
        # The fill bits end where a septet begins: what the header covers can be dropped after unpacking.
        payload = payload[_HEADER_SEPTETS[end] if is_gsm7 else end :]
    user_data = _make_user_data(alphabet, payload, header, len(octets) < size)
    if reader.strict:
        _refuse_lapses(user_data, start)
        if size > max_octets:
            raise PduDecodeError(f"{size} octets; {max_octets} are allowed", field="TP-UD", offset=start)
    return user_data


def _no_header(octets: bytes, offset: int) -> PduDecodeError:
    if octets:
        text = f"a header of {octets[0]} octets in user data of {len(octets)}"
    else:
        text = "TP-UDHI promises a header, but there is no user data"
    return PduDecodeError(text, field="TP-UDHL", offset=offset)


def _refuse_lapses(user_data: UserData, offset: int) -> None:
    if user_data.truncated:
        raise PduDecodeError("the PDU ends within it", field="TP-UD", offset=offset)
    if any(isinstance(element, MalformedHeader) for element in user_data.header):
        text = "its elements do not add up to the length of the header"
        raise PduDecodeError(text, field="TP-UDH", offset=offset + 1)
    if user_data.alphabet is _UCS2 and len(user_data.payload) & 1:
        raise PduDecodeError("half a UCS2 character", field="TP-UD", offset=offset)


def encode_user_data(user_data: UserData, alphabet: Alphabet, *, max_octets: int = MAX_OCTETS) -> bytes:
    """TP-UDL and TP-UD. `alphabet` is the one of the TP-DCS. Raises `PduEncodeError`."""
    if user_data.alphabet is not alphabet:
        text = f"the user data is {user_data.alphabet}, TP-DCS says {alphabet}"
        raise PduEncodeError(text, field="TP-DCS")
    payload = user_data.payload
    header = encode_header(user_data.header) if user_data.header else b""
    if alphabet is _GSM7:
        if not payload.isascii():
            raise PduEncodeError("a septet is a number from 0 to 127", field="TP-UD")
        septets = bytes(_HEADER_SEPTETS[len(header)]) + payload if header else payload
        length = len(septets)
        octets = pack_septets(septets)
        if header:
            octets = header + octets[len(header) :]
    else:
        octets = header + payload
        length = len(octets)
    if len(octets) > max_octets:
        raise PduEncodeError(f"{len(octets)} octets of user data; {max_octets} fit", field="TP-UD")
    return OCTETS[length] + octets
