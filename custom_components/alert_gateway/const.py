"""Names that more than one module of this integration uses."""

from enum import StrEnum
from typing import Final

DOMAIN: Final = "alert_gateway"

ENTRY_VERSION: Final = 1  # of all entries; a release that knows only lower ones leaves them alone


class EntryKind(StrEnum):
    """What a config entry is; stored in its data under `CONF_KIND`."""

    HUB = "hub"  # the people and the settings; one per Home Assistant
    MODEM = "modem"  # one GSM modem
    PROVIDER = "provider"  # one account at a provider, or at a server that takes messages


CONF_KIND: Final = "kind"

# data of a modem entry, beside CONF_DEVICE and CONF_PIN of Home Assistant
CONF_BAUDRATE: Final = "baudrate"
CONF_ROUTE: Final = "route"
CONF_MANUFACTURER: Final = "manufacturer"
CONF_FIRMWARE: Final = "firmware"

# data of a provider entry, beside CONF_TYPE of Home Assistant and CONF_ROUTE
CONF_SETTINGS: Final = "settings"  # the account, as in gateway.yaml
# ends the address that the provider calls
CONF_CALLBACK_SECRET: Final = "callback_secret"  # noqa: S105 - the name of a key
CONF_CLOUD_ADDRESS: Final = "cloud_address"  # what Home Assistant Cloud gave for it; absent: nothing

# options of a modem entry
CONF_AT_COMMANDS: Final = "at_commands"  # administrators may give the modem commands by an action

# options of the hub entry, beside CONF_COUNTRY of Home Assistant
CONF_MQTT: Final = "mqtt"
CONF_MQTT_PREFIX: Final = "mqtt_prefix"
CONF_ROUTE_ORDER: Final = "route_order"  # names of routes, the preferred one first
CONF_PANEL: Final = "panel"
CONF_PRIVACY: Final = "privacy"  # a `PrivacyLevel`
CONF_SMS_COMPATIBILITY: Final = "sms_compatibility"  # the action and event of the old integration `sms`
CONF_SMS_NOTIFY_NAME: Final = "sms_notify_name"  # what that action is called after "notify."
CONF_ASSIST: Final = "assist"  # what is no command is given to Assist
CONF_ASSIST_PEOPLE: Final = "assist_people"  # ids of whose; nobody is nobody
CONF_ASSIST_AGENT: Final = "assist_agent"  # entity or id of a conversation agent; none: the preferred one


class PrivacyLevel(StrEnum):
    """What is shown of received messages outside of the operator's page: in entities, events and MQTT."""

    OPEN = "open"  # numbers and texts, on MQTT too
    NORMAL = "normal"  # numbers and texts, on MQTT masked numbers and no texts
    STRICT = "strict"  # masked numbers and no texts


DEFAULT_PRIVACY: Final = PrivacyLevel.NORMAL

# of a form that asks for a telephone
CONF_PHONE: Final = "phone"

# What the hub has; the data of each are the keys that it has in gateway.yaml (docs/configuration.md)
SUBENTRY_PERSON: Final = "person"
SUBENTRY_GROUP: Final = "group"
SUBENTRY_ON_CALL: Final = "on_call"
SUBENTRY_POLICY: Final = "policy"
SUBENTRY_KEYWORD: Final = "keyword"
SUBENTRY_HEARTBEAT: Final = "heartbeat"
SUBENTRY_ENDPOINT: Final = "endpoint"

HUB_UNIQUE_ID: Final = "hub"
HUB_TITLE: Final = "Home"

AUDIT_BY: Final = "home_assistant"  # who did it, where Home Assistant does not say which user

DEFAULT_BAUDRATE: Final = 115200
DEFAULT_MQTT_PREFIX: Final = "alert_gateway"
DEFAULT_GATEWAY: Final = "home"
DEFAULT_SMS_NOTIFY_NAME: Final = "sms"

SIGNAL_PEOPLE_CHANGED: Final = f"{DOMAIN}_people_changed"
