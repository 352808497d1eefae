"""A broker with a session that outlives its connections, in virtual time: MQTT 5, as much as a gateway needs.

What a source published it keeps until the gateway has acknowledged it, over any restart, as mosquitto does
with the lines of docs/mqtt.md. Sources wait for a broker that is down.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

from tests.engine import fake_broker as wire

SUBSCRIBE_ACKNOWLEDGED, PING, PING_ANSWER = 9, 12, b"\xd0\x00"
CONNACK_RESUMED = b"\x20\x03\x01\x00\x00"
AT_ONCE = 10  # messages under way


@dataclass
class SessionBroker:
    """One session: that of the gateway.

    Attributes:
        port: where it listens; the same after each restart.
        published: what it was given for the gateway so far.
    """

    port: int = 0
    published: int = 0
    has_session: bool = False
    _waiting: deque[tuple[str, bytes]] = field(default_factory=deque)
    _under_way: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    _last_id: int = 0
    _server: asyncio.Server | None = None
    _writer: asyncio.StreamWriter | None = None
    _up: asyncio.Event = field(default_factory=asyncio.Event)
    _is_subscribed: bool = False

    async def start(self) -> None:
        """Listen; what is not acknowledged is sent again to whoever resumes the session."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        self._up.set()

    async def stop(self) -> None:
        """Break the line and listen no more. The session stays."""
        self._up.clear()
        if self._server is not None:
            self._server.close()
            self._server = None
        self._drop()

    async def publish(self, topic: str, payload: str) -> None:
        """A source publishes with QoS 1; returns when the broker has it, and waits for one that is down."""
        await self._up.wait()
        self.published += 1
        self._waiting.append((topic, payload.encode()))
        self._pump()

    @property
    def waiting(self) -> int:
        """What the gateway did not acknowledge yet."""
        return len(self._waiting) + len(self._under_way)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._drop()
        self._writer, self._is_subscribed = writer, False
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                kind, body = await wire._packet(reader)  # noqa: SLF001 - the same wire
                if kind == wire.DISCONNECT:
                    break
                if answer := self._answer(kind, body):
                    writer.write(answer)
                    await writer.drain()
                self._pump()
        writer.close()
        if self._writer is writer:
            self._writer = None

    def _answer(self, kind: int, body: bytes) -> bytes:
        if kind == wire.CONNECT:
            self._waiting.extendleft(reversed(self._under_way.values()))
            self._under_way.clear()
            resumed, self.has_session = self.has_session, True
            self._is_subscribed = resumed
            return CONNACK_RESUMED if resumed else wire.CONNACK
        if kind == wire.SUBSCRIBE:
            self._is_subscribed = True
            return wire.suback(body)
        if kind == wire.PUBLISH:
            length = int.from_bytes(body[:2], "big")
            return b"\x40\x02" + body[2 + length : 4 + length]
        if kind == wire.PUBACK:
            self._under_way.pop(int.from_bytes(body[:2], "big"), None)
        return PING_ANSWER if kind == PING else b""

    def _pump(self) -> None:
        """Send on what waits, in order."""
        if self._writer is None or not self._is_subscribed:
            return
        while self._waiting and len(self._under_way) < AT_ONCE:
            self._last_id = self._last_id % 65_000 + 1
            topic, payload = self._under_way[self._last_id] = self._waiting.popleft()
            self._writer.write(wire.publish(self._last_id, topic, payload))

    def _drop(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
            self._writer = None
