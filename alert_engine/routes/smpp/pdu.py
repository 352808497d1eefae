"""Octets of the wire (clauses 3.2 and 4): pure, bounded, and forgiving where the standard leaves room."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

from .codes import RESPONSE, Tag

HEADER_SIZE: Final = 16
# A message_payload may have 64 KiB; the rest of a message has less than 1 KiB, unknown parameters aside.
MAX_PDU: Final = 0x11000
INTERFACE_VERSION: Final = 0x34
_HEADER = struct.Struct("!IIII")
_TLV = struct.Struct("!HH")
_LONGEST_TEXT: Final = 256  # octets of a field that ends with NUL; the standard's longest has 65


class WireError(ValueError):
    """What came is not SMPP 3.4. The text shows no content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pdu:
    """One protocol data unit."""

    command: int
    sequence: int
    status: int = 0
    body: bytes = field(default=b"", repr=False)

    @property
    def is_response(self) -> bool:
        """It answers a request."""
        return bool(self.command & RESPONSE)

    def answer(self, status: int = 0, body: bytes = b"") -> Pdu:
        """The response to this request."""
        return Pdu(command=self.command | RESPONSE, sequence=self.sequence, status=status, body=body)

    def encode(self) -> bytes:
        """Header and body."""
        length = HEADER_SIZE + len(self.body)
        return _HEADER.pack(length, self.command, self.status, self.sequence) + self.body


def read_header(octets: bytes) -> tuple[Pdu, int]:
    """A unit without its body, and how many octets that has. Raises WireError."""
    length, command, status, sequence = _HEADER.unpack(octets)
    if not HEADER_SIZE <= length <= MAX_PDU:
        raise WireError("a length that no SMPP message has")
    return Pdu(command=command, sequence=sequence, status=status), length - HEADER_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A number or name with its type of number and numbering plan (clauses 5.2.5, 5.2.6)."""

    ton: int = 0
    npi: int = 0
    digits: str = field(default="", repr=False)

    def encode(self) -> bytes:
        """As in a message."""
        return bytes((self.ton, self.npi)) + c_text(self.digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortMessage:
    """The body of submit_sm and of deliver_sm (clauses 4.4.1, 4.6.1): they are laid out alike."""

    source: Address
    destination: Address
    service_type: str = ""
    esm_class: int = 0
    priority: int = 0
    validity: str = ""  # clause 7.1.1
    registered_delivery: int = 0
    data_coding: int = 0
    text: bytes = field(default=b"", repr=False)  # short_message, at most 254 octets
    parameters: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)  # optional ones

    def parameter(self, tag: Tag) -> bytes | None:
        """The value of an optional parameter; of several the last."""
        return dict(self.parameters).get(tag)

    @property
    def octets(self) -> bytes:
        """The user data, wherever it stands."""
        return self.text or self.parameter(Tag.MESSAGE_PAYLOAD) or b""

    def encode(self) -> bytes:
        """The body."""
        return b"".join(
            (
                c_text(self.service_type),
                self.source.encode(),
                self.destination.encode(),
                bytes((self.esm_class, 0, self.priority)),
                c_text(""),  # now
                c_text(self.validity),
                bytes((self.registered_delivery, 0, self.data_coding, 0, len(self.text))),
                self.text,
                *(_TLV.pack(tag, len(value)) + value for tag, value in self.parameters),
            )
        )


def c_text(text: str) -> bytes:
    """A text that ends with NUL. Raises ValueError for what is not Latin-1."""
    return text.encode("latin-1") + b"\0"


def read_short_message(body: bytes) -> ShortMessage:
    """The body of submit_sm or deliver_sm. Raises WireError."""
    reader = _Reader(body)
    service_type = reader.text()
    source, destination = reader.address(), reader.address()
    esm_class, _, priority = reader.octet(), reader.octet(), reader.octet()
    reader.text()  # when it was to be delivered
    validity = reader.text()
    registered, _, coding, _, size = (reader.octet() for _ in range(5))
    return ShortMessage(
        service_type=service_type,
        source=source,
        destination=destination,
        esm_class=esm_class,
        priority=priority,
        validity=validity,
        registered_delivery=registered,
        data_coding=coding,
        text=reader.take(size),
        parameters=reader.parameters(),
    )


def read_message_id(body: bytes) -> str:
    """The message id of a submit_sm_resp; empty when there is none, as with an error (clause 4.4.2)."""
    return body[:_LONGEST_TEXT].partition(b"\0")[0].decode("latin-1")


class _Reader:
    """Reads a body from its beginning."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def take(self, size: int) -> bytes:
        """Exactly so many octets."""
        taken = self._octets[self._at : self._at + size]
        if len(taken) < size:
            raise WireError("it ends too early")
        self._at += size
        return taken

    def octet(self) -> int:
        """One octet."""
        return self.take(1)[0]

    def text(self) -> str:
        """A text that ends with NUL."""
        end = self._octets.find(b"\0", self._at, self._at + _LONGEST_TEXT)
        if end < 0:
            raise WireError("a text in it has no end")
        return self.take(end + 1 - self._at)[:-1].decode("latin-1")

    def address(self) -> Address:
        """Type, plan, number."""
        return Address(ton=self.octet(), npi=self.octet(), digits=self.text())

    def parameters(self) -> tuple[tuple[int, bytes], ...]:
        """All that is left. What follows a broken one is ignored: the message itself is whole."""
        found: list[tuple[int, bytes]] = []
        while len(self._octets) - self._at >= _TLV.size:
            tag, size = _TLV.unpack(self.take(_TLV.size))
            if len(self._octets) - self._at < size:
                break
            found.append((tag, self.take(size)))
        return tuple(found)
