"""The form that takes over the modem of the removed `sms` integration, in one step."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

import probatio as vol
from homeassistant.const import CONF_PIN
from homeassistant.helpers.selector import BooleanSelector

from custom_components.alert_gateway.const import CONF_SMS_COMPATIBILITY
from custom_components.alert_gateway.entries import hub_entry
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.legacy.imports import Leftover, async_leftover
from custom_components.alert_gateway.usb_modems import async_found_at
from gsm_driver import ModemFinder, PortUnavailableError

from .modem import ModemSteps
from .modem_form import PIN_FIELD, PortAnswer, PortSettings, Refusal
from .modem_search import async_ask_all

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigFlowResult
    from homeassistant.core import HomeAssistant

CONF_OLD_ENTRY = "old_entry"  # what the repair asked about
CONF_REMOVE_OLD = "remove_old"

IMPORT_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_PIN): PIN_FIELD,
        vol.Required(CONF_REMOVE_OLD, default=True): BooleanSelector(),
        vol.Required(CONF_SMS_COMPATIBILITY, default=False): BooleanSelector(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """What is done beside once the modem has its entry."""

    leftover: Leftover
    removes_old: bool
    wants_compatibility: bool


class LegacySteps(ModemSteps):
    """The step of a flow that takes a modem over."""

    _choice: _Choice | None = None
    _old_entry: str | None = None  # its id, once the form was shown: no other is taken over by sending it

    async def async_step_import_sms(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what to do with the old entry; then look for its modem and make the new one."""
        leftover = await async_leftover(self.hass, self._old_entry)
        if leftover is None:
            return self.async_abort(reason="no_leftover")
        self._old_entry = leftover.entry_id
        if user_input is None:
            return self._show_import({}, leftover)
        found = await _find(self.hass, leftover, user_input.get(CONF_PIN, "").strip() or None)
        if isinstance(found, Refusal):
            return self._show_import(user_input, leftover, found)
        port, answer = found
        known = await self.async_set_unique_id(answer.identity.imei or port.device, raise_on_progress=False)
        self._abort_if_set_up(known, port.device)
        self._port, self._answer = port, answer
        self._choice = _Choice(
            leftover=leftover,
            removes_old=user_input[CONF_REMOVE_OLD],
            wants_compatibility=user_input[CONF_SMS_COMPATIBILITY],
        )
        return self._create_modem()

    async def async_step_system(self, user_input: dict[str, Any]) -> ConfigFlowResult:
        """Take the modem over for the repair, which has asked already."""
        self._old_entry = user_input[CONF_OLD_ENTRY]
        return await self.async_step_import_sms(user_input)

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Remove the old entry and switch the old names on, as it was chosen."""
        if self._choice is not None:
            await _complete(self.hass, self._choice)
        return await super().async_on_create_entry(result)

    def _show_import(
        self, values: dict[str, Any], leftover: Leftover, refusal: Refusal | None = None
    ) -> ConfigFlowResult:
        return self._show_modem_form(
            "import_sms", values, refusal, schema=IMPORT_SCHEMA, device=leftover.device
        )


async def _find(
    hass: HomeAssistant, leftover: Leftover, pin: str | None
) -> tuple[PortSettings, PortAnswer] | Refusal:
    """Ask the old port, at its best sibling first; then where a modem with the old IMEI is by now."""
    found = await async_found_at(hass, leftover.device)
    device = leftover.device if found is None or not found.port else found.port
    port = PortSettings(device=device, baudrate=leftover.baudrate, pin=pin)
    answer = await async_ask_all(hass, port)
    if not isinstance(answer, Refusal) or answer.word != "port_missing":
        return answer
    try:
        moved = await ModemFinder(leftover.device, imei=leftover.imei).find()
    except PortUnavailableError:
        return answer
    if moved is None:
        return answer
    return await async_ask_all(hass, PortSettings(device=moved, baudrate=leftover.baudrate, pin=pin))


async def _complete(hass: HomeAssistant, choice: _Choice) -> None:
    if choice.wants_compatibility:
        await hass.data[DATA_HOST].ensure_hub()  # a modem that could not be set up yet has made none
        hub = hub_entry(hass)
        if hub is not None:
            options = {**hub.options, CONF_SMS_COMPATIBILITY: True}
            hass.config_entries.async_update_entry(hub, options=options)
    if choice.removes_old and hass.config_entries.async_get_entry(choice.leftover.entry_id) is not None:
        await hass.config_entries.async_remove(choice.leftover.entry_id)
