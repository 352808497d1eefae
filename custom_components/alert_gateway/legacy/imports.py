"""What the removed `sms` integration left behind: a config entry that nothing loads any more."""

from dataclasses import dataclass, field
from typing import Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    SOURCE_IGNORE,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.loader import IntegrationNotFound, async_get_integration

from custom_components.alert_gateway.const import DEFAULT_BAUDRATE, DOMAIN

LEGACY_DOMAIN: Final = "sms"
ISSUE_LEGACY: Final = "legacy_sms"

_CONF_BAUD_SPEED = "baud_speed"  # "0": left to gammu


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """The modem of an old entry."""

    entry_id: str
    device: str
    baudrate: int
    imei: str = field(repr=False)  # empty where the entry does not say


async def async_leftovers(hass: HomeAssistant) -> tuple[Leftover, ...]:
    """Return the modems of old entries that are not set up here; none while something loads those entries."""
    entries = [
        entry
        for entry in hass.config_entries.async_entries(LEGACY_DOMAIN)
        if entry.source != SOURCE_IGNORE and CONF_DEVICE in entry.data
    ]
    if not entries or await _is_loadable(hass):
        return ()
    leftovers = (_leftover_of(entry) for entry in entries)
    return tuple(leftover for leftover in leftovers if not _is_imported(hass, leftover))


async def async_leftover(hass: HomeAssistant, entry_id: str | None) -> Leftover | None:
    """Return the modem of this old entry, or of the first one; None: there is none to take over."""
    leftovers = await async_leftovers(hass)
    return next((each for each in leftovers if entry_id in {None, each.entry_id}), None)


async def async_watch_leftovers(hass: HomeAssistant) -> None:
    """Show the repair issue, now and whenever an entry of ours or an old one comes or goes."""

    @callback
    def refresh(_change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain in {DOMAIN, LEGACY_DOMAIN}:
            hass.async_create_task(_async_refresh_issue(hass), f"{DOMAIN} leftovers")

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, refresh)
    await _async_refresh_issue(hass)


async def _async_refresh_issue(hass: HomeAssistant) -> None:
    """Say so while there is something to take over."""
    leftovers = await async_leftovers(hass)
    if not leftovers:
        ir.async_delete_issue(hass, DOMAIN, ISSUE_LEGACY)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        ISSUE_LEGACY,
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=ISSUE_LEGACY,
        translation_placeholders={"device": leftovers[0].device},
    )


async def _is_loadable(hass: HomeAssistant) -> bool:
    """Somebody keeps a copy of the old integration, and its entries live."""
    try:
        await async_get_integration(hass, LEGACY_DOMAIN)
    except IntegrationNotFound:
        return False
    return True


def _leftover_of(entry: ConfigEntry) -> Leftover:
    baudrate = str(entry.data.get(_CONF_BAUD_SPEED, ""))
    imei = entry.unique_id or ""
    return Leftover(
        entry_id=entry.entry_id,
        device=entry.data[CONF_DEVICE],
        baudrate=int(baudrate) if baudrate.isdecimal() and int(baudrate) else DEFAULT_BAUDRATE,
        imei=imei if imei.isdecimal() else "",
    )


def _is_imported(hass: HomeAssistant, leftover: Leftover) -> bool:
    """A modem of ours has its IMEI, or its port. One that is ignored is none of ours."""
    return any(
        (leftover.imei and entry.unique_id == leftover.imei) or entry.data.get(CONF_DEVICE) == leftover.device
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    )
