"""The config entries of this integration, and what they hold while they are loaded."""

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .const import CONF_KIND, CONF_ROUTE, DOMAIN, HUB_UNIQUE_ID, EntryKind

if TYPE_CHECKING:
    from homeassistant.helpers.device_registry import DeviceInfo

    from alert_engine.engine import AlertEngine
    from gsm_driver import ModemSupervisor

    from .coordinator import SummaryCoordinator


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRuntime:
    """What the loaded hub shares with its platforms."""

    engine: AlertEngine
    summary: SummaryCoordinator


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRuntime:
    """What a loaded way out shares with its platforms."""

    engine: AlertEngine
    route: str  # its name in the engine
    identity: str  # before the unique ids of its entities
    device: DeviceInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemRuntime(RouteRuntime):
    """What a loaded modem shares. Its identity is its IMEI, or its port if it keeps that to itself."""

    supervisor: ModemSupervisor


type HubEntry = ConfigEntry[HubRuntime]
type ModemEntry = ConfigEntry[ModemRuntime]
type RouteEntry = ConfigEntry[RouteRuntime]
type AlertGatewayConfigEntry = ConfigEntry[HubRuntime | ModemRuntime]


def kind_of(entry: ConfigEntry) -> EntryKind:
    """What the entry is. Raises ValueError for one of a newer release."""
    return EntryKind(entry.data[CONF_KIND])


def is_hub(entry: ConfigEntry) -> bool:
    """The entry holds the people and the settings."""
    return kind_of(entry) is EntryKind.HUB


@callback
def hub_entry(hass: HomeAssistant) -> ConfigEntry | None:
    """Return the hub entry, loaded or not."""
    return hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, HUB_UNIQUE_ID)


@callback
def new_route_name(hass: HomeAssistant, imei_tail: str) -> str:
    """Return a name for the route of a new modem that no other entry has."""
    taken = {entry.data.get(CONF_ROUTE) for entry in hass.config_entries.async_entries(DOMAIN)}
    stem = f"modem_{imei_tail}" if imei_tail else "modem"
    names = (stem if number == 1 else f"{stem}_{number}" for number in count(1))
    return next(name for name in names if name not in taken)
