"""The form for the options of the hub."""

from typing import Any

import probatio as vol
from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_COUNTRY
from homeassistant.helpers.selector import BooleanSelector, CountrySelector, TextSelector

from alert_engine.intake.topics import Topics
from custom_components.alert_gateway.const import (
    CONF_MQTT,
    CONF_MQTT_PREFIX,
    DEFAULT_GATEWAY,
    DEFAULT_MQTT_PREFIX,
)

OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_COUNTRY): CountrySelector(),
        vol.Required(CONF_MQTT, default=True): BooleanSelector(),
        vol.Required(CONF_MQTT_PREFIX, default=DEFAULT_MQTT_PREFIX): TextSelector(),
    }
)


class HubOptionsFlow(OptionsFlow):
    """Changes the settings; the modems stay connected."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the settings and take the new ones."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if _is_prefix(user_input[CONF_MQTT_PREFIX]):
                return self.async_create_entry(data=user_input)
            errors[CONF_MQTT_PREFIX] = "prefix_invalid"
        values = user_input if user_input is not None else self.config_entry.options
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(OPTIONS_SCHEMA, values),
            errors=errors,
        )


def _is_prefix(text: str) -> bool:
    """Topics can begin with it."""
    try:
        Topics(prefix=text, gateway=DEFAULT_GATEWAY)
    except ValueError:
        return False
    return True
