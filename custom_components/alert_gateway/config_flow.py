"""The forms that make a modem entry and the hub entry."""

from typing import TYPE_CHECKING, Any, override

import probatio as vol
from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    FlowType,
    OptionsFlow,
    SubentryFlowContext,
)
from homeassistant.const import CONF_COUNTRY, CONF_DEVICE, CONF_PIN
from homeassistant.core import callback
from homeassistant.helpers.selector import CountrySelector

from .const import (
    CONF_BAUDRATE,
    CONF_KIND,
    CONF_ROUTE,
    DOMAIN,
    HUB_TITLE,
    HUB_UNIQUE_ID,
    SUBENTRY_PERSON,
    EntryKind,
)
from .entries import hub_entry, is_hub, new_route_name
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
from .options_flow import HubOptionsFlow
from .person_flow import PersonFlow
from .pin_memory import async_pin_notes

if TYPE_CHECKING:
    from gsm_driver import ModemIdentity

HUB_SCHEMA = vol.Schema({vol.Optional(CONF_COUNTRY): CountrySelector()})


class AlertGatewayFlow(ConfigFlow, domain=DOMAIN):
    """Makes one entry per modem, and the one hub entry."""

    VERSION = 1
    MINOR_VERSION = 1

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Only the hub has people."""
        return {SUBENTRY_PERSON: PersonFlow} if is_hub(config_entry) else {}

    @classmethod
    @callback
    @override
    def async_supports_options_flow(cls, config_entry: ConfigEntry) -> bool:
        """Only the hub has options."""
        return is_hub(config_entry)

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the form for the options of the hub."""
        return HubOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what to add; there is only one hub."""
        if hub_entry(self.hass) is not None:
            return await self.async_step_modem()
        return self.async_show_menu(step_id="user", menu_options=["modem", "hub"])

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

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Move a modem to another port, or change its PIN or speed."""
        entry = self._get_reconfigure_entry()
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

    async def async_step_hub(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Make the hub."""
        await self.async_set_unique_id(HUB_UNIQUE_ID)
        self._abort_if_unique_id_configured(error="hub_exists")
        if user_input is None:
            suggested = {CONF_COUNTRY: self.hass.config.country}
            return self.async_show_form(
                step_id="hub", data_schema=self.add_suggested_values_to_schema(HUB_SCHEMA, suggested)
            )
        return self._create_hub(user_input.get(CONF_COUNTRY))

    async def async_step_import(self, _import_data: dict[str, Any]) -> ConfigFlowResult:
        """Make the hub without asking: a modem was set up and there is none. It ends a form for the hub."""
        await self.async_set_unique_id(HUB_UNIQUE_ID, raise_on_progress=False)
        self._abort_if_unique_id_configured(error="hub_exists")
        return self._create_hub(self.hass.config.country)

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Lead on to the first person, while there is none."""
        hub = hub_entry(self.hass)
        if self.source != SOURCE_USER or hub is None or hub.get_subentries_of_type(SUBENTRY_PERSON):
            return result
        flow = await self.hass.config_entries.subentries.async_init(
            (hub.entry_id, SUBENTRY_PERSON), context=SubentryFlowContext(source=SOURCE_USER)
        )
        result["next_flow"] = (FlowType.CONFIG_SUBENTRIES_FLOW, flow["flow_id"])
        return result

    def _create_hub(self, country: str | None) -> ConfigFlowResult:
        """Make the hub entry."""
        options = {} if country is None else {CONF_COUNTRY: country}
        return self.async_create_entry(title=HUB_TITLE, data={CONF_KIND: EntryKind.HUB}, options=options)

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
