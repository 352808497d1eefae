"""Keeps the modem of an entry alive, and tells of a SIM that needs a person."""

from typing import TYPE_CHECKING

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import CONF_DEVICE, CONF_PIN
from homeassistant.exceptions import HomeAssistantError

from gsm_driver import (
    Modem,
    ModemSupervisor,
    PinRejectedError,
    PinRequiredError,
    PortUnavailableError,
    RecoveryMeans,
    SimError,
    list_ports,
)

from .const import CONF_BAUDRATE
from .issues import delete_sim_issue, show_sim_issue
from .pin_memory import async_pin_attempts

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from gsm_driver import PinAttempts


async def async_supervisor(hass: HomeAssistant, entry: ConfigEntry) -> ModemSupervisor:
    """Return what keeps the modem of an entry alive; it is not started."""
    return _Link(hass, entry, await async_pin_attempts(hass, entry.data[CONF_DEVICE])).supervisor


class _Link:
    """Watches how the modem of an entry is opened, again and again."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, attempts: PinAttempts) -> None:
        data = entry.data
        self._hass = hass
        self._entry = entry
        self._is_pin_refused = False
        self.supervisor = ModemSupervisor(
            data[CONF_DEVICE],
            baudrate=data[CONF_BAUDRATE],
            pin=data[CONF_PIN],
            pin_attempts=attempts,
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
        except HomeAssistantError as error:  # of the serial ports that another integration lends
            raise PortUnavailableError(str(error)) from error
        delete_sim_issue(self._hass, self._entry)
        self._end_question()
        await self._note_port()
        return modem

    async def _note_port(self) -> None:
        """Keep where the modem was found, if it was moved: under a name that lasts, where there is one."""
        port = self.supervisor.port
        if port == self._entry.data[CONF_DEVICE]:
            return
        listed = await self._hass.async_add_executor_job(list_ports)
        names = {known.device: known.stable_name for known in listed}
        data = {**self._entry.data, CONF_DEVICE: names.get(port, port)}
        self._hass.config_entries.async_update_entry(self._entry, data=data)

    def _note(self, error: SimError) -> None:
        """Show what is wrong, and ask for a PIN where one helps.

        A PIN that was refused is of no use any more, and refused it stays.
        """
        if not (self._is_pin_refused and isinstance(error, PinRequiredError)):
            show_sim_issue(self._hass, self._entry, error)
        if _is_answered_by_pin(error):
            self._entry.async_start_reauth(self._hass)
        if isinstance(error, PinRejectedError):
            self._is_pin_refused = True
            data = {**self._entry.data, CONF_PIN: None}
            self._hass.config_entries.async_update_entry(self._entry, data=data)

    def _end_question(self) -> None:
        """No PIN is asked for any more."""
        for flow in list(self._entry.async_get_active_flows(self._hass, {SOURCE_REAUTH})):
            self._hass.config_entries.flow.async_abort(flow["flow_id"])


def _is_answered_by_pin(error: SimError) -> bool:
    """Another PIN may help. With one try left it is for a phone to ask."""
    return isinstance(error, PinRejectedError) or (
        isinstance(error, PinRequiredError) and not error.is_last_try
    )


def _imei_of(entry: ConfigEntry) -> str:
    """Return the IMEI, by which it is found at another port; empty for one that keeps it to itself."""
    known = entry.unique_id or ""
    return known if known.isdecimal() else ""
