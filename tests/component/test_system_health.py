"""The lines under System information."""

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import get_system_health_info

from custom_components.alert_gateway.const import DOMAIN
from tests.component.cloud_hooks import with_cloud
from tests.component.entries import ANNA
from tests.component.texts import TEXTS

if TYPE_CHECKING:
    import pytest
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry


async def info_of(hass: HomeAssistant) -> dict[str, Any]:
    """What a person sees."""
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    return await get_system_health_info(hass, DOMAIN)


async def test_how_everything_stands(
    hass: HomeAssistant, hub: MockConfigEntry, modem: MockConfigEntry
) -> None:
    info = await info_of(hass)
    assert {key: info[key] for key in ("open_alarms", "unacknowledged", "queue", "in_doubt")} == {
        "open_alarms": 0,
        "unacknowledged": 0,
        "queue": 0,
        "in_doubt": 0,
    }
    assert info["routes"] == "2 ok"
    assert info["broker"] == "-"
    assert info["public_url"] == "missing"
    assert info["journal_size"].endswith(" MB")
    assert info["last_commit"].startswith("20")
    assert set(info) == set(TEXTS["system_health"]["info"])
    assert ANNA["phone"] not in str(info)


async def test_who_is_reached_by_the_cloud_misses_no_address(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hub: MockConfigEntry
) -> None:
    hooks = with_cloud(hass, monkeypatch)
    assert (await info_of(hass))["public_url"] == "cloud"
    hooks.is_connected = False
    assert (await info_of(hass))["public_url"] == "cloud_away"
    hass.config.external_url = "https://ha.example.org"
    assert (await info_of(hass))["public_url"] == "ok"


async def test_while_nothing_is_set_up(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await hass.config_entries.async_unload(hub.entry_id)
    assert await info_of(hass) == {"routes": "-"}


async def test_a_journal_that_cannot_be_read(hass: HomeAssistant, broken_hub: MockConfigEntry) -> None:
    with closing(sqlite3.connect(hass.config.path(DOMAIN, "journal.db"))) as journal:
        assert journal.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alarm'").fetchone() == (0,)
    info = await info_of(hass)
    assert info["open_alarms"]["type"] == "failed"
