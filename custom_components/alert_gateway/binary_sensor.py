"""Is there an open alarm, has nobody taken it, does a way out work."""

from typing import TYPE_CHECKING, Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory

from .entity import HubEntity, RouteEntity
from .entries import AlertGatewayConfigEntry, HubRuntime

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

PARALLEL_UPDATES = 0

OPEN_ALARMS = BinarySensorEntityDescription(
    key="open_alarms", translation_key="open_alarms", device_class=BinarySensorDeviceClass.PROBLEM
)
UNACKNOWLEDGED = BinarySensorEntityDescription(
    key="unacknowledged", translation_key="unacknowledged", device_class=BinarySensorDeviceClass.PROBLEM
)
CONNECTION = BinarySensorEntityDescription(
    key="connection",
    translation_key="connection",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: AlertGatewayConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add those of the hub, or that of a way out."""
    runtime = entry.runtime_data
    if isinstance(runtime, HubRuntime):
        async_add_entities(
            [
                OpenAlarmsEntity(runtime.summary, OPEN_ALARMS),
                UnacknowledgedEntity(runtime.summary, UNACKNOWLEDGED),
            ]
        )
    else:
        async_add_entities([ConnectionEntity(runtime, CONNECTION)])


class OpenAlarmsEntity(HubEntity, BinarySensorEntity):
    """On while at least one alarm is open."""

    @property
    @override
    def is_on(self) -> bool:
        """At least one alarm is open."""
        return self.coordinator.data.open > 0

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """How many, and how bad."""
        summary = self.coordinator.data
        return {
            "open": summary.open,
            "unacknowledged": summary.unacknowledged,
            "highest": summary.highest,
        }


class UnacknowledgedEntity(HubEntity, BinarySensorEntity):
    """On while at least one open alarm is nobody's."""

    @property
    @override
    def is_on(self) -> bool:
        """Nobody has taken at least one alarm."""
        return self.coordinator.data.unacknowledged > 0


class ConnectionEntity(RouteEntity, BinarySensorEntity):
    """On while the modem or the account answers and can send."""

    @property
    @override
    def is_on(self) -> bool:
        """It answers and can send."""
        return self.is_connected

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str]:
        """What is wrong and what to do about it, in words."""
        return {"reason": self.health.reason}
