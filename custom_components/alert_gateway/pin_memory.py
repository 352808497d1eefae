"""PINs that SIMs refused, kept over restarts of Home Assistant and shared by forms and modems."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from homeassistant.util.hass_dict import HassKey

from alert_engine.routes.pin_notes import SALT_SIZE, PinNotes

from .const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

DATA_PIN_NOTES: Final[HassKey[PinNotes]] = HassKey(f"{DOMAIN}_pin_notes")


async def async_pin_notes(hass: HomeAssistant) -> PinNotes:
    """Return the notes of this Home Assistant; the file is read once."""
    notes = PinNotes(Path(hass.config.path(DOMAIN)) / "pins.json", salt=secrets.token_bytes(SALT_SIZE))
    await hass.async_add_executor_job(notes.load)
    return hass.data.setdefault(DATA_PIN_NOTES, notes)
