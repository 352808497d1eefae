"""What Home Assistant calls to make and change entries; the forms themselves are in `flows`."""

from typing import TYPE_CHECKING, Any, override

from homeassistant.core import callback

from .const import DOMAIN, SUBENTRY_PERSON
from .entries import hub_entry, is_hub
from .flows.hub import HubSteps
from .flows.modem import ModemSteps
from .flows.options import HubOptionsFlow
from .flows.person import PersonFlow

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry, ConfigFlowResult, ConfigSubentryFlow, OptionsFlow


class AlertGatewayFlow(ModemSteps, HubSteps, domain=DOMAIN):
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

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change what an entry was made with."""
        return await self._reconfigure_modem(self._get_reconfigure_entry(), user_input)
