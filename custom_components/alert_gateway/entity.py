"""What the entities of the hub, of a modem and of a person have in common."""

from typing import TYPE_CHECKING, override

from homeassistant.const import CONF_MODEL, CONF_TYPE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from alert_engine.model import EngineEvent, RouteChanged
from alert_engine.routes.base import RouteHealth, RouteState

from .const import CONF_FIRMWARE, CONF_MANUFACTURER, DOMAIN, HUB_UNIQUE_ID
from .coordinator import RouteCoordinator, SummaryCoordinator

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry, ConfigSubentry

    from .entries import RouteRuntime

HUB_DEVICE = DeviceInfo(
    identifiers={(DOMAIN, HUB_UNIQUE_ID)}, name="Alert Gateway", entry_type=DeviceEntryType.SERVICE
)


def modem_device(entry: ConfigEntry) -> DeviceInfo:
    """Return the device of a modem; of its IMEI only the end is shown."""
    identity = str(entry.unique_id)
    return DeviceInfo(
        identifiers={(DOMAIN, identity)},
        name=entry.title,
        manufacturer=entry.data[CONF_MANUFACTURER],
        model=entry.data[CONF_MODEL],
        sw_version=entry.data[CONF_FIRMWARE],
        serial_number=f"…{identity[-4:]}" if identity.isdecimal() else None,
    )


def provider_device(entry: ConfigEntry) -> DeviceInfo:
    """Return the device of an account at a provider."""
    return DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        model=entry.data[CONF_TYPE],
        entry_type=DeviceEntryType.SERVICE,
    )


def person_device(hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry) -> DeviceInfo:
    """Return the device of a person, below the hub."""
    return DeviceInfo(
        identifiers={(DOMAIN, subentry.subentry_id)},
        name=subentry.title,
        entry_type=DeviceEntryType.SERVICE,
        via_device_id=dr.async_get_device_id_by_identifier(
            hass, (DOMAIN, HUB_UNIQUE_ID), config_entry_id=entry.entry_id
        ),
    )


class HubEntity(CoordinatorEntity[SummaryCoordinator]):
    """Shows something of the summary."""

    _attr_has_entity_name = True
    _attr_device_info = HUB_DEVICE

    def __init__(self, coordinator: SummaryCoordinator, description: EntityDescription) -> None:
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = f"{HUB_UNIQUE_ID}_{description.key}"


class FiguresEntity(CoordinatorEntity[RouteCoordinator]):
    """Shows something that the journal knows of a way out: it is as true while the way is down."""

    _attr_has_entity_name = True

    def __init__(self, runtime: RouteRuntime, description: EntityDescription) -> None:
        super().__init__(runtime.figures)
        self.entity_description = description
        self._attr_unique_id = f"{runtime.identity}_{description.key}"
        self._attr_device_info = runtime.device


class RouteEntity(Entity):
    """Shows something of a way out; hears what the engine tells of it."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, runtime: RouteRuntime, description: EntityDescription) -> None:
        self.entity_description = description
        self._attr_unique_id = f"{runtime.identity}_{description.key}"
        self._attr_device_info = runtime.device
        self._engine = runtime.engine
        self._route = runtime.route

    @property
    def health(self) -> RouteHealth:
        """The newest health; unknown before it was looked at."""
        return self._engine.routes().get(self._route, RouteHealth(state=RouteState.UNKNOWN))

    @property
    def is_connected(self) -> bool:
        """It answers and can send."""
        return self.health.state in {RouteState.OK, RouteState.DEGRADED}

    @override
    async def async_added_to_hass(self) -> None:
        """Hear of every change."""
        await super().async_added_to_hass()
        self.async_on_remove(self._engine.subscribe(self.on_event))

    @callback
    def on_event(self, event: EngineEvent) -> None:
        """Show a change of its health."""
        if isinstance(event, RouteChanged) and event.route == self._route:
            self.async_write_ha_state()
