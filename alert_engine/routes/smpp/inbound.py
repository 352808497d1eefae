"""Received messages: their text, and long ones from their parts."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from alert_engine.routes.base import InboundSms
from alert_engine.routes.providers.addresses import can_be_answered, international
from gsm_driver import Alphabet, plan_sms

from .codes import Tag
from .submission import UDH_INDICATOR

if TYPE_CHECKING:
    from datetime import datetime

    from .pdu import ShortMessage

MAX_UNFINISHED: Final = 200  # long messages under way at a time; also finished ones, for repeats
REPEATED: Final = 300.0  # seconds in which a part of a finished message is a repeat; later it is of a new one
_LONGEST_PART: Final = 254  # octets: what short_message holds; whatever is longer was not cut
_MAY_BE_INTERNATIONAL: Final = frozenset({0, 1})  # types of number: unknown, international (clause 5.2.5)
_SAR = ((Tag.SAR_MSG_REF_NUM, 2), (Tag.SAR_TOTAL_SEGMENTS, 1), (Tag.SAR_SEGMENT_SEQNUM, 1))  # and octets
_LATIN = {3: "iso-8859-1", 6: "iso-8859-5", 7: "iso-8859-8"}  # data_coding (clause 5.2.19)
_BLANK = plan_sms("112", "x").segments[0].user_data  # GSM 7 bit, to read others by
_SHORT_REFERENCE, _PORTS_8, _PORTS_16, _LONG_REFERENCE = 0x00, 0x04, 0x05, 0x08  # 3GPP TS 23.040


Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One received segment."""

    sender: str = field(repr=False)
    octets: bytes = field(repr=False)
    data_coding: int
    reference: int = 0
    total: int = 1
    number: int = 1
    has_ports: bool = False

    @property
    def key(self) -> Key:
        """What the parts of one message have in common."""
        return self.sender, self.reference, self.total


def read_part(message: ShortMessage) -> Part:
    """What one deliver_sm carries. A header that makes no sense is left where it is."""
    source = message.source
    is_international = source.ton in _MAY_BE_INTERNATIONAL
    part = Part(
        sender=international(source.digits) if is_international else source.digits,
        octets=message.octets,
        data_coding=message.data_coding,
    )
    if message.esm_class & UDH_INDICATOR and part.octets:
        part = _without_header(part)
    return part if part.total > 1 else _by_parameters(part, message)


def _by_parameters(part: Part, message: ShortMessage) -> Part:
    """Clauses 5.3.2.22 to 5.3.2.24; some message centres give both these and a header, which counts then."""
    values = [message.parameter(tag) or b"" for tag, _ in _SAR]
    if any(len(value) > size for value, (_, size) in zip(values, _SAR, strict=True)):
        return part
    return _numbered(part, *(int.from_bytes(value, "big") for value in values))


def _without_header(part: Part) -> Part:
    end = 1 + part.octets[0]
    if end > len(part.octets):
        return part
    header, body = part.octets[1:end], part.octets[end:]
    found = replace(part, octets=body)
    at = 0
    while at + 2 <= len(header):
        element, value = header[at], header[at + 2 : at + 2 + header[at + 1]]
        at += 2 + header[at + 1]
        if element == _SHORT_REFERENCE and len(value) == 3:
            found = _numbered(found, value[0], value[1], value[2])
        elif element == _LONG_REFERENCE and len(value) == 4:
            found = _numbered(found, int.from_bytes(value[:2], "big"), value[2], value[3])
        elif element in {_PORTS_8, _PORTS_16}:
            found = replace(found, has_ports=True)
    return found


def _numbered(part: Part, reference: int, total: int, number: int) -> Part:
    """Only numbers that make sense count (3GPP TS 23.040 clause 9.2.3.24.1)."""
    if total > 1 and 1 <= number <= total and len(part.octets) <= _LONGEST_PART:
        return replace(part, reference=reference, total=total, number=number)
    return part


class Assembler:
    """Puts long messages together, in memory only. `now` is monotonic seconds."""

    def __init__(self) -> None:
        self._unfinished: dict[Key, dict[int, Part]] = {}
        self._finished: OrderedDict[Key, tuple[float, tuple[Part, ...]]] = OrderedDict()

    def add(self, part: Part, now: float) -> tuple[Part, ...]:
        """All that is there of its message, in order; nothing if it is a repeat from a finished one."""
        finished_at, finished = self._finished.get(part.key, (now, ()))
        if part in finished and now - finished_at <= REPEATED:
            return ()
        self._unfinished.setdefault(part.key, {})[part.number] = part
        return self.parts(part.key)

    def parts(self, key: Key) -> tuple[Part, ...]:
        """What is there of a message, in order."""
        parts = self._unfinished.get(key, {})
        return tuple(parts[number] for number in sorted(parts))

    def finish(self, key: Key, parts: tuple[Part, ...], now: float) -> None:
        """These were committed, whether they were all or not."""
        self._finished.pop(key, None)
        self._finished[key] = (now, parts)
        if len(self._finished) > MAX_UNFINISHED:
            self._finished.popitem(last=False)
        left = {part.number: part for part in self.parts(key) if part not in parts}
        if left:
            self._unfinished[key] = left
        else:
            self._unfinished.pop(key, None)

    @property
    def unfinished(self) -> tuple[Key, ...]:
        """The messages under way, the oldest first."""
        return tuple(self._unfinished)


def message_of(parts: tuple[Part, ...], alphabet: str, now: datetime) -> InboundSms:
    """One message from its parts, in order; some may be missing. At least one part is needed."""
    first = parts[0]
    is_text = all(_kind(part.data_coding) is not None and not part.has_ports for part in parts)
    return InboundSms(
        sender=first.sender,
        sender_can_be_answered=can_be_answered(first.sender),
        text=_joined(parts, alphabet),
        received_at=now,
        service_centre_time=None,  # deliver_sm has none
        is_text=is_text and not any(_is_flash(part.data_coding) for part in parts),
        segments=first.total,
        missing_segments=first.total - len(parts),
    )


def _joined(parts: tuple[Part, ...], alphabet: str) -> str:
    """A character may be cut by the border of two parts: octets are joined first, where that can be."""
    first = parts[0]
    if len(parts) == first.total and {part.data_coding for part in parts} == {first.data_coding}:
        return _text(b"".join(part.octets for part in parts), first.data_coding, alphabet)
    return "".join(_text(part.octets, part.data_coding, alphabet) for part in parts)


def _kind(coding: int) -> Alphabet | str | None:
    """How to read it; None: it is no text."""
    if coding in {0, 1}:
        return Alphabet.GSM7
    if coding in _LATIN:
        return _LATIN[coding]
    if coding == 0x08:
        return Alphabet.UCS2
    if 0x10 <= coding <= 0x1F:  # 3GPP TS 23.038: the general group, with a class and not compressed
        return {0x00: Alphabet.GSM7, 0x08: Alphabet.UCS2}.get(coding & 0x0C)
    if coding >= 0xF0:  # the group of message classes
        return None if coding & 0x04 else Alphabet.GSM7
    return None


def _is_flash(coding: int) -> bool:
    """Message class 0: shown at once, and never a command."""
    return (0x10 <= coding <= 0x1F or coding >= 0xF0) and coding & 0x03 == 0


def _text(octets: bytes, coding: int, alphabet: str) -> str:
    kind = _kind(coding)
    if kind is None:
        return ""
    if isinstance(kind, Alphabet):
        if kind is Alphabet.UCS2:
            return octets.decode("utf-16-be", "replace")
        # An octet above 127 is in no septet: it is Latin-1, whatever the provider says.
        if alphabet == "latin-1" or any(octet > 0x7F for octet in octets):
            return octets.decode("latin-1")
        return replace(_BLANK, payload=octets).text
    return octets.decode(kind, "replace")
