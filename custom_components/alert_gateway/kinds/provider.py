"""The entry of an account at a provider, or at a server that takes messages: one route of the engine."""

from typing import TYPE_CHECKING, Final

from homeassistant.const import CONF_TYPE, EVENT_CORE_CONFIG_UPDATE, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.requirements import RequirementsNotFound

from alert_engine.config.providers import ProviderSettings
from alert_engine.errors import ConfigError
from alert_engine.model import EngineEvent, RouteChanged
from alert_engine.routes.base import CreditTeller
from alert_engine.routes.provider_route import ProviderRoute
from alert_engine.routes.providers.provider import TellsCredit, is_called
from custom_components.alert_gateway.cloudhook import (
    async_forget_address,
    listen_to_cloud,
    take_webhook_away,
)
from custom_components.alert_gateway.common_texts import async_texts
from custom_components.alert_gateway.const import (
    CONF_CALLBACK_SECRET,
    CONF_CLOUD_ADDRESS,
    CONF_ROUTE,
    CONF_SETTINGS,
    DOMAIN,
)
from custom_components.alert_gateway.coordinator import async_figures
from custom_components.alert_gateway.entity import provider_device
from custom_components.alert_gateway.entries import ProviderEntry, ProviderRuntime
from custom_components.alert_gateway.provider_account import async_account, async_route
from custom_components.alert_gateway.public_url import (
    CallbackAddress,
    async_callback_address,
    losses_of,
)
from custom_components.alert_gateway.reasons import reason_of
from custom_components.alert_gateway.views.callback import listen_for_cloud_calls

if TYPE_CHECKING:
    from typing import Any

    from homeassistant.config_entries import ConfigEntry

    from alert_engine.routes.making import AnyRoute
    from custom_components.alert_gateway.host import Host

PLATFORMS: Final = (Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT, Platform.SENSOR)


async def async_set_up(hass: HomeAssistant, entry: ProviderEntry, host: Host) -> None:
    """Show the account, then let it live. What can fail is done first: entities would stay behind."""
    _refuse_a_name_that_is_taken(entry, host)
    await host.ensure_hub()
    account = await _account(hass, entry)
    address = await _address(hass, entry, account)
    way = await _way(hass, entry, host, account, address)
    runtime = ProviderRuntime(
        engine=host.engine,
        route=way.name,
        identity=entry.entry_id,
        device=provider_device(entry),
        figures=await async_figures(hass, entry, host.engine, way.name),
        way=way,
        tells_credit=_tells_credit(way, account),
        called=way if isinstance(way, ProviderRoute) and address.url else None,
        callback=address,
        losses=losses_of(account),
    )
    entry.runtime_data = runtime
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(host.engine.subscribe(_Watch(hass, entry).on_event))  # before the first look
    await host.engine.add_route(way)
    _watch_address(hass, entry, account)


async def async_take_down(_hass: HomeAssistant, entry: ProviderEntry) -> None:
    """Let go of the account; what it has in hand is settled first."""
    await entry.runtime_data.engine.remove_route(entry.runtime_data.route)


async def async_forget(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Leave nothing of a removed account behind."""
    take_webhook_away(hass, entry.data[CONF_CALLBACK_SECRET])
    await async_forget_address(hass, entry.data[CONF_CALLBACK_SECRET])


def _refuse_a_name_that_is_taken(entry: ConfigEntry, host: Host) -> None:
    """Raises ConfigEntryError: two entries were made at the same time, or stored by hand."""
    if (name := entry.data[CONF_ROUTE]) in host.engine.routes():
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="route_taken",
            translation_placeholders={"route": name},
        )


async def _account(hass: HomeAssistant, entry: ConfigEntry) -> Any:
    """Raises ConfigEntryError, which waits for a person, or ConfigEntryNotReady, which tries again."""
    try:
        return await async_account(hass, entry.data[CONF_TYPE], entry.data[CONF_SETTINGS])
    except RequirementsNotFound as error:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="library_missing",
            translation_placeholders={"library": ", ".join(error.requirements)},
        ) from error
    except ConfigError as error:
        raise await _refused(hass, error) from error


async def _way(
    hass: HomeAssistant, entry: ConfigEntry, host: Host, account: Any, address: CallbackAddress
) -> AnyRoute:
    settings = ProviderSettings(
        name=entry.data[CONF_ROUTE],
        type=entry.data[CONF_TYPE],
        account=account,
        callback_url=address.url,
    )
    try:
        return await async_route(settings, host.http.session, host.clock)
    except ConfigError as error:
        raise await _refused(hass, error) from error


async def _refused(hass: HomeAssistant, error: ConfigError) -> ConfigEntryError:
    place = ".".join(str(step) for step in error.path)
    reason = reason_of(error, {}, await async_texts(hass, hass.config.language))
    return ConfigEntryError(
        translation_domain=DOMAIN,
        translation_key="account_settings_refused",
        translation_placeholders={"field": place, "reason": reason},
    )


def _tells_credit(way: AnyRoute, account: Any) -> bool:
    """Every ProviderRoute can be asked; only some providers answer."""
    return isinstance(way, CreditTeller) and isinstance(account, TellsCredit)


async def _address(hass: HomeAssistant, entry: ConfigEntry, account: Any) -> CallbackAddress:
    if not is_called(account):
        return CallbackAddress()
    listen_for_cloud_calls(hass, entry)
    data = entry.data
    known = data.get(CONF_CLOUD_ADDRESS, "")
    address = await async_callback_address(hass, data[CONF_ROUTE], data[CONF_CALLBACK_SECRET], known)
    if address.is_cloud and address.url != known:
        hass.config_entries.async_update_entry(entry, data={**data, CONF_CLOUD_ADDRESS: address.url})
    return address


@callback
def _watch_address(hass: HomeAssistant, entry: ProviderEntry, account: Any) -> None:
    """Set the account up again when it is called elsewhere from now on."""
    if not is_called(account):
        return

    async def compare() -> None:
        if await _address(hass, entry, account) != entry.runtime_data.callback:
            hass.config_entries.async_schedule_reload(entry.entry_id)

    @callback
    def look() -> None:
        # In the background, for the cloud may take its time: whoever unloads the entry does not wait for it.
        entry.async_create_background_task(hass, compare(), f"{DOMAIN} address of {entry.data[CONF_ROUTE]}")

    @callback
    def on_core_config(_event: Event) -> None:
        look()

    entry.async_on_unload(hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, on_core_config))
    if (leave := listen_to_cloud(hass, look)) is not None:
        entry.async_on_unload(leave)
    if entry.runtime_data.callback.trouble is not None:
        look()  # it may have gone while the account was set up


class _Watch:
    """Asks for other credentials when the provider does not accept these."""

    def __init__(self, hass: HomeAssistant, entry: ProviderEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._route = entry.runtime_data.route

    @callback
    def on_event(self, event: EngineEvent) -> None:
        """Home Assistant keeps it to one question, however often a look is refused."""
        if isinstance(event, RouteChanged) and event.route == self._route and event.health.is_refused:
            self._entry.async_start_reauth(self._hass)
