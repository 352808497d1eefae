"""A broker that answers what a test tells it: for what no real broker does on demand. MQTT 5 on the wire."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.engine import listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CONNECT, PUBLISH, PUBACK, SUBSCRIBE, DISCONNECT = 1, 3, 4, 8, 14  # MQTT 5.0 clause 2.1.2

CONNACK = b"\x20\x03\x00\x00\x00"
CONNACK_ONE_AT_A_TIME = b"\x20\x06\x00\x00\x03\x21\x00\x01"  # Receive Maximum 1
SUBACK = b"\x90\x04\x00\x01\x00\x01"
SUBACK_REFUSED = b"\x90\x04\x00\x01\x00\x87"


def connack(reason: int) -> bytes:
    return bytes((0x20, 3, 0, reason, 0))


def disconnect(reason: int) -> bytes:
    return bytes((0xE0, 1, reason))


def publish(packet_id: int, topic: str, payload: bytes, *, expires_in: int | None = None) -> bytes:
    """A PUBLISH with QoS 1; `expires_in` is its Message Expiry Interval (clause 3.3.2.3.3)."""
    name = topic.encode()
    properties = b"\x00" if expires_in is None else b"\x05\x02" + expires_in.to_bytes(4, "big")
    body = len(name).to_bytes(2, "big") + name + packet_id.to_bytes(2, "big") + properties + payload
    return b"\x32" + _length(len(body)) + body


def retained(topic: str, payload: bytes) -> bytes:
    """A retained PUBLISH with QoS 0."""
    name = topic.encode()
    body = len(name).to_bytes(2, "big") + name + b"\x00" + payload
    return b"\x31" + _length(len(body)) + body


def suback(body: bytes) -> bytes:
    """Grants all that a SUBSCRIBE asks for (clause 3.8); its properties are fewer than 128 octets."""
    rest, granted = body[3 + body[2] :], b""
    while rest:
        rest = rest[3 + int.from_bytes(rest[:2], "big") :]
        granted += b"\x01"
    return b"\x90" + _length(3 + len(granted)) + body[:2] + b"\x00" + granted


@dataclass
class FakeBroker:
    """Answers each kind of packet with the bytes given for it.

    Args:
        answers: by packet type; None closes the line instead.
        puback_reason: of every PUBACK; None: no PUBACK at all.
        grants: connects everybody and grants all that a SUBSCRIBE asks for, whatever `answers` say.
    """

    answers: dict[int, bytes | None] = field(default_factory=lambda: {CONNECT: CONNACK, SUBSCRIBE: SUBACK})
    puback_reason: int | None = 0
    grants: bool = False
    port: int = 0
    connections: int = 0
    packets: list[tuple[int, bytes]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def received(self, kind: int) -> list[bytes]:
        return [body for packet, body in self.packets if packet == kind]

    async def send(self, data: bytes) -> None:
        self._writers[-1].write(data)
        await self._writers[-1].drain()

    async def until_received(self, kind: int, count: int = 1) -> None:
        async with asyncio.timeout(15):
            while len(self.received(kind)) < count:
                self.changed.clear()
                await self.changed.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                kind, body = await _packet(reader)
                self.packets.append((kind, body))
                self.changed.set()
                answer = self._answer(kind, body)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        writer.close()

    def cut(self) -> None:
        """Break the newest line."""
        self._writers[-1].close()

    def _answer(self, kind: int, body: bytes) -> bytes | None:
        if kind == PUBLISH:
            return self._puback(body)
        if self.grants and kind in {CONNECT, SUBSCRIBE}:
            return CONNACK if kind == CONNECT else suback(body)
        return self.answers.get(kind, b"")

    def _puback(self, body: bytes) -> bytes:
        if self.puback_reason is None:
            return b""
        topic_length = int.from_bytes(body[:2], "big")
        packet_id = body[2 + topic_length : 4 + topic_length]
        return b"\x40\x04" + packet_id + bytes((self.puback_reason, 0))


@asynccontextmanager
async def fake_broker(**options: object) -> AsyncIterator[FakeBroker]:
    broker = FakeBroker(**options)  # type: ignore[arg-type]
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    broker.port = server.sockets[0].getsockname()[1]
    try:
        yield broker
    finally:
        await listening.end(server)
        for writer in broker._writers:
            writer.close()


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    first = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        octet = (await reader.readexactly(1))[0]
        length |= (octet & 0x7F) << shift
        shift += 7
        if octet < 0x80:
            return first >> 4, await reader.readexactly(length)


def _length(number: int) -> bytes:
    encoded = b""
    while True:
        number, octet = divmod(number, 128)
        encoded += bytes([octet | (0x80 if number else 0)])
        if not number:
            return encoded
