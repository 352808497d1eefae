"""The config entries of this integration, and what they hold while they are loaded."""

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .const import CONF_KIND, CONF_ROUTE, DOMAIN, HUB_UNIQUE_ID, EntryKind

if TYPE_CHECKING:
    from homeassistant.helpers.device_registry import DeviceInfo

    from alert_engine.clock import Clock
    from alert_engine.engine import AlertEngine
    from alert_engine.routes.gsm_modem import GsmModemRoute
    from alert_engine.routes.making import AnyRoute
    from alert_engine.routes.provider_route import ProviderRoute
    from gsm_driver import ModemSupervisor

    from .coordinator import RouteCoordinator, SummaryCoordinator
    from .public_url import CallbackAddress, Losses


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRuntime:
    """What the loaded hub shares with its platforms."""

    engine: AlertEngine
    summary: SummaryCoordinator

    @property
    def coordinator(self) -> SummaryCoordinator:
        """What asks the engine again and again."""
        return self.summary


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRuntime:
    """What a loaded way out shares with its platforms."""

    engine: AlertEngine
    route: str  # its name in the engine
    identity: str  # before the unique ids of its entities
    device: DeviceInfo
    figures: RouteCoordinator

    @property
    def coordinator(self) -> RouteCoordinator:
        """What asks the engine again and again."""
        return self.figures


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemRuntime(RouteRuntime):
    """What a loaded modem shares. Its identity is its IMEI, or its port if it keeps that to itself."""

    supervisor: ModemSupervisor
    clock: Clock
    messages: GsmModemRoute  # its `services` are what a person may ask beside messages


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRuntime(RouteRuntime):
    """What a loaded account shares. Its identity is the id of its entry: credentials and senders change."""

    way: AnyRoute
    tells_credit: bool  # `way` is a CreditTeller, and its provider answers
    called: ProviderRoute | None  # who takes its calls; None: it cannot call
    callback: CallbackAddress
    losses: Losses  # what is not heard where it cannot call


type HubEntry = ConfigEntry[HubRuntime]
type ModemEntry = ConfigEntry[ModemRuntime]
type ProviderEntry = ConfigEntry[ProviderRuntime]
type RouteEntry = ConfigEntry[RouteRuntime]
type AlertGatewayConfigEntry = ConfigEntry[HubRuntime | ModemRuntime | ProviderRuntime]


def kind_of(entry: ConfigEntry) -> EntryKind:
    """What the entry is. Raises ValueError for one of a newer release."""
    return EntryKind(entry.data[CONF_KIND])


def is_hub(entry: ConfigEntry) -> bool:
    """The entry holds the people and the settings. One that is ignored after its discovery has no kind."""
    return entry.data.get(CONF_KIND) == EntryKind.HUB


@callback
def hub_entry(hass: HomeAssistant) -> ConfigEntry | None:
    """Return the hub entry, loaded or not."""
    return hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, HUB_UNIQUE_ID)


@callback
def loaded_modems(hass: HomeAssistant) -> list[ModemEntry]:
    """Return the entries of modems that are loaded."""
    loaded = hass.config_entries.async_loaded_entries(DOMAIN)
    return [entry for entry in loaded if kind_of(entry) is EntryKind.MODEM]


@callback
def new_route_name(hass: HomeAssistant, imei_tail: str) -> str:
    """Return a name for the route of a new modem that no other entry has."""
    return free_route_name(hass, f"modem_{imei_tail}" if imei_tail else "modem")


@callback
def free_route_name(hass: HomeAssistant, stem: str) -> str:
    """Return a name for a new route that no other entry has; `stem` if it is free."""
    taken = {entry.data.get(CONF_ROUTE) for entry in hass.config_entries.async_entries(DOMAIN)}
    names = (stem if number == 1 else f"{stem}_{number}" for number in count(1))
    return next(name for name in names if name not in taken)
