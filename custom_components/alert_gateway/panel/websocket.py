"""The websocket commands of the page, ``alert_gateway/...``, and its live overview."""

from functools import partial
from typing import TYPE_CHECKING, Any

import probatio as vol
from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant, callback

from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.viewer import Viewer

from .acts import ACTS
from .live import LiveOverview
from .questions import QUESTIONS

if TYPE_CHECKING:
    from homeassistant.components.websocket_api.connection import ActiveConnection


@callback
def async_register_commands(hass: HomeAssistant) -> None:
    """Register the commands, once and for all entries."""
    for command in (subscribe, *QUESTIONS, *ACTS):
        websocket_api.async_register_command(hass, command)


@websocket_api.websocket_command({vol.Required("type"): f"{DOMAIN}/subscribe"})
@callback
def subscribe(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Push the overview, and again after each change. Raises Unauthorized."""
    Viewer.of(connection.user)
    live = LiveOverview(hass, connection.user, partial(connection.send_event, msg["id"]))
    connection.subscriptions[msg["id"]] = live.stop
    connection.send_result(msg["id"])
    live.start()
