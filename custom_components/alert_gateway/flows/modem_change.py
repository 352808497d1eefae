"""The forms that change the entry of a modem: another port, another PIN."""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_DEVICE, CONF_PIN

from custom_components.alert_gateway.const import CONF_BAUDRATE

from .modem import ModemSteps
from .modem_form import PIN_SCHEMA, SECTION_ADVANCED, PortSettings, Refusal, identity_data
from .modem_ports import async_entry_at, async_other_ports
from .modem_search import async_ask_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from homeassistant.core import HomeAssistant

    from .modem_form import PortAnswer


class ModemChangeSteps(ModemSteps):
    """The steps of a flow that are about a modem that has an entry."""

    async def _reconfigure_modem(
        self, entry: ConfigEntry, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Move a modem to another port, or change its PIN or speed."""
        if user_input is None:
            return self._show_modem_form("reconfigure", _form_of(entry))
        port = PortSettings.from_form(user_input, present_pin=entry.data.get(CONF_PIN))
        refusal = await self._take_over(entry, port)
        if refusal is not None:
            return self._show_modem_form("reconfigure", user_input, refusal)
        return self.async_abort(reason="reconfigure_successful")

    async def async_step_modem_pin(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the PIN: the SIM wants one, or refused the one that was stored."""
        entry = self._get_reauth_entry()
        if user_input is None:
            return self._show_pin_form(entry)
        port = PortSettings(
            device=entry.data[CONF_DEVICE],
            baudrate=entry.data[CONF_BAUDRATE],
            pin=user_input[CONF_PIN].strip(),
        )
        refusal = await self._take_over(entry, port)
        if refusal is not None:
            return self._show_pin_form(entry, refusal)
        return self.async_abort(reason="pin_accepted")

    def _show_pin_form(self, entry: ConfigEntry, refusal: Refusal | None = None) -> ConfigFlowResult:
        return self._show_modem_form("modem_pin", {}, refusal, schema=PIN_SCHEMA, name=entry.title)

    async def _take_over(self, entry: ConfigEntry, port: PortSettings) -> Refusal | None:
        """Ask at a port that the entry itself may hold: it lets go of it meanwhile.

        Returns why not; None: the entry is another one from now on.
        """
        ports = [port.device, *await async_other_ports(self.hass, port.device)]
        holder = await async_entry_at(self.hass, ports)
        if holder is not None and holder.entry_id != entry.entry_id:
            return Refusal(word="port_in_use_by", holder=holder.title)
        async with _let_go(self.hass, entry):
            found = await async_ask_all(self.hass, port)
            if isinstance(found, Refusal):
                return found
            await self._change(entry, *found)
        return None

    async def _change(self, entry: ConfigEntry, port: PortSettings, answer: PortAnswer) -> None:
        """Store where the modem is, if it is the one of the entry."""
        if answer.identity.imei:
            await self.async_set_unique_id(answer.identity.imei, raise_on_progress=False)
            self._abort_if_unique_id_mismatch()
        data = {**entry.data, **port.as_data(), **identity_data(answer.identity)}
        self.hass.config_entries.async_update_entry(entry, data=data)


@asynccontextmanager
async def _let_go(hass: HomeAssistant, entry: ConfigEntry) -> AsyncIterator[None]:
    """Have the entry close its modem meanwhile."""
    entries, before = hass.config_entries, entry.data
    was_loaded = entry.state is ConfigEntryState.LOADED
    if was_loaded:
        await entries.async_unload(entry.entry_id)
    try:
        yield
    finally:
        if entry.data is not before:
            # Not before the flow is over: a modem that works again ends the one that asks for its PIN.
            entries.async_schedule_reload(entry.entry_id)
        elif was_loaded and entry.state is ConfigEntryState.NOT_LOADED:
            await entries.async_setup(entry.entry_id)


def _form_of(entry: ConfigEntry) -> dict[str, Any]:
    """Fill the form with what is set up; the PIN is not shown again."""
    return {
        CONF_DEVICE: entry.data[CONF_DEVICE],
        SECTION_ADVANCED: {CONF_BAUDRATE: str(entry.data[CONF_BAUDRATE])},
    }
