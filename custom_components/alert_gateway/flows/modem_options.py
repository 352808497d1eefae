"""The form for the options of a modem."""

import re
from typing import TYPE_CHECKING, Any, Final

import probatio as vol
from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
)

from alert_engine.decisions.credit import ANY_AMOUNT
from alert_engine.errors import ConfigError
from alert_engine.routes.gsm_calls import LONGEST_RING, RING_FOR, SHORTEST_RING
from alert_engine.supervision.settings import check_pattern
from custom_components.alert_gateway.const import CONF_AT_COMMANDS
from custom_components.alert_gateway.modem_options import (
    CONF_CALLS,
    CONF_CREDIT_CODE,
    CONF_CREDIT_CURRENCY,
    CONF_CREDIT_PATTERN,
    CONF_RING_FOR,
    async_apply_options,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

# A code for the network begins with * or # and ends with # (3GPP TS 22.090).
_CODE = re.compile(r"[*#][*#0-9]{1,30}#")

_RING = NumberSelectorConfig(
    min=SHORTEST_RING,
    max=LONGEST_RING,
    step=1,
    mode=NumberSelectorMode.BOX,
    unit_of_measurement=UnitOfTime.SECONDS,
)

MODEM_OPTIONS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_CALLS, default=True): BooleanSelector(),
        vol.Required(CONF_RING_FOR, default=RING_FOR): NumberSelector(_RING),
        vol.Optional(CONF_CREDIT_CODE): TextSelector(),
        vol.Optional(CONF_CREDIT_PATTERN): TextSelector(),
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
        if errors := _errors(options):
            return self._show(user_input, errors)
        self.hass.config_entries.async_update_entry(self.config_entry, options=options)
        await async_apply_options(self.config_entry)
        return self.async_create_entry(data=options)

    def _show(self, values: Mapping[str, Any], errors: dict[str, str]) -> ConfigFlowResult:
        schema = self.add_suggested_values_to_schema(MODEM_OPTIONS_SCHEMA, values)
        return self.async_show_form(
            step_id="modem",
            data_schema=schema,
            errors=errors,
            description_placeholders={"example_code": "*100#"},
        )


def _errors(options: Mapping[str, Any]) -> dict[str, str]:
    """What cannot be used, by field."""
    if options[CONF_CREDIT_CODE] and not _CODE.fullmatch(options[CONF_CREDIT_CODE]):
        return {CONF_CREDIT_CODE: "credit_code_invalid"}
    try:
        check_pattern(options.get(CONF_CREDIT_PATTERN) or ANY_AMOUNT)
    except ConfigError:
        return {CONF_CREDIT_PATTERN: "credit_pattern_invalid"}
    return {}
