"""Names that more than one module of this integration uses."""

from enum import StrEnum
from typing import Final

DOMAIN: Final = "alert_gateway"


class EntryKind(StrEnum):
    """What a config entry is; stored in its data under `CONF_KIND`."""

    HUB = "hub"  # the people and the settings; one per Home Assistant
    MODEM = "modem"  # one GSM modem


CONF_KIND: Final = "kind"

# data of a modem entry, beside CONF_DEVICE and CONF_PIN of Home Assistant
CONF_BAUDRATE: Final = "baudrate"
CONF_ROUTE: Final = "route"
CONF_MANUFACTURER: Final = "manufacturer"
CONF_FIRMWARE: Final = "firmware"

# options of the hub entry, beside CONF_COUNTRY of Home Assistant
CONF_MQTT: Final = "mqtt"
CONF_MQTT_PREFIX: Final = "mqtt_prefix"

# data of a person subentry, beside CONF_NAME of Home Assistant
CONF_PHONE: Final = "phone"
CONF_CAN_ACKNOWLEDGE: Final = "can_acknowledge"

SUBENTRY_PERSON: Final = "person"

HUB_UNIQUE_ID: Final = "hub"
HUB_TITLE: Final = "Home"

DEFAULT_BAUDRATE: Final = 115200
DEFAULT_MQTT_PREFIX: Final = "alert_gateway"
DEFAULT_GATEWAY: Final = "home"

SIGNAL_PEOPLE_CHANGED: Final = f"{DOMAIN}_people_changed"
