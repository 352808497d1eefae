"""The ways in over HTTP: alarms from monitoring systems, and calls of providers."""

from typing import TYPE_CHECKING

from custom_components.alert_gateway.log_mask import mask_requests

from .callback import CallbackView, listen_for_all_cloud_calls
from .intake import IntakeView, watch_endpoints

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


def async_register_views(hass: HomeAssistant) -> None:
    """Answer from now on; before the engine runs, with 503."""
    mask_requests()
    hass.http.register_view(IntakeView(hass))
    hass.http.register_view(CallbackView(hass))
    listen_for_all_cloud_calls(hass)
    watch_endpoints(hass)
