"""Home Assistant with this integration: loaded entries and a simulated modem."""

import custom_components  # noqa: F401, I001 - first: else the plugin's own folder of this name wins

import os
import sqlite3
import tty
from contextlib import closing
from typing import Any, TYPE_CHECKING

import pytest

from gsm_driver.simulator import Simulator, create_simulator
from custom_components.alert_gateway import reach
from custom_components.alert_gateway.const import DOMAIN
from tests.component.entries import ANNA, BEN, hub_of, modem_of, set_up
from tests.component.outside import Outside
from tests.component.waiting import until_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry


@pytest.fixture(autouse=True)
def _our_integration(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration."""


@pytest.fixture(autouse=True)
def _folder(hass: HomeAssistant, tmp_path: Any) -> None:
    """Give each test a configuration folder of its own: the journal is a file."""
    hass.config.config_dir = str(tmp_path)


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch) -> Outside:
    """Where public addresses lead: here. Nobody looks for their names on the internet."""
    way = Outside()
    monkeypatch.setattr(reach, "async_get_clientsession", lambda _hass: way)
    return way


@pytest.fixture
async def simulator(hass: HomeAssistant) -> Simulator:
    """The modem at ``simulator://modem0``; every number is a phone."""
    return create_simulator("modem0")


@pytest.fixture
async def empty_hub(hass: HomeAssistant) -> MockConfigEntry:
    """The hub without people."""
    return await set_up(hass, hub_of())


@pytest.fixture
async def hub(hass: HomeAssistant) -> MockConfigEntry:
    """The hub with Anna, who may acknowledge, and Ben, who may not."""
    return await set_up(hass, hub_of(ANNA, BEN))


@pytest.fixture
async def modem(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """A modem that is loaded and connected; there is a hub with or without people."""
    if not hass.config_entries.async_entries(DOMAIN):
        await set_up(hass, hub_of(ANNA, BEN))
    entry = await set_up(hass, modem_of("simulator://modem0"))
    await until_state(hass, "binary_sensor.simulator_3809_connection", "on")
    return entry


@pytest.fixture
async def broken_hub(hass: HomeAssistant, hub: MockConfigEntry) -> MockConfigEntry:
    """The hub over a journal that takes nothing any more."""
    with closing(sqlite3.connect(hass.config.path(DOMAIN, "journal.db"))) as journal:
        tables = journal.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            if not table.startswith("sqlite_"):
                journal.execute(f"DROP TABLE {table}")
    return hub


@pytest.fixture
def silent_ports() -> Iterator[list[str]]:
    """Two serial ports at which nobody answers."""
    pairs = [os.openpty() for _ in range(2)]
    for _, slave in pairs:
        tty.setraw(slave)
    yield [os.ttyname(slave) for _, slave in pairs]
    for pair in pairs:
        for end in pair:
            os.close(end)
