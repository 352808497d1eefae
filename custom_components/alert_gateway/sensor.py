"""How many alarms are open and messages wait; how well the modem hears the network."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import SIGNAL_STRENGTH_DECIBELS_MILLIWATT, EntityCategory

from .entity import HubEntity, RouteEntity
from .entries import AlertGatewayConfigEntry, HubRuntime

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from alert_engine.model import Summary

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SummarySensorDescription(SensorEntityDescription):
    """A number of the summary."""

    value: Callable[[Summary], int]


@dataclass(frozen=True, kw_only=True)
class ModemSensorDescription(SensorEntityDescription):
    """A fact that the modem's route tells with its health."""

    fact: str


SUMMARY_SENSORS = (
    SummarySensorDescription(
        key="open_alarms",
        translation_key="open_alarms",
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda summary: summary.open,
    ),
    SummarySensorDescription(
        key="queue",
        translation_key="queue",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda summary: summary.queue,
    ),
)
MODEM_SENSORS = (
    ModemSensorDescription(
        key="operator",
        translation_key="operator",
        entity_category=EntityCategory.DIAGNOSTIC,
        fact="operator",
    ),
    ModemSensorDescription(
        key="signal",
        translation_key="signal",
        device_class=SensorDeviceClass.SIGNAL_STRENGTH,
        native_unit_of_measurement=SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        fact="signal_dbm",
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: AlertGatewayConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of the hub or of a modem."""
    runtime = entry.runtime_data
    if isinstance(runtime, HubRuntime):
        async_add_entities(SummarySensor(runtime.summary, description) for description in SUMMARY_SENSORS)
    else:
        async_add_entities(ModemSensor(runtime, description) for description in MODEM_SENSORS)


class SummarySensor(HubEntity, SensorEntity):
    """Shows a number of the summary."""

    entity_description: SummarySensorDescription

    @property
    @override
    def native_value(self) -> int:
        """The number."""
        return self.entity_description.value(self.coordinator.data)


class ModemSensor(RouteEntity, SensorEntity):
    """Shows a fact of the modem while it answers."""

    entity_description: ModemSensorDescription

    @property
    @override
    def available(self) -> bool:
        """What was true before the modem went away is not shown as true now."""
        return self.is_connected

    @property
    @override
    def native_value(self) -> str | int | None:
        """The fact; unknown where the modem does not tell it."""
        return dict(self.health.facts).get(self.entity_description.fact)
