"""A modem's calls are a route of their own, which comes and goes with it."""

from typing import TYPE_CHECKING

from custom_components.alert_gateway.host import DATA_HOST

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry


async def test_the_calls_of_a_modem(
    hass: HomeAssistant, hub: MockConfigEntry, modem: MockConfigEntry
) -> None:
    route = modem.runtime_data.route
    assert set(hub.runtime_data.engine.routes()) == {route, f"{route}-calls"}
    assert await hass.config_entries.async_unload(modem.entry_id)
    assert set(hass.data[DATA_HOST].engine.routes()) == set()
