"""Keeps the modem of an entry alive, and tells of a SIM that needs a person."""

from typing import TYPE_CHECKING

from homeassistant.const import CONF_DEVICE, CONF_PIN

from gsm_driver import (
    Modem,
    ModemSupervisor,
    PinRejectedError,
    PinRequiredError,
    RecoveryMeans,
    SimError,
)

from .const import CONF_BAUDRATE
from .issues import delete_sim_issue, show_sim_issue
from .pin_memory import async_pin_notes

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from alert_engine.routes.pin_notes import PinNotes


async def async_supervisor(hass: HomeAssistant, entry: ConfigEntry) -> ModemSupervisor:
    """Return what keeps the modem of an entry alive; it is not started."""
    return _Link(hass, entry, await async_pin_notes(hass)).supervisor


class _Link:
    """Watches how the modem of an entry is opened, again and again."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, notes: PinNotes) -> None:
        data = entry.data
        self._hass = hass
        self._entry = entry
        self._is_pin_refused = False
        self.supervisor = ModemSupervisor(
            data[CONF_DEVICE],
            baudrate=data[CONF_BAUDRATE],
            pin=data[CONF_PIN],
            pin_attempts=notes.attempts(data[CONF_DEVICE]),
            imei=_imei_of(entry),
            means=RecoveryMeans(may_rebind=True),
            opener=self._open,
        )

    async def _open(self) -> Modem:
        """Open it; a SIM that needs a person becomes a repair issue until it is usable."""
        try:
            modem = await self.supervisor.open_modem()
        except SimError as error:
            self._note(error)
            raise
        delete_sim_issue(self._hass, self._entry)
        return modem

    def _note(self, error: SimError) -> None:
        """Show what is wrong. A PIN that was refused is of no use any more, and refused it stays."""
        if not (self._is_pin_refused and isinstance(error, PinRequiredError)):
            show_sim_issue(self._hass, self._entry, error)
        if isinstance(error, PinRejectedError):
            self._is_pin_refused = True
            data = {**self._entry.data, CONF_PIN: None}
            self._hass.config_entries.async_update_entry(self._entry, data=data)


def _imei_of(entry: ConfigEntry) -> str:
    """Return the IMEI, by which it is found at another port; empty for one that keeps it to itself."""
    known = entry.unique_id or ""
    return known if known.isdecimal() else ""
