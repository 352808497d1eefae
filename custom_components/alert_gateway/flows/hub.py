"""The form that makes the hub entry, and what leads on to the first person."""

from typing import Any, override

import probatio as vol
from homeassistant.config_entries import (
    SOURCE_USB,
    SOURCE_USER,
    ConfigFlow,
    ConfigFlowResult,
    FlowType,
    SubentryFlowContext,
)
from homeassistant.const import CONF_COUNTRY
from homeassistant.helpers.selector import CountrySelector, CountrySelectorConfig

from alert_engine.phone.numbering import PLANS
from custom_components.alert_gateway.const import (
    CONF_KIND,
    HUB_TITLE,
    HUB_UNIQUE_ID,
    SUBENTRY_PERSON,
    EntryKind,
)
from custom_components.alert_gateway.entries import hub_entry
from custom_components.alert_gateway.objections import async_objection_to_options

_PEOPLE_FOLLOW = frozenset({SOURCE_USER, SOURCE_USB})  # somebody is there to go on

# Those that have telephone numbers: of Antarctica nothing is known.
COUNTRIES = CountrySelector(CountrySelectorConfig(countries=sorted(PLANS)))
HUB_SCHEMA = vol.Schema({vol.Optional(CONF_COUNTRY): COUNTRIES})


class HubSteps(ConfigFlow):
    """The steps of a flow that are about the hub."""

    async def async_step_hub(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Make the hub."""
        await self.async_set_unique_id(HUB_UNIQUE_ID)
        self._abort_if_unique_id_configured(error="hub_exists")
        if user_input is None:
            return self._show_hub("hub", self._home_country)
        return self._create_hub(user_input.get(CONF_COUNTRY))

    async def async_step_reconfigure_hub(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change what the hub was made with; everything else is among its options."""
        hub = self._get_reconfigure_entry()
        if user_input is None:
            return self._show_hub("reconfigure_hub", hub.options.get(CONF_COUNTRY))
        country = user_input.get(CONF_COUNTRY)
        others = {key: value for key, value in hub.options.items() if key != CONF_COUNTRY}
        objection = await async_objection_to_options(self.hass, hub, {**others, **_country_option(country)})
        if objection is not None:
            return self._show_hub("reconfigure_hub", country, str(objection))
        return self.async_update_and_abort(hub, options={**others, **_country_option(country)})

    async def async_step_import(self, _import_data: dict[str, Any]) -> ConfigFlowResult:
        """Make the hub without asking: a way out was set up and there is none. It ends a form for the hub."""
        await self.async_set_unique_id(HUB_UNIQUE_ID, raise_on_progress=False)
        self._abort_if_unique_id_configured(error="hub_exists")
        return self._create_hub(self._home_country)

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Lead on to the first person, while there is none."""
        hub = hub_entry(self.hass)
        if self.source not in _PEOPLE_FOLLOW or hub is None or hub.get_subentries_of_type(SUBENTRY_PERSON):
            return result
        flow = await self.hass.config_entries.subentries.async_init(
            (hub.entry_id, SUBENTRY_PERSON), context=SubentryFlowContext(source=SOURCE_USER)
        )
        result["next_flow"] = (FlowType.CONFIG_SUBENTRIES_FLOW, flow["flow_id"])
        return result

    def _create_hub(self, country: str | None) -> ConfigFlowResult:
        """Make the hub entry."""
        return self.async_create_entry(
            title=HUB_TITLE, data={CONF_KIND: EntryKind.HUB}, options=_country_option(country)
        )

    @property
    def _home_country(self) -> str | None:
        """Where Home Assistant is, if telephones there have numbers."""
        country = self.hass.config.country
        return country if country in PLANS else None

    def _show_hub(self, step: str, country: str | None, reason: str = "") -> ConfigFlowResult:
        suggested = {CONF_COUNTRY: country if country in PLANS else None}
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(HUB_SCHEMA, suggested),
            errors={CONF_COUNTRY: "refused"} if reason else None,
            description_placeholders={"reason": reason},
        )


def _country_option(country: str | None) -> dict[str, Any]:
    return {} if country is None else {CONF_COUNTRY: country}
