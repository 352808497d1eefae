"""Repairs of a SIM card: enter the PIN that it asks for, or have it looked at again."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.const import CONF_DEVICE, CONF_PIN
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir

from .const import CONF_BAUDRATE, DOMAIN
from .flow_words import async_objection
from .flows.modem_form import PIN_SCHEMA, SECTION_ADVANCED

if TYPE_CHECKING:
    import probatio as vol
    from homeassistant.config_entries import ConfigEntry

_DONE = "reconfigure_successful"


class _OfACard(RepairsFlow):
    """Shows what the issue says, and ends when the modem is gone from here."""

    def __init__(self, entry_id: str) -> None:
        self._entry_id = entry_id

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask, then do it."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None:
            return self.async_abort(reason="gone")
        return self._ask() if user_input is None else await self._mend(entry, user_input)

    @abstractmethod
    async def _mend(self, entry: ConfigEntry, user_input: dict[str, Any]) -> RepairsFlowResult:
        """Do it, or ask again."""

    def _ask(self, objection: str = "", schema: vol.Schema | None = None) -> RepairsFlowResult:
        issue = ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id)
        words = dict((issue.translation_placeholders if issue else None) or {})
        return self.async_show_form(
            step_id="confirm",
            data_schema=schema,
            errors={"base": "refused"} if objection else {},
            description_placeholders={**words, "objection": objection},
        )


class CardRepair(_OfACard):
    """A person has done something about the card: it is looked at again, at once."""

    async def _mend(self, entry: ConfigEntry, _user_input: dict[str, Any]) -> RepairsFlowResult:
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_create_entry(data={})


class PinRepair(_OfACard):
    """Takes the PIN as the form of the modem does, which tries it once."""

    def _ask(self, objection: str = "", schema: vol.Schema | None = PIN_SCHEMA) -> RepairsFlowResult:
        return super()._ask(objection, schema)

    async def _mend(self, entry: ConfigEntry, user_input: dict[str, Any]) -> RepairsFlowResult:
        advanced = {CONF_BAUDRATE: str(entry.data[CONF_BAUDRATE]), CONF_PIN: user_input[CONF_PIN]}
        flows = self.hass.config_entries.flow
        result = await flows.async_init(
            DOMAIN,
            context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id},
            data={CONF_DEVICE: entry.data[CONF_DEVICE], SECTION_ADVANCED: advanced},
        )
        if result["type"] is FlowResultType.ABORT and result["reason"] == _DONE:
            return self.async_create_entry(data={})
        if result["type"] is FlowResultType.FORM:
            flows.async_abort(result["flow_id"])
        return self._ask(await async_objection(self.hass, result))
