"""An integration of somebody else, in the same Home Assistant, that does what none may."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, ServiceCall, callback

if TYPE_CHECKING:
    from homeassistant.helpers.typing import ConfigType

DOMAIN = "nuisance"
_THREADS = 100  # more than Home Assistant's executor has


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Two actions: ``block`` the event loop, and ``fill`` the executor, both for some seconds."""

    @callback
    def block(call: ServiceCall) -> None:
        _sleep(call.data["seconds"])

    @callback
    def fill(call: ServiceCall) -> None:
        for _ in range(_THREADS):
            hass.async_add_executor_job(_sleep, call.data["seconds"])

    hass.services.async_register(DOMAIN, "block", block)
    hass.services.async_register(DOMAIN, "fill", fill)
    return True


def _sleep(seconds: float) -> None:
    """In the kernel, as a driver that waits for its device: no exception of another thread reaches it."""
    select.select([], [], [], seconds)
