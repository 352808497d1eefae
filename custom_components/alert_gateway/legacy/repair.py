"""The repair that takes the modem of the removed `sms` integration over, with one form."""

from typing import TYPE_CHECKING, Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import SOURCE_SYSTEM
from homeassistant.data_entry_flow import FlowResultType

from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.flow_words import async_objection
from custom_components.alert_gateway.flows.legacy_sms import CONF_OLD_ENTRY, IMPORT_SCHEMA

from .imports import async_leftover

if TYPE_CHECKING:
    from collections.abc import Mapping


class LegacyRepair(RepairsFlow):
    """Asks what the menu of the integration asks, and has its flow do it."""

    _old_entry: str | None = None  # its id, once the form was shown

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show the form, then take over."""
        leftover = await async_leftover(self.hass, self._old_entry)
        if leftover is None:
            return self.async_abort(reason="no_leftover")
        self._old_entry = leftover.entry_id
        if user_input is None:
            return self._show(leftover.device, {}, "")
        flows, data = self.hass.config_entries.flow, {**user_input, CONF_OLD_ENTRY: leftover.entry_id}
        result = await flows.async_init(DOMAIN, context={"source": SOURCE_SYSTEM}, data=data)
        if result["type"] is FlowResultType.FORM:
            flows.async_abort(result["flow_id"])
            return self._show(leftover.device, user_input, await async_objection(self.hass, result))
        if result["type"] is FlowResultType.ABORT:
            return self.async_abort(reason=result["reason"])
        return self.async_create_entry(data={})

    def _show(self, device: str, values: Mapping[str, Any], reason: str) -> RepairsFlowResult:
        return self.async_show_form(
            step_id="confirm",
            data_schema=self.add_suggested_values_to_schema(IMPORT_SCHEMA, values),
            errors={"base": "refused"} if reason else {},
            description_placeholders={"device": device, "reason": reason},
        )
