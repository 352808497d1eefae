"""The form that adds or changes a person."""

from typing import Any

import probatio as vol
from homeassistant.config_entries import ConfigSubentry, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_COUNTRY, CONF_NAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from alert_engine.phone.canonical import canonical_phone
from custom_components.alert_gateway.const import CONF_CAN_ACKNOWLEDGE, CONF_PHONE, SUBENTRY_PERSON

EXAMPLE_NUMBER = "+43 664 1234567"

PERSON_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Required(CONF_PHONE): TextSelector(TextSelectorConfig(type=TextSelectorType.TEL)),
        vol.Required(CONF_CAN_ACKNOWLEDGE, default=True): BooleanSelector(),
    }
)


class PersonFlow(ConfigSubentryFlow):
    """Adds a person to the hub, or changes one; the modems stay connected."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add a person."""
        if user_input is None:
            return self._show("user", {})
        person, errors = self._read(user_input)
        if errors:
            return self._show("user", user_input, errors)
        return self.async_create_entry(title=person[CONF_NAME], data=person, unique_id=_unique_id(person))

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change a person; the entity and its history stay."""
        subentry = self._get_reconfigure_subentry()
        if user_input is None:
            return self._show("reconfigure", dict(subentry.data))
        person, errors = self._read(user_input, subentry)
        if errors:
            return self._show("reconfigure", user_input, errors)
        return self.async_update_and_abort(
            self._get_entry(), subentry, title=person[CONF_NAME], data=person, unique_id=_unique_id(person)
        )

    def _read(
        self, form: dict[str, Any], present: ConfigSubentry | None = None
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the person of the form, and what is wrong with it by field."""
        hub = self._get_entry()
        others = [other.data for other in hub.get_subentries_of_type(SUBENTRY_PERSON) if other is not present]
        person = {**form, CONF_NAME: form[CONF_NAME].strip()}
        errors = {}
        if not person[CONF_NAME]:
            errors[CONF_NAME] = "name_missing"
        elif person[CONF_NAME].casefold() in {other[CONF_NAME].casefold() for other in others}:
            errors[CONF_NAME] = "name_taken"
        try:
            person[CONF_PHONE] = canonical_phone(
                form[CONF_PHONE], default_country=hub.options.get(CONF_COUNTRY)
            )
        except ValueError:
            errors[CONF_PHONE] = "phone_invalid"
        else:
            if person[CONF_PHONE] in {other[CONF_PHONE] for other in others}:
                errors[CONF_PHONE] = "phone_taken"
        return person, errors

    def _show(
        self, step: str, values: dict[str, Any], errors: dict[str, str] | None = None
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(PERSON_SCHEMA, values),
            errors=errors,
            description_placeholders={"example_number": EXAMPLE_NUMBER},
        )


def _unique_id(person: dict[str, Any]) -> str:
    """One person per number; the prefix keeps other types of subentries apart."""
    return f"{SUBENTRY_PERSON}:{person[CONF_PHONE]}"
