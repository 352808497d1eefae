"""The entry of a modem: two routes of the engine, texts and calls."""

from typing import TYPE_CHECKING, Final

from homeassistant.const import Platform

from alert_engine.routes.gsm_calls import name_of_calls
from alert_engine.routes.gsm_modem import GsmModemRoute
from custom_components.alert_gateway.const import CONF_ROUTE
from custom_components.alert_gateway.coordinator import async_figures
from custom_components.alert_gateway.entity import modem_device
from custom_components.alert_gateway.entries import ModemEntry, ModemRuntime
from custom_components.alert_gateway.issues import delete_sim_issue
from custom_components.alert_gateway.modem_link import async_supervisor
from custom_components.alert_gateway.modem_options import async_arrange_calls, credit_code_of
from custom_components.alert_gateway.modem_page import keep_firmware

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from custom_components.alert_gateway.host import Host

PLATFORMS: Final = (Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT, Platform.SENSOR)


async def async_set_up(hass: HomeAssistant, entry: ModemEntry, host: Host) -> None:
    """Show the modem, then let it live: what waits on the SIM must find its event entity."""
    await host.ensure_hub()
    supervisor = await async_supervisor(hass, entry)
    credit_code = credit_code_of(entry)
    messages = GsmModemRoute(entry.data[CONF_ROUTE], supervisor, clock=host.clock, credit_code=credit_code)
    runtime = ModemRuntime(
        engine=host.engine,
        route=messages.name,
        identity=str(entry.unique_id),
        device=modem_device(entry),
        figures=await async_figures(hass, entry, host.engine, messages.name),
        supervisor=supervisor,
        clock=host.clock,
        messages=messages,
    )
    entry.runtime_data = runtime
    entry.async_on_unload(keep_firmware(hass, entry))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await host.engine.add_route(messages)
    await async_arrange_calls(entry)


async def async_take_down(hass: HomeAssistant, entry: ModemEntry) -> None:
    """Let go of the modem."""
    runtime = entry.runtime_data
    await runtime.engine.remove_route(name_of_calls(runtime.route))
    await runtime.engine.remove_route(runtime.route)
    delete_sim_issue(hass, entry)
