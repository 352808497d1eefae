"""The hub entry: the alarms, the people and the settings."""

import logging
from typing import TYPE_CHECKING, Final

from homeassistant.const import Platform
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_send

from alert_engine.errors import JournalError
from custom_components.alert_gateway.const import AUDIT_BY, SIGNAL_PEOPLE_CHANGED, SUBENTRY_PERSON
from custom_components.alert_gateway.coordinator import SummaryCoordinator
from custom_components.alert_gateway.document import recipient_id
from custom_components.alert_gateway.entity import HUB_DEVICE
from custom_components.alert_gateway.entries import HubEntry, HubRuntime
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.issues import refresh_person_issue
from custom_components.alert_gateway.legacy.compatibility import keep_compatibility
from custom_components.alert_gateway.panel.registration import async_hide_panel, async_show_panel

if TYPE_CHECKING:
    from collections.abc import Collection

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from alert_engine.engine import AlertEngine
    from custom_components.alert_gateway.host import Host

_LOGGER = logging.getLogger(__name__)

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NOTIFY,
    Platform.SENSOR,
)


async def async_set_up(hass: HomeAssistant, entry: HubEntry, host: Host) -> None:
    """Show the alarms and the people. The engine may have started with a modem, before there was a hub."""
    dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, **HUB_DEVICE)
    summary = SummaryCoordinator(hass, entry, host.engine)
    await summary.async_config_entry_first_refresh()
    entry.runtime_data = HubRuntime(engine=host.engine, summary=summary)
    entry.async_on_unload(entry.add_update_listener(_on_updated))
    await host.refresh()
    refresh_person_issue(hass)
    entry.async_on_unload(keep_compatibility(hass, entry, host.engine))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await async_show_panel(hass, entry)


async def async_take_down(hass: HomeAssistant, _entry: HubEntry) -> None:
    """Nothing but its entities and its page goes: the engine keeps telling people."""
    async_hide_panel(hass)


async def _on_updated(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Take over people and settings without a reload: no modem loses its link."""
    host = hass.data[DATA_HOST]
    known = () if host.settings is None else host.settings.engine.people
    await host.refresh()
    if host.running is not None:
        await _forget_people(host.running, {person.id for person in known} - _people_of(entry))
    refresh_person_issue(hass)
    async_dispatcher_send(hass, SIGNAL_PEOPLE_CHANGED)
    await async_show_panel(hass, entry)


async def async_forget(host: Host, entry: ConfigEntry) -> None:
    """The hub is removed, and with it its people."""
    await host.refresh()
    if host.running is not None:
        await _forget_people(host.running, _people_of(entry))


def _people_of(hub: ConfigEntry) -> set[str]:
    return {recipient_id(person) for person in hub.get_subentries_of_type(SUBENTRY_PERSON)}


async def _forget_people(engine: AlertEngine, people: Collection[str]) -> None:
    """Nobody proves themselves any more who was removed."""
    for person in sorted(people):
        try:
            await engine.access.clear_secrets(person, by=AUDIT_BY)
        except JournalError as error:
            _LOGGER.warning("PIN and key of somebody who was removed stay in the journal: %s", error)
