"""Figures of the hub: alarms, messages, who is on call, the broker."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from alert_engine.intake.mqtt_session import SessionState

from .const import HUB_UNIQUE_ID, SIGNAL_PEOPLE_CHANGED
from .duty import on_duty
from .entity import HUB_DEVICE, HubEntity
from .host import DATA_HOST

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from alert_engine.model import Summary

    from .duty import OnDuty

_LONGEST_STATE = 255  # characters


@dataclass(frozen=True, kw_only=True)
class SummarySensorDescription(SensorEntityDescription):
    """A number of the summary."""

    value: Callable[[Summary], int]


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
    SummarySensorDescription(
        key="in_doubt",
        translation_key="in_doubt",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda summary: summary.in_doubt,
    ),
)
MQTT_OFF = "off"
MQTT_SENSOR = SensorEntityDescription(
    key="mqtt",
    translation_key="mqtt",
    device_class=SensorDeviceClass.ENUM,
    options=[MQTT_OFF, *(state.value for state in SessionState if state is not SessionState.STOPPED)],
    entity_category=EntityCategory.DIAGNOSTIC,
)
NOBODY = "nobody"  # is on call
ON_CALL_SENSOR = SensorEntityDescription(key="on_call", translation_key="on_call")


class SummarySensor(HubEntity, SensorEntity):
    """Shows a number of the summary."""

    entity_description: SummarySensorDescription

    @property
    @override
    def native_value(self) -> int:
        """The number."""
        return self.entity_description.value(self.coordinator.data)


class MqttSensor(HubEntity, SensorEntity):
    """Shows how we stand with the broker."""

    @property
    @override
    def native_value(self) -> str:
        """Off where alarms are not taken from MQTT."""
        intake = self.hass.data[DATA_HOST].intake
        if intake is None or intake.status.state is SessionState.STOPPED:
            return MQTT_OFF
        return intake.status.state.value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str]:
        """What is wrong, in words."""
        intake = self.hass.data[DATA_HOST].intake
        return {"reason": "" if intake is None else intake.status.reason}


class OnCallSensor(SensorEntity):
    """Names whose turn it is; changes at the minute of the handover."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_device_info = HUB_DEVICE

    def __init__(self, description: SensorEntityDescription) -> None:
        self.entity_description = description
        self._attr_unique_id = f"{HUB_UNIQUE_ID}_{description.key}"
        self._duties: tuple[OnDuty, ...] = ()
        self._unsubscribe: CALLBACK_TYPE | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Look now, at each handover, and when the schedules change."""
        self._look(dt_util.utcnow())
        self.async_on_remove(async_dispatcher_connect(self.hass, SIGNAL_PEOPLE_CHANGED, self._look_anew))
        self.async_on_remove(self._forget_handover)

    @property
    @override
    def native_value(self) -> str:
        """The names, or a word that the translations have."""
        names = dict.fromkeys(duty.person_name for duty in self._duties if duty.person_name)
        return ", ".join(names)[:_LONGEST_STATE] or NOBODY

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Whose turn it is in each schedule, and when the next one changes."""
        ends = [duty.until for duty in self._duties if duty.until is not None]
        return {
            "schedules": {duty.name: duty.person_name for duty in self._duties},
            "until": min(ends, default=None),
        }

    @callback
    def _look_anew(self) -> None:
        self._look(dt_util.utcnow())
        self.async_write_ha_state()

    @callback
    def _hand_over(self, now: datetime) -> None:
        self._unsubscribe = None
        self._look(now)
        self.async_write_ha_state()

    @callback
    def _look(self, now: datetime) -> None:
        self._forget_handover()
        self._duties = on_duty(self.hass, now)
        ends = [duty.until for duty in self._duties if duty.until is not None]
        if ends:
            self._unsubscribe = async_track_point_in_utc_time(self.hass, self._hand_over, min(ends))

    @callback
    def _forget_handover(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
