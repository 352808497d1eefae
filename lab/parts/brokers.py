"""Real MQTT brokers on the loopback interface, and a client that is not ours."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import shutil
import socket
from typing import TYPE_CHECKING, Any, Self

import paho.mqtt.client as paho
from jsonschema import ValidationError
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.engine.mqtt_schemas import check_heard, check_said

from .names import DEADLINE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")

_ALL_SAID: set[tuple[str, bytes]] = set()  # by tests: that may be anything


def free_port() -> int:
    """A TCP port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Mosquitto:
    """A mosquitto with the given lines in its configuration."""

    def __init__(self, folder: Path, *lines: str, port: int = 0, listener: tuple[str, ...] = ()) -> None:
        self.port = port or free_port()
        self._folder = folder
        self._lines = (*lines, f"listener {self.port} 127.0.0.1", *listener)
        self._process: asyncio.subprocess.Process | None = None
        self._log: asyncio.Task[None] | None = None

    async def start(self) -> Self:
        """Start it and wait until it says that it runs."""
        assert MOSQUITTO is not None
        file = self._folder / f"mosquitto-{self.port}.conf"
        defaults = (
            []
            if any(line.startswith("allow_anonymous") for line in self._lines)
            else ["allow_anonymous true"]
        )
        # From 2.1 on it refuses packets of more than 2 MB itself; ours must be able to say no too.
        lines = ["user root", "max_packet_size 20000000", *defaults, *self._lines]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._process = await asyncio.create_subprocess_exec(
            MOSQUITTO,
            "-c",
            str(file),
            "-v",
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        assert self._process.stderr is not None
        async with asyncio.timeout(DEADLINE):
            while not (line := await self._process.stderr.readline()).endswith(b" running\n"):
                assert line, "mosquitto ended at once"
        self._log = asyncio.create_task(_drain(self._process.stderr))
        return self

    async def stop(self) -> None:
        """End it, as a reboot would."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):  # it has ended
                self._process.terminate()
            await self._process.wait()
        if self._log is not None:
            await self._log

    async def kill(self) -> None:
        """End it, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        await self.stop()

    async def __aenter__(self) -> Self:
        """Start it."""
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        await self.stop()


def careful_mosquitto(folder: Path) -> Mosquitto:
    """One that keeps what it confirmed over its own death, as docs/mqtt.md asks for."""
    return Mosquitto(
        folder,
        "persistence true",
        f"persistence_location {folder}/",
        "autosave_on_changes true",
        "autosave_interval 1",
        "max_queued_messages 0",
    )


class Rumqttd:
    """iotcore's broker: MQTT 5 on `port`, 3.1.1 on `old_port`; from the package index, so always there."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.old_port = free_port()
        self._file = folder / "rumqttd.toml"
        self._broker: Any = None

    async def start(self) -> Self:
        """Start it and wait until it listens."""
        iotcore = importlib.import_module("iotcore")  # not everywhere: only where an alarm plant is played
        self._file.write_text(_RUMQTTD.format(port=self.port, old_port=self.old_port), encoding="utf-8")
        self._broker = iotcore.Broker(config_path=str(self._file))
        await asyncio.to_thread(self._broker.start, DEADLINE)
        return self

    async def stop(self) -> None:
        """End it."""
        await asyncio.to_thread(self._broker.stop)

    async def __aenter__(self) -> Self:
        """Start it."""
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        await self.stop()


class Message:
    """What a `Peer` received."""

    def __init__(self, message: paho.MQTTMessage) -> None:
        self.topic = message.topic
        self.payload = bytes(message.payload)
        self.retained = message.retain
        self.correlation: bytes | None = getattr(message.properties, "CorrelationData", None)

    def __repr__(self) -> str:
        """Topic and payload."""
        return f"{self.topic} {self.payload!r}{' (retained)' if self.retained else ''}"


class Peer:
    """A client of somebody else: an alarm source or a dashboard. paho with a thread of its own.

    Args:
        port: of the broker.
        client_id: its name there.
        protocol: MQTT 5 or 3.1.1.
        ca_file: whom it trusts; None: no TLS.
        comes_back: when its line is closed, it connects again after a second; nothing is subscribed then.
    """

    def __init__(
        self,
        port: int,
        client_id: str = "peer",
        *,
        protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
        ca_file: str | None = None,
        comes_back: bool = False,
    ) -> None:
        self.messages: list[Message] = []
        self._port = port
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._confirmed: set[int] = set()
        self._connected = False
        self._wrong: list[Exception] = []  # messages of the gateway that are not as their schema says
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=protocol,
            reconnect_on_failure=comes_back,
        )
        if ca_file is not None:
            self._client.tls_set(ca_file)
        self._client.on_message = lambda _client, _data, message: self._note(self._heard, Message(message))
        self._client.on_publish = lambda _client, _data, mid, *_: self._note(self._confirmed.add, mid)
        self._client.on_subscribe = lambda _client, _data, mid, *_: self._note(self._confirmed.add, mid)
        self._client.on_connect = lambda *_: self._note(self._connect_noted, None)

    async def __aenter__(self) -> Self:
        """Connect."""
        await asyncio.to_thread(self._client.connect, "127.0.0.1", self._port)
        self._client.loop_start()
        await self.until(lambda: self._connected)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect; whatever the gateway said wrong is told now."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
        if self._wrong:
            raise self._wrong[0]

    async def reconnect(self) -> None:
        """Connect again, after the broker was away; nothing is subscribed then."""
        await asyncio.to_thread(self._client.loop_stop)
        self._connected = False
        await asyncio.to_thread(self._client.reconnect)
        self._client.loop_start()
        await self.until(lambda: self._connected)

    async def subscribe(self, topic: str) -> None:
        """Subscribe with QoS 1; returns when the broker has it."""
        _, mid = self._client.subscribe(topic, qos=1)
        await self.until(lambda: mid in self._confirmed)

    def unsubscribe(self, topic: str) -> None:
        """Hear no more of it: so that a flood is not looked at, message by message."""
        self._client.unsubscribe(topic)

    async def publish(
        self,
        topic: str,
        payload: bytes | str,
        *,
        qos: int = 1,
        retain: bool = False,
        unchecked: bool = False,
        **properties: Any,
    ) -> None:
        """Publish, and wait until the broker has it. Unless `unchecked`, see `check_said`."""
        octets = payload.encode() if isinstance(payload, str) else payload
        _ALL_SAID.add((topic, octets))
        if not unchecked:
            check_said(topic, octets)
        given = None
        if properties:
            given = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it untyped
            for name, value in properties.items():
                setattr(given, name, value)
        info = self._client.publish(topic, payload, qos=qos, retain=retain, properties=given)
        await self.until(lambda: info.mid in self._confirmed)

    async def message(self, topic: str, where: Callable[[Message], bool] = lambda _: True) -> Message:
        """The newest received message on `topic` that fits; waits for it."""

        def fitting() -> list[Message]:
            return [message for message in self.messages if message.topic == topic and where(message)]

        await self.until(lambda: bool(fitting()))
        return fitting()[-1]

    async def until(self, condition: Callable[[], bool], *, within: float = DEADLINE) -> None:
        """Wait until it is so, at most so many seconds; looks again whenever something came."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"it did not come; there were: {self.messages}") from None
        if self._wrong:
            raise self._wrong[0]

    def _heard(self, message: Message) -> None:
        """Keep it; what the gateway says is always looked at, whatever the test is about."""
        self.messages.append(message)
        if (message.topic, message.payload) in _ALL_SAID:
            return  # a test said it
        try:
            check_heard(message.topic, message.payload)
        except (AssertionError, ValidationError) as error:
            self._wrong.append(error)

    def _connect_noted(self, _: None) -> None:
        self._connected = True

    def _note(self, add: Callable[[Any], object], value: Any) -> None:
        def on_loop() -> None:
            add(value)
            self._changed.set()

        self._loop.call_soon_threadsafe(on_loop)


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.readline():
        pass


_RUMQTTD = """\
id = 0

[router]
id = 0
max_connections = 100
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10

[v4.1]
name = "old"
listen = "127.0.0.1:{old_port}"
next_connection_delay_ms = 1
    [v4.1.connections]
    connection_timeout_ms = 60000
    max_payload_size = 20000000
    max_inflight_count = 100
    dynamic_filters = true

[v5.1]
name = "new"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
    [v5.1.connections]
    connection_timeout_ms = 60000
    max_payload_size = 20000000
    max_inflight_count = 100
    dynamic_filters = true
"""
