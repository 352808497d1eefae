"""The form for the options of a modem."""

import re
from typing import TYPE_CHECKING, Any, Final

import probatio as vol
from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import BooleanSelector, TextSelector

from custom_components.alert_gateway.const import CONF_AT_COMMANDS
from custom_components.alert_gateway.modem_options import (
    CONF_CREDIT_CODE,
    CONF_CREDIT_CURRENCY,
    apply_options,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

# A code for the network begins with * or # and ends with # (3GPP TS 22.090).
_CODE = re.compile(r"[*#][*#0-9]{1,30}#")

MODEM_OPTIONS_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_CREDIT_CODE): TextSelector(),
        vol.Optional(CONF_CREDIT_CURRENCY): TextSelector(),
        vol.Required(CONF_AT_COMMANDS, default=False): BooleanSelector(),
    }
)


class ModemOptionsFlow(OptionsFlow):
    """Changes what is asked of a modem; it stays connected."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Begin; the hub's options have a page of this name."""
        return await self.async_step_modem(user_input)

    async def async_step_modem(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the form, and take over what is filled in."""
        if user_input is None:
            return self._show(self.config_entry.options, {})
        options = {**user_input, CONF_CREDIT_CODE: user_input.get(CONF_CREDIT_CODE, "").strip()}
        if options[CONF_CREDIT_CODE] and not _CODE.fullmatch(options[CONF_CREDIT_CODE]):
            return self._show(user_input, {CONF_CREDIT_CODE: "credit_code_invalid"})
        self.hass.config_entries.async_update_entry(self.config_entry, options=options)
        apply_options(self.config_entry)
        return self.async_create_entry(data=options)

    def _show(self, values: Mapping[str, Any], errors: dict[str, str]) -> ConfigFlowResult:
        schema = self.add_suggested_values_to_schema(MODEM_OPTIONS_SCHEMA, values)
        return self.async_show_form(
            step_id="modem",
            data_schema=schema,
            errors=errors,
            description_placeholders={"example_code": "*100#"},
        )
