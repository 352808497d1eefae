"""The addresses of Home Assistant Cloud that endpoints have, beside those of Home Assistant itself."""

from typing import TYPE_CHECKING, Any

from homeassistant.const import CONF_WEBHOOK_ID

from alert_engine.config.http import ProofKind

from .cloudhook import async_forget_address, take_webhook_away
from .const import CONF_CLOUD_ADDRESS, SUBENTRY_ENDPOINT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from homeassistant.config_entries import ConfigEntry, ConfigSubentry
    from homeassistant.core import HomeAssistant

_OURS = frozenset({CONF_WEBHOOK_ID, CONF_CLOUD_ADDRESS})


def endpoint_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the engine knows of an endpoint: it has no cloud."""
    return {key: value for key, value in data.items() if key not in _OURS}


def fits_cloud(data: Mapping[str, Any]) -> bool:
    """The cloud hands in neither what follows the address nor who the client is."""
    return data["auth"]["type"] != ProofKind.PATH and not data.get("allowed")


def endpoints_by_hook(hub: ConfigEntry | None) -> dict[str, ConfigSubentry]:
    """Return the endpoints that have a webhook for the cloud."""
    endpoints = () if hub is None else hub.get_subentries_of_type(SUBENTRY_ENDPOINT)
    return {each.data[CONF_WEBHOOK_ID]: each for each in endpoints if CONF_WEBHOOK_ID in each.data}


async def async_forget_hooks(hass: HomeAssistant, webhook_ids: Collection[str]) -> None:
    """Give addresses back; until then whoever posts there is told that there is nothing."""
    for webhook_id in webhook_ids:
        await async_forget_address(hass, webhook_id)
        take_webhook_away(hass, webhook_id)
