"""Going through the pages of the hub's options."""

from typing import TYPE_CHECKING, Any

from homeassistant.data_entry_flow import FlowResultType

from tests.component.hub_forms import sent_back

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from alert_engine.settings import EngineSettings


async def open_page(hass: HomeAssistant, hub: ConfigEntry, page: str) -> Any:
    """Open a page of the menu."""
    menu = await hass.config_entries.options.async_init(hub.entry_id)
    assert menu["type"] is FlowResultType.MENU
    return await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": page})


async def send(hass: HomeAssistant, form: Any, filled: dict[str, Any]) -> Any:
    """Send a page off."""
    result = await hass.config_entries.options.async_configure(form["flow_id"], filled)
    await hass.async_block_till_done()
    return result


async def store(hass: HomeAssistant, hub: MockConfigEntry, page: str, filled: dict[str, Any]) -> None:
    """Fill in a page; it shows the same again, and sending that off changes nothing."""
    result = await send(hass, await open_page(hass, hub, page), filled)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    stored = dict(hub.options)
    again = await open_page(hass, hub, page)
    await send(hass, again, sent_back(again))
    assert dict(hub.options) == stored


def engine_settings(hass: HomeAssistant) -> EngineSettings:
    """What the engine was told."""
    settings: EngineSettings = hass.data["alert_gateway"].settings.engine
    return settings
