"""PINs that SIMs refused, kept over restarts of Home Assistant and shared by forms and modems."""

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from homeassistant.util.hass_dict import HassKey

from alert_engine.routes.pin_notes import SALT_SIZE, PinNotes

from .const import DOMAIN
from .usb_modems import modem_at

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from gsm_driver import PinAttempts

DATA_PIN_NOTES: Final[HassKey[PinNotes]] = HassKey(f"{DOMAIN}_pin_notes")


async def async_pin_notes(hass: HomeAssistant) -> PinNotes:
    """Return the notes of this Home Assistant; the file is read once."""
    if (known := hass.data.get(DATA_PIN_NOTES)) is not None:
        return known
    notes = PinNotes(Path(hass.config.path(DOMAIN)) / "pins.json", salt=secrets.token_bytes(SALT_SIZE))
    await hass.async_add_executor_job(notes.load)
    return hass.data.setdefault(DATA_PIN_NOTES, notes)


async def async_pin_attempts(hass: HomeAssistant, device: str) -> PinAttempts:
    """Return what is known of PINs to whoever opens this port."""
    notes = await async_pin_notes(hass)
    return notes.attempts(await hass.async_add_executor_job(_name_of, device))


def _name_of(device: str) -> str:
    """Name a modem whose card has no readable number: alike for all its ports, and for all their names."""
    if "://" in device:
        return device
    found = modem_at(device)
    return os.path.realpath(device) if found is None else found.ports[0]
