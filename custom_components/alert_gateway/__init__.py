"""Alert Gateway in Home Assistant: flows, entities, actions, texts. No rule lives here."""

from typing import TYPE_CHECKING

from homeassistant.const import Platform
from homeassistant.core import HassJob, HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.loader import async_get_integration

from alert_engine.errors import JournalError
from alert_engine.routes.gsm_calls import GsmCallRoute, name_of_calls
from alert_engine.routes.gsm_modem import GsmModemRoute

from .const import CONF_ROUTE, DOMAIN, SIGNAL_PEOPLE_CHANGED
from .coordinator import SummaryCoordinator
from .entity import HUB_DEVICE, modem_device
from .entries import AlertGatewayConfigEntry, HubRuntime, ModemRuntime, is_hub
from .host import DATA_HOST, Host
from .issues import delete_sim_issue, refresh_person_issue
from .keywords import announce_keywords
from .modem_link import async_supervisor
from .services import async_register_actions

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.helpers.typing import ConfigType

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

HUB_PLATFORMS = (Platform.BINARY_SENSOR, Platform.NOTIFY, Platform.SENSOR)
MODEM_PLATFORMS = (Platform.BINARY_SENSOR, Platform.EVENT, Platform.SENSOR)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions; the engine starts with the first entry."""
    integration = await async_get_integration(hass, DOMAIN)
    hass.data[DATA_HOST] = host = Host(hass, str(integration.version))
    hass.async_add_shutdown_job(HassJob(host.shut_down, f"{DOMAIN} shutdown"))
    async_register_actions(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: AlertGatewayConfigEntry) -> bool:
    """Set up the hub or a modem. A missing modem is no reason to fail: its route says so and keeps trying."""
    host = hass.data[DATA_HOST]
    try:
        await host.join(entry)
    except JournalError as error:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="journal_failed",
            translation_placeholders={"reason": str(error)},
        ) from error
    try:
        await (_set_up_hub if is_hub(entry) else _set_up_modem)(hass, entry, host)
    except BaseException:
        await host.leave(entry)
        raise
    return True


async def async_unload_entry(hass: HomeAssistant, entry: AlertGatewayConfigEntry) -> bool:
    """Take the entities away, then the route, then, with the last entry, the engine."""
    runtime = entry.runtime_data
    platforms = HUB_PLATFORMS if isinstance(runtime, HubRuntime) else MODEM_PLATFORMS
    if not await hass.config_entries.async_unload_platforms(entry, platforms):
        return False
    if isinstance(runtime, ModemRuntime):
        await runtime.engine.remove_route(name_of_calls(runtime.route))
        await runtime.engine.remove_route(runtime.route)
        delete_sim_issue(hass, entry)
    await hass.data[DATA_HOST].leave(entry)
    return True


async def async_remove_entry(hass: HomeAssistant, entry: AlertGatewayConfigEntry) -> None:
    """Tell the engine when its people are gone; leave nothing behind after the last entry."""
    # Without a host the integration was not set up: all entries were disabled.
    host = hass.data.get(DATA_HOST) or Host(hass, version="")
    refresh_person_issue(hass)
    if is_hub(entry):
        await host.refresh()
    if not hass.config_entries.async_entries(DOMAIN):
        await host.forget()


async def _set_up_hub(hass: HomeAssistant, entry: AlertGatewayConfigEntry, host: Host) -> None:
    """Show the alarms and the people. The engine may have started with a modem, before there was a hub."""
    dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, **HUB_DEVICE)
    summary = SummaryCoordinator(hass, entry, host.engine)
    await summary.async_config_entry_first_refresh()
    entry.runtime_data = HubRuntime(engine=host.engine, summary=summary)
    entry.async_on_unload(entry.add_update_listener(_on_hub_updated))
    entry.async_on_unload(announce_keywords(hass, host.engine))
    await host.refresh()
    refresh_person_issue(hass)
    await hass.config_entries.async_forward_entry_setups(entry, HUB_PLATFORMS)


async def _on_hub_updated(hass: HomeAssistant, _entry: ConfigEntry) -> None:
    """Take over people and settings without a reload: no modem loses its link."""
    await hass.data[DATA_HOST].refresh()
    refresh_person_issue(hass)
    async_dispatcher_send(hass, SIGNAL_PEOPLE_CHANGED)


async def _set_up_modem(hass: HomeAssistant, entry: AlertGatewayConfigEntry, host: Host) -> None:
    """Show the modem, then let it live: what waits on the SIM must find its event entity."""
    await host.ensure_hub()
    supervisor = await async_supervisor(hass, entry)
    runtime = ModemRuntime(
        engine=host.engine,
        route=entry.data[CONF_ROUTE],
        identity=str(entry.unique_id),
        device=modem_device(entry),
        supervisor=supervisor,
    )
    entry.runtime_data = runtime
    await hass.config_entries.async_forward_entry_setups(entry, MODEM_PLATFORMS)
    messages = GsmModemRoute(runtime.route, supervisor, clock=host.clock)
    await host.engine.add_route(messages)
    await host.engine.add_route(GsmCallRoute(messages, clock=host.clock))
