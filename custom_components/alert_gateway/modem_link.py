"""Opens a modem for its supervisor, and tells of a SIM that needs a person."""

from typing import TYPE_CHECKING

from homeassistant.const import CONF_DEVICE, CONF_PIN

from gsm_driver import Modem, ModemSupervisor, PinAttempts, PinRejectedError, SimError

from .const import CONF_BAUDRATE
from .issues import delete_sim_issue, show_sim_issue

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant


def supervisor_of(hass: HomeAssistant, entry: ConfigEntry) -> ModemSupervisor:
    """Return what keeps the modem of an entry alive; it is not started."""
    return ModemSupervisor(entry.data[CONF_DEVICE], opener=_Opener(hass, entry).open)


class _Opener:
    """Opens the modem of an entry, again and again."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._pin_attempts = PinAttempts()

    async def open(self) -> Modem:
        """Open it; a SIM that needs a person becomes a repair issue until it is usable."""
        data = self._entry.data
        modem = Modem(
            data[CONF_DEVICE],
            baudrate=data[CONF_BAUDRATE],
            pin=data[CONF_PIN],
            pin_attempts=self._pin_attempts,
        )
        try:
            await modem.open()
        except SimError as error:
            self._note(error)
            raise
        delete_sim_issue(self._hass, self._entry)
        return modem

    def _note(self, error: SimError) -> None:
        """Show what is wrong; forget a PIN that was refused, so that no restart tries it again."""
        show_sim_issue(self._hass, self._entry, error)
        if isinstance(error, PinRejectedError):
            data = {**self._entry.data, CONF_PIN: None}
            self._hass.config_entries.async_update_entry(self._entry, data=data)
