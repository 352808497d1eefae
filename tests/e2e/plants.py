"""The plant of the laboratory, with each broker that is here."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from lab.parts import plant
from tests.engine.brokers import Mosquitto, Rumqttd, allow_sockets, needs_mosquitto

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BROKERS = [
    pytest.param(Rumqttd, id="iotcore"),
    pytest.param(Mosquitto, id="mosquitto", marks=needs_mosquitto),
]
ONE_BROKER = BROKERS[:1]  # where which one does not matter: it needs no package


@asynccontextmanager
async def a_plant(folder: Path, broker: type[Rumqttd | Mosquitto]) -> AsyncIterator[plant.Plant]:
    """As in the laboratory, in a test that may use sockets."""
    allow_sockets()
    async with plant.a_plant(folder, broker) as ready:
        yield ready
