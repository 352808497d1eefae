"""Alert Gateway in Home Assistant: flows, entities, actions, texts. No rule lives here."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from homeassistant.core import HassJob, HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.loader import async_get_integration

from alert_engine.errors import JournalError

from .assist import async_listen
from .const import CONF_CALLBACK_SECRET, DOMAIN, EntryKind
from .endpoint_hooks import async_forget_hooks, endpoints_by_hook
from .entries import AlertGatewayConfigEntry, is_hub, kind_of
from .host import DATA_HOST, Host
from .issues import (
    delete_journal_issue,
    forget_issues_of,
    refresh_person_issue,
    show_journal_issue,
    show_newer_entries,
)
from .kinds import hub, modem, provider
from .legacy.imports import async_watch_leftovers
from .panel.websocket import async_register_commands
from .services import async_register_actions
from .views import async_register_views

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from homeassistant.const import Platform
    from homeassistant.helpers.typing import ConfigType

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What is done with the entries of a kind."""

    platforms: tuple[Platform, ...]
    set_up: Callable[[HomeAssistant, Any, Host], Awaitable[None]]
    take_down: Callable[[HomeAssistant, Any], Awaitable[None]]


_KINDS: Mapping[EntryKind, _Kind] = {
    EntryKind.HUB: _Kind(platforms=hub.PLATFORMS, set_up=hub.async_set_up, take_down=hub.async_take_down),
    EntryKind.MODEM: _Kind(
        platforms=modem.PLATFORMS, set_up=modem.async_set_up, take_down=modem.async_take_down
    ),
    EntryKind.PROVIDER: _Kind(
        platforms=provider.PLATFORMS, set_up=provider.async_set_up, take_down=provider.async_take_down
    ),
}


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions; the engine starts with the first entry."""
    integration = await async_get_integration(hass, DOMAIN)
    hass.data[DATA_HOST] = host = Host(hass, str(integration.version))
    hass.async_add_shutdown_job(HassJob(host.shut_down, f"{DOMAIN} shutdown"))
    async_register_actions(hass)
    async_listen(hass)
    async_register_commands(hass)
    async_register_views(hass)
    await async_watch_leftovers(hass)
    show_newer_entries(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: AlertGatewayConfigEntry) -> bool:
    """Set up the hub or a way out. A missing modem is no failure: its route says so and keeps trying."""
    host = hass.data[DATA_HOST]
    try:
        await host.join(entry)
    except JournalError as error:
        show_journal_issue(hass, str(error))
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="journal_failed",
            translation_placeholders={"reason": str(error)},
        ) from error
    delete_journal_issue(hass)
    try:
        await _KINDS[kind_of(entry)].set_up(hass, entry, host)
    except BaseException:
        await host.leave(entry)
        raise
    host.arrange_routes()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: AlertGatewayConfigEntry) -> bool:
    """Take the entities away, then the route, then, with the last entry, the engine."""
    kind = _KINDS[kind_of(entry)]
    if not await hass.config_entries.async_unload_platforms(entry, kind.platforms):
        return False
    await kind.take_down(hass, entry)
    await hass.data[DATA_HOST].leave(entry)
    return True


async def async_remove_entry(hass: HomeAssistant, entry: AlertGatewayConfigEntry) -> None:
    """Tell the engine when its people are gone; leave nothing behind after the last entry."""
    # Without a host the integration was not set up: all entries were disabled.
    host = hass.data.get(DATA_HOST) or Host(hass, version="")
    refresh_person_issue(hass)
    forget_issues_of(hass, entry)
    if is_hub(entry):
        await hub.async_forget(host, entry)
        await async_forget_hooks(hass, endpoints_by_hook(entry))
    if CONF_CALLBACK_SECRET in entry.data:
        await provider.async_forget(hass, entry)
    if not hass.config_entries.async_entries(DOMAIN):
        await host.forget()
