"""The page of a modem's device: the firmware that it has today."""

from typing import TYPE_CHECKING

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from alert_engine.model import EngineEvent, RouteChanged

from .const import CONF_FIRMWARE
from .entity import modem_device

if TYPE_CHECKING:
    from .entries import ModemEntry


@callback
def keep_firmware(hass: HomeAssistant, entry: ModemEntry) -> CALLBACK_TYPE:
    """Take over the firmware whenever the modem says another one; returns what ends that."""
    runtime = entry.runtime_data

    @callback
    def on_event(event: EngineEvent) -> None:
        if not isinstance(event, RouteChanged) or event.route != runtime.route:
            return
        identity = runtime.supervisor.identity
        if identity is None or runtime.supervisor.is_another:
            return
        if identity.firmware != entry.data[CONF_FIRMWARE]:
            data = {**entry.data, CONF_FIRMWARE: identity.firmware}
            hass.config_entries.async_update_entry(entry, data=data)
            dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, **modem_device(entry))

    return runtime.engine.subscribe(on_event)
