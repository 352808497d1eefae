"""The form that makes the hub entry, and what leads on to the first person."""

from typing import Any, override

import probatio as vol
from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigFlow,
    ConfigFlowResult,
    FlowType,
    SubentryFlowContext,
)
from homeassistant.const import CONF_COUNTRY
from homeassistant.helpers.selector import CountrySelector

from custom_components.alert_gateway.const import (
    CONF_KIND,
    HUB_TITLE,
    HUB_UNIQUE_ID,
    SUBENTRY_PERSON,
    EntryKind,
)
from custom_components.alert_gateway.entries import hub_entry

HUB_SCHEMA = vol.Schema({vol.Optional(CONF_COUNTRY): CountrySelector()})


class HubSteps(ConfigFlow):
    """The steps of a flow that are about the hub."""

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
        """Make the hub without asking: a way out was set up and there is none. It ends a form for the hub."""
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
