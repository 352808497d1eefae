"""Addresses that Home Assistant Cloud answers for us, for who has it and no public address of their own.

The webhook component answers 200 when a handler fails or when there is none, and the provider would never
send it again. So the handler fails in no way, and is there before the cloud connects.
"""

import logging
from typing import TYPE_CHECKING, Final

from aiohttp import ClientError, hdrs
from homeassistant.components import webhook
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp.web import Request, Response

_LOGGER = logging.getLogger(__name__)

CLOUD: Final = "cloud"


@callback
def has_cloud(hass: HomeAssistant) -> bool:
    """Somebody pays for Home Assistant Cloud here."""
    if CLOUD not in hass.config.components:
        return False
    from homeassistant.components import cloud  # noqa: PLC0415 - few have it, and it is loaded now

    return cloud.async_active_subscription(hass)


async def async_cloud_address(hass: HomeAssistant, webhook_id: str) -> str:
    """Return the address that leads to a webhook; empty while there is none and the cloud cannot be asked."""
    if not has_cloud(hass):
        return ""
    from homeassistant.components import cloud  # noqa: PLC0415 - it is loaded

    try:
        return await cloud.async_get_or_create_cloudhook(hass, webhook_id)
    except (cloud.CloudNotAvailable, cloud.CloudNotConnected, ClientError, OSError, ValueError) as error:
        _LOGGER.debug("no address of the cloud: %s", type(error).__name__)
        return ""


async def async_forget_address(hass: HomeAssistant, webhook_id: str) -> None:
    """Give an address back, if there is one."""
    if CLOUD not in hass.config.components:
        return
    from homeassistant.components import cloud  # noqa: PLC0415 - it is loaded

    try:
        await cloud.async_delete_cloudhook(hass, webhook_id)
    except (cloud.CloudNotAvailable, ClientError, OSError, ValueError) as error:
        _LOGGER.debug("an address of the cloud was not given back: %s", type(error).__name__)


@callback
def listen_to_cloud(hass: HomeAssistant, target: Callable[[], None]) -> Callable[[], None] | None:
    """Call `target` whenever the cloud connects; None where there is no cloud."""
    if CLOUD not in hass.config.components:
        return None
    from homeassistant.components import cloud  # noqa: PLC0415 - it is loaded

    @callback
    def changed(state: cloud.CloudConnectionState) -> None:
        if state is cloud.CloudConnectionState.CLOUD_CONNECTED:
            target()

    return cloud.async_listen_connection_change(hass, changed)


@callback
def hang_webhook(
    hass: HomeAssistant, webhook_id: str, title: str, answer: Callable[[Request], Awaitable[Response]]
) -> None:
    """Have calls for a webhook answered; once more does no harm."""

    async def handle(_hass: HomeAssistant, _webhook_id: str, request: Request) -> Response:
        return await answer(request)

    webhook.async_unregister(hass, webhook_id)
    webhook.async_register(
        hass, DOMAIN, title, webhook_id, handle, allowed_methods=(hdrs.METH_GET, hdrs.METH_POST)
    )


@callback
def take_webhook_away(hass: HomeAssistant, webhook_id: str) -> None:
    """Have no more calls answered."""
    webhook.async_unregister(hass, webhook_id)
