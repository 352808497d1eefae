"""The brokers of the laboratory, and what pytest needs around them."""

from __future__ import annotations

import contextlib
from typing import Self

import pytest

from lab.parts import brokers
from lab.parts.brokers import MOSQUITTO, Message, Mosquitto, Peer, free_port
from lab.parts.names import DEADLINE

__all__ = [
    "DEADLINE",
    "Message",
    "Mosquitto",
    "Peer",
    "Rumqttd",
    "allow_sockets",
    "free_port",
    "needs_mosquitto",
]

needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="the program mosquitto is not installed")


def allow_sockets() -> None:
    """Undo pytest-socket, where Home Assistant's test tools brought it: these tests talk to 127.0.0.1."""
    with contextlib.suppress(ImportError):
        import pytest_socket  # noqa: PLC0415 - not there on Python 3.11

        pytest_socket.enable_socket()


class Rumqttd(brokers.Rumqttd):
    """Skips the test where it is not installed."""

    async def start(self) -> Self:
        pytest.importorskip("iotcore", reason="iotcore is not installed")
        return await super().start()
