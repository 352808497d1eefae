"""What Home Assistant calls to make and change entries; the forms themselves are in `flows`."""

from typing import TYPE_CHECKING, Any, override

from homeassistant.core import callback

from .const import (
    CONF_KIND,
    DOMAIN,
    ENTRY_VERSION,
    SUBENTRY_ENDPOINT,
    SUBENTRY_GROUP,
    SUBENTRY_HEARTBEAT,
    SUBENTRY_KEYWORD,
    SUBENTRY_ON_CALL,
    SUBENTRY_PERSON,
    SUBENTRY_POLICY,
    EntryKind,
)
from .entries import hub_entry, is_hub, kind_of
from .flows.endpoint import EndpointFlow
from .flows.generic_http import GenericHttpSteps
from .flows.group import GroupFlow
from .flows.heartbeat import HeartbeatFlow
from .flows.hub import HubSteps
from .flows.keyword import KeywordFlow
from .flows.legacy_sms import LegacySteps
from .flows.modem_change import ModemChangeSteps
from .flows.modem_discovery import DiscoverySteps
from .flows.modem_options import ModemOptionsFlow
from .flows.on_call import OnCallFlow
from .flows.options import HubOptionsFlow
from .flows.person import PersonFlow
from .flows.policy import PolicyFlow
from .legacy.imports import async_leftovers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigEntry, ConfigFlowResult, ConfigSubentryFlow, OptionsFlow


# In the order of their buttons.
_HUB_ITEMS: Mapping[str, type[ConfigSubentryFlow]] = {
    SUBENTRY_PERSON: PersonFlow,
    SUBENTRY_GROUP: GroupFlow,
    SUBENTRY_ON_CALL: OnCallFlow,
    SUBENTRY_POLICY: PolicyFlow,
    SUBENTRY_KEYWORD: KeywordFlow,
    SUBENTRY_HEARTBEAT: HeartbeatFlow,
    SUBENTRY_ENDPOINT: EndpointFlow,
}


class AlertGatewayFlow(
    DiscoverySteps, LegacySteps, ModemChangeSteps, GenericHttpSteps, HubSteps, domain=DOMAIN
):
    """Makes one entry for each way out, and the one hub entry."""

    VERSION = ENTRY_VERSION
    MINOR_VERSION = 1

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Only the hub has people, and what is said about them."""
        return dict(_HUB_ITEMS) if is_hub(config_entry) else {}

    @classmethod
    @callback
    @override
    def async_supports_options_flow(cls, config_entry: ConfigEntry) -> bool:
        """The hub has options, and a modem; an account has its settings, and what is ignored has nothing."""
        # Asked for each entry when the list of integrations is shown, also for one of an unknown kind.
        return config_entry.data.get(CONF_KIND) in {EntryKind.HUB, EntryKind.MODEM}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the form for the options of the hub, or of a modem."""
        return HubOptionsFlow() if is_hub(config_entry) else ModemOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what to add; there is only one hub."""
        options = ["modem", "provider", "protocol"]
        if await async_leftovers(self.hass):
            options.append("import_sms")
        if hub_entry(self.hass) is None:
            options.append("hub")
        return self.async_show_menu(step_id="user", menu_options=options)

    @override
    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Ask for the PIN of a SIM, or for other credentials of an account."""
        if kind_of(self._get_reauth_entry()) is EntryKind.MODEM:
            return await self.async_step_modem_pin()
        return await super().async_step_reauth(entry_data)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change what an entry was made with."""
        entry = self._get_reconfigure_entry()
        match kind_of(entry):
            case EntryKind.HUB:
                return await self.async_step_reconfigure_hub()
            case EntryKind.PROVIDER:
                return await self._change_account()
        return await self._reconfigure_modem(entry, user_input)
