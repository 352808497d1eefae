"""The hub entry: the alarms, the people and the settings."""

from typing import TYPE_CHECKING, Final

from homeassistant.const import Platform
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_send

from custom_components.alert_gateway.const import SIGNAL_PEOPLE_CHANGED
from custom_components.alert_gateway.coordinator import SummaryCoordinator
from custom_components.alert_gateway.entity import HUB_DEVICE
from custom_components.alert_gateway.entries import HubEntry, HubRuntime
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.issues import refresh_person_issue
from custom_components.alert_gateway.keywords import announce_keywords

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from custom_components.alert_gateway.host import Host

PLATFORMS: Final = (Platform.BINARY_SENSOR, Platform.NOTIFY, Platform.SENSOR)


async def async_set_up(hass: HomeAssistant, entry: HubEntry, host: Host) -> None:
    """Show the alarms and the people. The engine may have started with a modem, before there was a hub."""
    dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, **HUB_DEVICE)
    summary = SummaryCoordinator(hass, entry, host.engine)
    await summary.async_config_entry_first_refresh()
    entry.runtime_data = HubRuntime(engine=host.engine, summary=summary)
    entry.async_on_unload(entry.add_update_listener(_on_updated))
    entry.async_on_unload(announce_keywords(hass, host.engine))
    await host.refresh()
    refresh_person_issue(hass)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)


async def async_take_down(_hass: HomeAssistant, _entry: HubEntry) -> None:
    """Nothing but its entities goes: the engine keeps telling people."""


async def _on_updated(hass: HomeAssistant, _entry: ConfigEntry) -> None:
    """Take over people and settings without a reload: no modem loses its link."""
    await hass.data[DATA_HOST].refresh()
    refresh_person_issue(hass)
    async_dispatcher_send(hass, SIGNAL_PEOPLE_CHANGED)
