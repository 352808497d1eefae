"""Addresses that Home Assistant Cloud answers for us, for who has it and no public address of their own.

The webhook component answers 200 when a handler fails or when there is none, and the provider would never
send it again. So the handler fails in no way, and is there before the cloud connects.
"""

import logging
import sys
from typing import TYPE_CHECKING, Any, Final

from aiohttp import ClientError, hdrs
from homeassistant.components import webhook
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp.web import Request, Response

_LOGGER = logging.getLogger(__name__)

CLOUD: Final = "cloud"


def _cloud(hass: HomeAssistant) -> Any | None:
    """Home Assistant Cloud's module, where it is loaded; then it was before us, in the first stage.

    Not imported and not named in the manifest: Home Assistant would fetch its many packages for everyone,
    also where there is no cloud, and without internet it would not set us up.
    """
    return sys.modules.get("homeassistant.components.cloud") if CLOUD in hass.config.components else None


@callback
def has_cloud(hass: HomeAssistant) -> bool:
    """Somebody pays for Home Assistant Cloud here."""
    return (cloud := _cloud(hass)) is not None and bool(cloud.async_active_subscription(hass))


@callback
def is_cloud_connected(hass: HomeAssistant) -> bool:
    """What is sent to addresses of the cloud arrives now."""
    cloud = _cloud(hass)
    return cloud is not None and has_cloud(hass) and bool(cloud.async_is_connected(hass))


async def async_cloud_address(hass: HomeAssistant, webhook_id: str) -> str:
    """Return the address that leads to a webhook; empty while there is none and the cloud cannot be asked."""
    if (cloud := _cloud(hass)) is None or not has_cloud(hass):
        return ""
    try:
        return str(await cloud.async_get_or_create_cloudhook(hass, webhook_id))
    except (cloud.CloudNotAvailable, cloud.CloudNotConnected, ClientError, OSError, ValueError) as error:
        _LOGGER.debug("no address of the cloud: %s", type(error).__name__)
        return ""


async def async_forget_address(hass: HomeAssistant, webhook_id: str) -> None:
    """Give an address back, if there is one."""
    if (cloud := _cloud(hass)) is None:
        return
    try:
        await cloud.async_delete_cloudhook(hass, webhook_id)
    except (cloud.CloudNotAvailable, ClientError, OSError, ValueError) as error:
        _LOGGER.debug("an address of the cloud was not given back: %s", type(error).__name__)


@callback
def listen_to_cloud(hass: HomeAssistant, target: Callable[[], None]) -> Callable[[], None] | None:
    """Call `target` whenever the cloud connects; None where there is no cloud."""
    if (cloud := _cloud(hass)) is None:
        return None

    @callback
    def changed(state: object) -> None:
        if state is cloud.CloudConnectionState.CLOUD_CONNECTED:
            target()

    leave: Callable[[], None] = cloud.async_listen_connection_change(hass, changed)
    return leave


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
