"""What a bug report may contain, as an allow-list: no number, name, text, PIN, token or address gets in."""

from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_COUNTRY, CONF_DEVICE, CONF_MODEL, CONF_PIN, CONF_TYPE

from alert_engine.errors import JournalError
from alert_engine.routes.base import RouteHealth, RouteState

from .const import CONF_BAUDRATE, CONF_FIRMWARE, CONF_KIND, CONF_MANUFACTURER, EntryKind
from .entries import AlertGatewayConfigEntry, HubRuntime, ModemRuntime
from .host import DATA_HOST
from .journal_facts import look_at_journal
from .settings import wants_mqtt

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.device_registry import DeviceEntry

    from alert_engine.engine import AlertEngine

    from .entries import ProviderRuntime, RouteRuntime
    from .host import Host

MODEM_FACTS = ("registration", "signal_dbm", "storage", "networks")


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: AlertGatewayConfigEntry
) -> dict[str, Any]:
    """Return the facts of the hub, of a modem or of an account."""
    if entry.state is not ConfigEntryState.LOADED:
        return await _facts_of_failure(hass, entry)
    runtime = entry.runtime_data
    if isinstance(runtime, HubRuntime):
        return await _hub_facts(hass, entry, runtime)
    if isinstance(runtime, ModemRuntime):
        return _modem_facts(entry, runtime)
    return _provider_facts(entry, runtime)


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: AlertGatewayConfigEntry, _device: DeviceEntry
) -> dict[str, Any]:
    """Return the facts of the entry that the device is of: each has one that matters."""
    return await async_get_config_entry_diagnostics(hass, entry)


async def _facts_of_failure(hass: HomeAssistant, entry: AlertGatewayConfigEntry) -> dict[str, Any]:
    """Return what is known of an entry that is not loaded: that is when somebody writes a report."""
    return {
        "kind": entry.data.get(CONF_KIND),
        "entry_state": entry.state.value,
        "entry_version": entry.version,
        "failed_for": entry.error_reason_translation_key,
        **await _journal_facts(hass, hass.data[DATA_HOST]),
    }


async def _hub_facts(
    hass: HomeAssistant, entry: AlertGatewayConfigEntry, runtime: HubRuntime
) -> dict[str, Any]:
    host, engine = hass.data[DATA_HOST], runtime.engine
    people = engine.people
    return {
        "kind": EntryKind.HUB,
        "country": entry.options.get(CONF_COUNTRY),
        "people": len(people),
        "people_who_can_acknowledge": sum(person.can_acknowledge for person in people),
        "subentries": _counted(entry),
        **_left_out(host),
        **await _figures(engine),
        **await _journal_facts(hass, host),
        "routes": {_alias(name, number): _route_facts(health) for number, (name, health) in _routes(engine)},
        "violations": engine.supervision().violations,
        "clock_behind": engine.supervision().is_clock_behind,
        "mqtt_wanted": wants_mqtt(entry),
        "mqtt_state": None if host.intake is None else host.intake.status.state,
        "mqtt_refused": {} if host.intake is None else dict(host.intake.counters),
    }


def _counted(entry: AlertGatewayConfigEntry) -> dict[str, int]:
    """How many subentries of each kind there are."""
    kinds = [subentry.subentry_type for subentry in entry.subentries.values()]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def _left_out(host: Host) -> dict[str, int]:
    settings = host.settings
    return {
        "refused_settings": 0 if settings is None else len(settings.refused),
        "orphaned_settings": 0 if settings is None else len(settings.orphaned),
    }


async def _figures(engine: AlertEngine) -> dict[str, Any]:
    try:
        summary = await engine.summary()
    except JournalError:
        return {"journal_readable": False}
    return {
        "journal_readable": True,
        "open_alarms": summary.open,
        "unacknowledged_alarms": summary.unacknowledged,
        "queue": summary.queue,
        "in_doubt": summary.in_doubt,
    }


async def _journal_facts(hass: HomeAssistant, host: Host) -> dict[str, Any]:
    facts = await hass.async_add_executor_job(look_at_journal, host.journal_file)
    return {"journal_octets": facts.size, "last_commit": facts.last_commit}


def _routes(engine: AlertEngine) -> enumerate[tuple[str, RouteHealth]]:
    return enumerate(engine.routes().items(), start=1)


def _alias(name: str, number: int) -> str:
    """A name for a route of which nobody knows what a person called it: that may be a name or a number."""
    return f"calls {number}" if name.endswith("_calls") else f"route {number}"


def _health_of(runtime: RouteRuntime) -> RouteHealth:
    """The newest health; unknown while its route comes or goes."""
    return runtime.engine.routes().get(runtime.route, RouteHealth(state=RouteState.UNKNOWN))


def _route_facts(health: RouteHealth) -> dict[str, Any]:
    return {"state": health.state, "proof": health.proof}


def _modem_facts(entry: AlertGatewayConfigEntry, runtime: ModemRuntime) -> dict[str, Any]:
    health = _health_of(runtime)
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
        **_route_facts(health),
        "reason": reason.replace(runtime.supervisor.port, "the port"),
        **{name: facts.get(name) for name in MODEM_FACTS},
    }


def _provider_facts(entry: AlertGatewayConfigEntry, runtime: ProviderRuntime) -> dict[str, Any]:
    """Of an account only what kind it is and how it stands: its reasons may quote what its provider said."""
    health = _health_of(runtime)
    figures = runtime.engine.supervision().routes.get(runtime.route)
    return {
        "kind": entry.data[CONF_KIND],
        "type": entry.data[CONF_TYPE],
        **_route_facts(health),
        "channels": sorted(runtime.way.channels),
        "can_be_called": runtime.callback.trouble is None,
        "call_trouble": runtime.callback.trouble,
        "is_fault": figures is not None and figures.is_fault,
        "tells_credit": runtime.tells_credit,
    }
