"""The forms that make the entry of a modem."""

from typing import TYPE_CHECKING, Any, override

import probatio as vol
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_USB,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_COUNTRY, CONF_DEVICE
from homeassistant.core import callback
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig, TextSelectorType
from homeassistant.helpers.translation import async_get_translations

from alert_engine.phone.canonical import canonical_phone
from custom_components.alert_gateway.const import (
    CONF_KIND,
    CONF_PHONE,
    CONF_ROUTE,
    DOMAIN,
    EntryKind,
)
from custom_components.alert_gateway.entries import hub_entry, new_route_name
from custom_components.alert_gateway.pin_memory import async_pin_attempts
from gsm_driver import RegistrationStatus

from .modem_form import (
    EXAMPLE_SOCKET,
    MODEM_SCHEMA,
    PortAnswer,
    PortSettings,
    Refusal,
    identity_data,
    modem_name,
)
from .modem_ports import async_entry_at, async_other_ports, async_portless, is_connected
from .modem_search import async_ask_all
from .modem_trial import Trial, TrialMessage

if TYPE_CHECKING:
    from gsm_driver import ModemIdentity

EXAMPLE_NUMBER = "+43 664 1234567"

TRIAL_SCHEMA = vol.Schema(
    {vol.Optional(CONF_PHONE): TextSelector(TextSelectorConfig(type=TextSelectorType.TEL))}
)
_NOTHING = vol.Schema({})

# What is told of the network before the trial; nothing of it keeps the modem from being added.
_STANDINGS = {
    RegistrationStatus.DATA_ONLY: "data_only",
    RegistrationStatus.DENIED: "network_denied",
    RegistrationStatus.EMERGENCY_ONLY: "network_denied",
    RegistrationStatus.NOT_REGISTERED: "no_network",
    RegistrationStatus.SEARCHING: "no_network",
    RegistrationStatus.UNKNOWN: "no_network",
}


class ModemSteps(ConfigFlow):
    """The steps of a flow that are about a modem: its port, a trial message, the entry."""

    _port: PortSettings
    _answer: PortAnswer
    _trial: Trial | None = None
    _is_closed = False
    _trial_number = ""  # as it was typed

    async def async_step_modem(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a port and look who is there."""
        if user_input is None:
            return self._show_modem_form("modem", {}, await async_portless(self.hass))
        port = PortSettings.from_form(user_input)
        self._async_abort_entries_match({CONF_DEVICE: port.device})
        if await async_entry_at(self.hass, [port.device, *await async_other_ports(self.hass, port.device)]):
            return self.async_abort(reason="already_configured")
        found = await async_ask_all(self.hass, port)
        if isinstance(found, Refusal):
            return self._show_modem_form("modem", user_input, found)
        return await self._welcome(*found)

    async def _welcome(self, port: PortSettings, answer: PortAnswer) -> ConfigFlowResult:
        """Go on with a modem that answered, unless it is set up already."""
        # A modem that keeps its IMEI to itself is known by its port. A discovery of it may be waiting.
        known = await self.async_set_unique_id(answer.identity.imei or port.device, raise_on_progress=False)
        self._abort_if_set_up(known, port.device)
        self._port, self._answer = port, answer
        return await self.async_step_trial()

    def _abort_if_set_up(self, entry: ConfigEntry | None, device: str) -> None:
        """Abort for a modem that has an entry; one that was not found any more is found here from now on."""
        is_ignored = entry is not None and entry.source == SOURCE_IGNORE
        if is_ignored and self.source != SOURCE_USB:
            return  # a person wants it now; the new entry takes the place of the ignored one
        is_lost = entry is not None and not is_ignored and not is_connected(entry)
        self._abort_if_unique_id_configured(updates={CONF_DEVICE: device} if is_lost else None)

    # --- the trial message ---

    async def async_step_trial(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer to send a message, and tell how the modem stands with the network."""
        if user_input is None:
            return self._show_trial_form({CONF_PHONE: self._trial_number}, self._trial_objection)
        if self._is_trying:  # the form was sent twice
            return await self.async_step_trial_sending()
        if not (typed := user_input.get(CONF_PHONE, "").strip()):
            return self._create_modem()
        hub = hub_entry(self.hass)
        country = self.hass.config.country if hub is None else hub.options.get(CONF_COUNTRY)
        try:
            number = canonical_phone(typed, default_country=country)
        except ValueError:
            return self._show_trial_form(user_input, Refusal(word="phone_invalid"))
        self._trial_number = typed
        await self._begin_trial(number)
        if self._is_closed:
            return self.async_abort(reason="dialog_closed")
        return await self.async_step_trial_sending()

    async def async_step_trial_sending(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Wait for the network to take the message, then for the delivery report."""
        trial = self._begun_trial
        for action, task in (("trial_sending", trial.accepting), ("trial_waiting", trial.running)):
            if not task.done():
                return self.async_show_progress(
                    step_id="trial_sending", progress_action=action, progress_task=task
                )
        if trial.refusal is not None:
            return self.async_show_progress_done(next_step_id="trial_failed")
        return self.async_show_progress_done(
            next_step_id="trial_delivered" if trial.is_delivered else "trial_accepted"
        )

    async def async_step_trial_failed(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Say what failed, and offer to try once more."""
        return await self.async_step_trial()

    async def async_step_trial_delivered(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Say that the phone has the message."""
        if user_input is None:
            return self.async_show_form(step_id="trial_delivered", data_schema=_NOTHING)
        return self._create_modem()

    async def async_step_trial_accepted(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Say that the network took the message, and that nothing is known beyond that."""
        if user_input is None:
            return self.async_show_form(step_id="trial_accepted", data_schema=_NOTHING)
        return self._create_modem()

    @callback
    @override
    def async_remove(self) -> None:
        """Let go of the modem when the dialog is closed."""
        super().async_remove()
        self._is_closed = True
        if self._trial is not None:
            self._trial.cancel()

    @property
    def _is_trying(self) -> bool:
        return self._trial is not None and not self._trial.running.done()

    @property
    def _begun_trial(self) -> Trial:
        if self._trial is None:
            raise RuntimeError("no trial was begun")
        return self._trial

    @property
    def _trial_objection(self) -> Refusal | None:
        """Why the trial failed; before it, what speaks against one."""
        if self._trial is not None:
            return self._trial.refusal
        standing = self._answer.standing
        word = None if standing is None else _STANDINGS.get(standing)
        return Refusal(word=word) if word else None

    async def _begin_trial(self, number: str) -> None:
        """Send in the background: the dialog only looks on."""
        before = self._trial
        texts = await async_get_translations(self.hass, self.hass.config.language, "common", {DOMAIN})
        message = TrialMessage(number=number, text=texts[f"component.{DOMAIN}.common.trial_text"])
        attempts = await async_pin_attempts(self.hass, self._port.device)
        # Meanwhile the dialog was closed perhaps, or the form was sent once more: nobody wants two messages.
        if not self._is_closed and self._trial is before:
            self._trial = Trial(self.hass, self._port, attempts, message)

    def _show_trial_form(self, values: dict[str, Any], refusal: Refusal | None) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="trial",
            data_schema=self.add_suggested_values_to_schema(TRIAL_SCHEMA, values),
            errors={"base": refusal.word} if refusal else {},
            description_placeholders={
                "modem": modem_name(self._answer.identity),
                "example_number": EXAMPLE_NUMBER,
                "reason": refusal.reason if refusal else "",
            },
        )

    # --- what both need ---

    def _create_modem(self) -> ConfigFlowResult:
        """Make the entry."""
        identity = self._answer.identity
        return self.async_create_entry(
            title=modem_name(identity), data=self._modem_data(self._port, identity)
        )

    def _modem_data(self, port: PortSettings, identity: ModemIdentity) -> dict[str, Any]:
        """Return the data of a new modem entry."""
        route = new_route_name(self.hass, identity.imei_tail)
        return {
            CONF_KIND: EntryKind.MODEM,
            CONF_ROUTE: route,
            **port.as_data(),
            **identity_data(identity),
        }

    def _show_modem_form(
        self,
        step: str,
        values: dict[str, Any],
        refusal: Refusal | None = None,
        *,
        schema: vol.Schema = MODEM_SCHEMA,
        **placeholders: str,
    ) -> ConfigFlowResult:
        """Show a form with what was typed, and with what was wrong with it."""
        said = refusal or Refusal(word="")
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, values),
            errors={"base": refusal.word} if refusal else {},
            description_placeholders={
                "example_socket": EXAMPLE_SOCKET,
                "reason": said.reason,
                "holder": said.holder,
                "modem": said.modem,
                **placeholders,
            },
        )
