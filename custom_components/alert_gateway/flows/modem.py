"""The forms that make and change the entry of a modem."""

from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_DEVICE, CONF_PIN

from custom_components.alert_gateway.const import CONF_BAUDRATE, CONF_KIND, CONF_ROUTE, EntryKind
from custom_components.alert_gateway.entries import new_route_name
from custom_components.alert_gateway.pin_memory import async_pin_notes

from .modem_form import (
    EXAMPLE_SOCKET,
    MODEM_SCHEMA,
    SECTION_ADVANCED,
    PortSettings,
    Refusal,
    ask_port,
    identity_data,
    modem_name,
)

if TYPE_CHECKING:
    from gsm_driver import ModemIdentity


class ModemSteps(ConfigFlow):
    """The steps of a flow that are about a modem."""

    async def async_step_modem(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a port and look who is there."""
        if user_input is None:
            return self._show_modem_form("modem", {})
        port = PortSettings.from_form(user_input)
        self._async_abort_entries_match({CONF_DEVICE: port.device})
        answer = await ask_port(port, await async_pin_notes(self.hass))
        if isinstance(answer, Refusal):
            return self._show_modem_form("modem", user_input, answer)
        # A modem that keeps its IMEI to itself is known by its port.
        await self.async_set_unique_id(answer.imei or port.device)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=modem_name(answer), data=self._modem_data(port, answer))

    async def _reconfigure_modem(
        self, entry: ConfigEntry, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Move a modem to another port, or change its PIN or speed."""
        if user_input is None:
            return self._show_modem_form("reconfigure", _form_of(entry))
        port = PortSettings.from_form(user_input, present_pin=entry.data.get(CONF_PIN))
        answer = await self._ask_port_of(entry, port)
        if isinstance(answer, Refusal):
            return self._show_modem_form("reconfigure", user_input, answer)
        if answer.imei:
            await self.async_set_unique_id(answer.imei)
            self._abort_if_unique_id_mismatch()
        return self.async_update_reload_and_abort(
            entry, data_updates={**port.as_data(), **identity_data(answer)}
        )

    def _modem_data(self, port: PortSettings, identity: ModemIdentity) -> dict[str, Any]:
        """Return the data of a new modem entry."""
        route = new_route_name(self.hass, identity.imei_tail)
        return {
            CONF_KIND: EntryKind.MODEM,
            CONF_ROUTE: route,
            **port.as_data(),
            **identity_data(identity),
        }

    def _show_modem_form(
        self, step: str, values: dict[str, Any], refusal: Refusal | None = None
    ) -> ConfigFlowResult:
        """Show the form with what was typed, and with what was wrong with it."""
        reason = refusal.reason if refusal else ""
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(MODEM_SCHEMA, values),
            errors={"base": refusal.word} if refusal else {},
            description_placeholders={"example_socket": EXAMPLE_SOCKET, "reason": reason},
        )

    async def _ask_port_of(self, entry: ConfigEntry, port: PortSettings) -> ModemIdentity | Refusal:
        """Ask a port that the entry itself may hold: let go of it while asking."""
        notes = await async_pin_notes(self.hass)
        if entry.state is not ConfigEntryState.LOADED:
            return await ask_port(port, notes)
        await self.hass.config_entries.async_unload(entry.entry_id)
        try:
            return await ask_port(port, notes)
        finally:
            await self.hass.config_entries.async_setup(entry.entry_id)


def _form_of(entry: ConfigEntry) -> dict[str, Any]:
    """Fill the form with what is set up; the PIN is not shown again."""
    return {
        CONF_DEVICE: entry.data[CONF_DEVICE],
        SECTION_ADVANCED: {CONF_BAUDRATE: str(entry.data[CONF_BAUDRATE])},
    }
