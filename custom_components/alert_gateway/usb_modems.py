"""The modems that are plugged in, by what they say of themselves on USB. Nothing is opened here."""

import os
from typing import TYPE_CHECKING

from gsm_driver import FoundModem, list_modems

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


async def async_plugged_in(hass: HomeAssistant) -> tuple[FoundModem, ...]:
    """Return all of them, those without a port too."""
    return await hass.async_add_executor_job(list_modems)


async def async_found_at(hass: HomeAssistant, device: str) -> FoundModem | None:
    """Return the modem on USB that has this port; None for other ports, and for addresses."""
    if "://" in device:
        return None
    return await hass.async_add_executor_job(modem_at, device)


def modem_at(device: str) -> FoundModem | None:
    """Return the modem on USB that has this port, by whatever name; blocks for file reads."""
    real = os.path.realpath(device)
    return next((found for found in list_modems() if real in map(os.path.realpath, found.ports)), None)
