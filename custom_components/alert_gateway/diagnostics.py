"""What a bug report may contain, as an allow-list: no number, name, text, PIN or address gets in."""

from typing import TYPE_CHECKING, Any

from homeassistant.const import CONF_COUNTRY, CONF_DEVICE, CONF_MODEL, CONF_PIN

from .const import CONF_BAUDRATE, CONF_FIRMWARE, CONF_MANUFACTURER, EntryKind
from .entries import AlertGatewayConfigEntry, HubRuntime, ModemRuntime
from .host import DATA_HOST
from .settings import wants_mqtt

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

MODEM_FACTS = ("registration", "signal_dbm", "storage")


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: AlertGatewayConfigEntry
) -> dict[str, Any]:
    """Return the facts of the hub or of a modem."""
    runtime = entry.runtime_data
    if isinstance(runtime, HubRuntime):
        return _hub_facts(hass, entry, runtime)
    return _modem_facts(entry, runtime)


def _hub_facts(hass: HomeAssistant, entry: AlertGatewayConfigEntry, runtime: HubRuntime) -> dict[str, Any]:
    summary, people, intake = runtime.summary.data, runtime.engine.people, hass.data[DATA_HOST].intake
    return {
        "kind": EntryKind.HUB,
        "country": entry.options.get(CONF_COUNTRY),
        "people": len(people),
        "people_who_can_acknowledge": sum(person.can_acknowledge for person in people),
        "open_alarms": summary.open,
        "unacknowledged_alarms": summary.unacknowledged,
        "queue": summary.queue,
        "in_doubt": summary.in_doubt,
        "routes": {name: health.state for name, health in runtime.engine.routes().items()},
        "mqtt_wanted": wants_mqtt(entry),
        "mqtt_state": None if intake is None else intake.status.state,
    }


def _modem_facts(entry: AlertGatewayConfigEntry, runtime: ModemRuntime) -> dict[str, Any]:
    health = runtime.engine.routes()[runtime.route]
    facts = dict(health.facts)
    device = entry.data[CONF_DEVICE]
    scheme, separator, _ = device.partition("://")
    reason = health.reason.replace(device, "the port")  # its name may hold a serial number
    return {
        "kind": EntryKind.MODEM,
        "port": scheme if separator else "path",
        "baudrate": entry.data[CONF_BAUDRATE],
        "has_pin": entry.data[CONF_PIN] is not None,
        "manufacturer": entry.data[CONF_MANUFACTURER],
        "model": entry.data[CONF_MODEL],
        "firmware": entry.data[CONF_FIRMWARE],
        "state": health.state,
        "reason": reason.replace(runtime.supervisor.port, "the port"),
        **{name: facts.get(name) for name in MODEM_FACTS},
    }
