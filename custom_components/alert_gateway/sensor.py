"""Figures of the hub and of each way out."""

from typing import TYPE_CHECKING

from .entries import AlertGatewayConfigEntry, HubRuntime, ModemRuntime, ProviderRuntime
from .hub_sensors import MQTT_SENSOR, ON_CALL_SENSOR, SUMMARY_SENSORS, MqttSensor, OnCallSensor, SummarySensor
from .route_sensors import (
    CREDIT_SENSOR,
    FIGURES_SENSORS,
    MODEM_SENSORS,
    STATE_SENSOR,
    CreditSensor,
    FiguresSensor,
    ModemSensor,
    StateSensor,
)

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .entries import RouteRuntime

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: AlertGatewayConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of the hub or of a way out."""
    match entry.runtime_data:
        case HubRuntime(summary=summary):
            async_add_entities(SummarySensor(summary, each) for each in SUMMARY_SENSORS)
            async_add_entities([MqttSensor(summary, MQTT_SENSOR), OnCallSensor(ON_CALL_SENSOR)])
        case ModemRuntime() as modem:
            async_add_entities(ModemSensor(modem, each) for each in MODEM_SENSORS)
            async_add_entities(_of_route(modem, shows_credit=False))
        case ProviderRuntime() as provider:
            async_add_entities(_of_route(provider, shows_credit=provider.tells_credit))


def _of_route(
    runtime: RouteRuntime, *, shows_credit: bool
) -> tuple[StateSensor | FiguresSensor | CreditSensor, ...]:
    """Return what every way out has."""
    return (
        StateSensor(runtime, STATE_SENSOR),
        *(FiguresSensor(runtime, each) for each in FIGURES_SENSORS),
        CreditSensor(runtime, CREDIT_SENSOR, is_shown=shows_credit),
    )
