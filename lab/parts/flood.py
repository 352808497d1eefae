"""A source that publishes as fast as the broker takes it, thousands of messages, all of them confirmed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

_INFLIGHT = 2000  # so many may be unconfirmed: the broker's pace counts, not that of its answers


class NotConfirmedError(Exception):
    """The broker did not take everything in time."""


async def publish_all(port: int, messages: Iterable[tuple[str, str]], *, within: float) -> int:
    """Publish topics and payloads with QoS 1; returns how many, when the broker has confirmed all.

    Raises:
        NotConfirmedError: it has not, within so many seconds.
    """
    return await asyncio.to_thread(_publish, port, list(messages), within)


def _publish(port: int, messages: list[tuple[str, str]], within: float) -> int:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="flood")
    client.max_inflight_messages_set(_INFLIGHT)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        for info in [client.publish(topic, payload, qos=1) for topic, payload in messages]:
            info.wait_for_publish(timeout=within)
            if not info.is_published():
                raise NotConfirmedError(f"the broker did not confirm all within {within:g} s")
    finally:
        client.disconnect()
        client.loop_stop()
    return len(messages)
