"""From the hub entry to the settings of the engine."""

from typing import TYPE_CHECKING

from homeassistant.const import CONF_COUNTRY, CONF_NAME
from homeassistant.util import dt as dt_util
from homeassistant.util import slugify

from alert_engine.model import Address, Channel, Person
from alert_engine.settings import EngineSettings

from .const import CONF_CAN_ACKNOWLEDGE, CONF_MQTT, CONF_PHONE, DEFAULT_GATEWAY, SUBENTRY_PERSON

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry, ConfigSubentry


def engine_settings(hub: ConfigEntry | None) -> EngineSettings:
    """Return what the engine is told; without a hub there are no people."""
    if hub is None:
        return EngineSettings(gateway=DEFAULT_GATEWAY, time_zone=dt_util.get_default_time_zone())
    return EngineSettings(
        gateway=gateway_name(hub),
        people=tuple(_person(subentry) for subentry in hub.get_subentries_of_type(SUBENTRY_PERSON)),
        default_country=hub.options.get(CONF_COUNTRY),
        time_zone=dt_util.get_default_time_zone(),
    )


def gateway_name(hub: ConfigEntry) -> str:
    """Return the name in MQTT topics: the title of the hub in plain letters."""
    return slugify(hub.title)[:64] if any(char.isalnum() for char in hub.title) else DEFAULT_GATEWAY


def wants_mqtt(hub: ConfigEntry) -> bool:
    """Alarms are taken from MQTT, where there is a broker."""
    return bool(hub.options.get(CONF_MQTT, True))


def _person(subentry: ConfigSubentry) -> Person:
    """Return the person of a subentry."""
    return Person(
        id=subentry.subentry_id,
        name=subentry.data[CONF_NAME],
        addresses=tuple(
            Address(channel=channel, value=subentry.data[CONF_PHONE])
            for channel in (Channel.SMS, Channel.CALL)
        ),
        can_acknowledge=subentry.data[CONF_CAN_ACKNOWLEDGE],
    )
