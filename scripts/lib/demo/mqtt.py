"""An MQTT client that publishes what a plant would, and sees everything the gateway says."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from .child import DemoError

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECT_TIMEOUT = 10.0  # seconds; the broker is on this machine
PUBLISH_TIMEOUT = 10.0  # seconds until the broker's PUBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One message as it arrived."""

    topic: str
    payload: str

    def json(self) -> dict[str, Any]:
        """The payload as an object; empty if it is none."""
        try:
            content = json.loads(self.payload)
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}


class Listener:
    """Keeps the newest message of each topic below a root."""

    def __init__(self, port: int, root: str) -> None:
        self.root = root
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._newest: dict[str, Seen] = {}  # in the order of arrival
        self._news = asyncio.Event()
        self._connected = asyncio.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    async def connect(self) -> None:
        """Connect and subscribe."""
        self._client.connect_async("127.0.0.1", self._port)
        self._client.loop_start()
        try:
            await asyncio.wait_for(self._connected.wait(), CONNECT_TIMEOUT)
        except TimeoutError:
            raise DemoError(f"the MQTT broker takes no connection within {CONNECT_TIMEOUT:.0f} s") from None

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    async def publish(self, topic: str, payload: dict[str, Any]) -> None:
        """Publish below the root with QoS 1; returns when the broker has it."""
        info = self._client.publish(f"{self.root}/{topic}", json.dumps(payload), qos=1)
        await asyncio.to_thread(info.wait_for_publish, PUBLISH_TIMEOUT)

    async def wait_for(self, wanted: Callable[[Seen], bool], limit: float, what: str) -> Seen:
        """Wait until the newest message of some topic is as wanted."""
        try:
            async with asyncio.timeout(limit):
                while True:
                    self._news.clear()
                    if found := next(filter(wanted, self._newest.values()), None):
                        return found
                    await self._news.wait()
        except TimeoutError:
            newest = list(self._newest.values())[-10:]
            heard = "\n".join(f"    {seen.topic} {seen.payload}" for seen in newest) or "    nothing"
            raise DemoError(
                f"{what} was not seen on MQTT within {limit:.0f} s. The last seen:\n{heard}"
            ) from None

    def _on_connect(self, client: paho.Client, *_: object) -> None:
        client.subscribe(f"{self.root}/#", qos=1)
        self._loop.call_soon_threadsafe(self._connected.set)

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        seen = Seen(topic=message.topic, payload=message.payload.decode(errors="replace"))
        self._loop.call_soon_threadsafe(self._keep, seen)

    def _keep(self, seen: Seen) -> None:
        self._newest.pop(seen.topic, None)
        self._newest[seen.topic] = seen
        self._news.set()
