"""The end of a flow about an account: a test message, if one is wanted, and what became of it."""

from typing import TYPE_CHECKING, Any, Final, override

import probatio as vol
from homeassistant.const import CONF_ADDRESS, CONF_COUNTRY
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)

from alert_engine.ids import RandomIds
from alert_engine.model import Channel, Priority
from alert_engine.phone.canonical import canonical_phone
from alert_engine.routes.base import OutboundMessage
from alert_engine.routes.smtp.mail_address import mail_address
from custom_components.alert_gateway.common_texts import async_texts
from custom_components.alert_gateway.entries import hub_entry

from .account_trial import AccountTrial, Fate, TrialOrder
from .modem import EXAMPLE_NUMBER
from .provider import Draft, ProviderSteps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigFlowResult

_CHANNEL: Final = "channel"
# The first that an account carries is what is tried unless somebody says otherwise.
_ORDER: Final = (Channel.SMS, Channel.CALL, Channel.WHATSAPP, Channel.EMAIL)
_ENOUGH: Final = ["account_done", "account_change"]
_AGAIN: Final = ["account_trial", "account_change", "account_done"]
_FAILURES: Final = frozenset({Fate.UNDELIVERED, Fate.NOT_SENT, Fate.IN_DOUBT})


class AccountTrialSteps(ProviderSteps):
    """Offer, send, tell; then the account is stored, or its form is shown again."""

    _account_trial: AccountTrial | None = None
    _trial_values: Mapping[str, Any] = {}  # as they were typed
    _is_gone = False  # nobody looks on any more

    @override
    async def _last_step(self) -> ConfigFlowResult:
        return await self.async_step_account_trial()

    async def async_step_account_trial(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer to send a message by the account that was tried."""
        if user_input is None:
            return self._show_account_trial(self._trial_values)
        if self._is_sending:  # the form was sent twice
            return await self.async_step_account_trial_sending()
        if not (typed := user_input.get(CONF_ADDRESS, "").strip()):
            return await self._finish()
        channel = Channel(user_input.get(_CHANNEL, self._trial_channels[0]))
        try:
            address = mail_address(typed) if channel is Channel.EMAIL else self._number_of(typed)
        except ValueError:
            word = "mail_invalid" if channel is Channel.EMAIL else "phone_invalid"
            return self._show_account_trial(user_input, {CONF_ADDRESS: word})
        self._trial_values = user_input
        await self._send_trial(channel, address)
        if self._is_gone:
            return self.async_abort(reason="dialog_closed")
        return await self.async_step_account_trial_sending()

    async def async_step_account_trial_sending(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Wait for the provider to take the message, then for its report."""
        trial = self._account_trial
        assert trial is not None  # noqa: S101 - one was begun
        actions = (("account_trial_sending", trial.accepting), ("account_trial_waiting", trial.running))
        for action, task in actions:
            if not task.done():
                return self.async_show_progress(
                    step_id="account_trial_sending", progress_action=action, progress_task=task
                )
        return self.async_show_progress_done(next_step_id=trial.fate)

    async def async_step_account_change(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Go back to the form of the account, as it was filled in."""
        step = getattr(self, f"async_step_{self._drafted.kind}")
        result: ConfigFlowResult = await step()
        return result

    async def async_step_account_done(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Store the account as it is."""
        return await self._finish()

    @callback
    @override
    def async_remove(self) -> None:
        """Let go of the account when the dialog is closed."""
        super().async_remove()
        self._is_gone = True
        if self._account_trial is not None:
            self._account_trial.cancel()

    @property
    def _is_sending(self) -> bool:
        return self._account_trial is not None and not self._account_trial.running.done()

    @property
    def _drafted(self) -> Draft:
        draft = self._draft
        assert draft is not None  # noqa: S101 - an account was accepted
        return draft

    @property
    def _trial_channels(self) -> list[Channel]:
        return [each for each in _ORDER if each in self._drafted.tried.channels]

    def _number_of(self, typed: str) -> str:
        """Raises ValueError."""
        hub = hub_entry(self.hass)
        country = self.hass.config.country if hub is None else hub.options.get(CONF_COUNTRY)
        return canonical_phone(typed, default_country=country)

    async def _send_trial(self, channel: Channel, address: str) -> None:
        """Send in the background: the dialog only looks on."""
        before, draft = self._account_trial, self._drafted
        texts = await async_texts(self.hass, self.hass.config.language)
        message = OutboundMessage(
            uid=RandomIds().uid(),
            channel=channel,
            address=address,
            text=texts["trial_text"],
            priority=Priority.NORMAL,
        )
        order = TrialOrder(
            kind=draft.kind,
            account=draft.tried.account,
            message=message,
            is_told_by_calls=bool(draft.address.url) and channel in draft.tried.account.limits.reports,
            holder=self.present_account if draft.kind == "smpp" else None,
        )
        # Meanwhile the dialog was closed perhaps, or the form was sent once more: nobody wants two messages.
        if not self._is_gone and self._account_trial is before:
            self._account_trial = AccountTrial(self.hass, order)

    def _show_account_trial(
        self, values: Mapping[str, Any], errors: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        channels = self._trial_channels
        fields: dict[Any, Any] = {vol.Optional(CONF_ADDRESS): TextSelector()}
        if len(channels) > 1:
            config = SelectSelectorConfig(
                options=list(channels), translation_key="channel", mode=SelectSelectorMode.DROPDOWN
            )
            fields[vol.Required(_CHANNEL, default=channels[0])] = SelectSelector(config)
        return self.async_show_form(
            step_id="account_trial",
            data_schema=self.add_suggested_values_to_schema(vol.Schema(fields), values),
            errors=errors or {},
            description_placeholders={"example_number": EXAMPLE_NUMBER},
        )

    def tell_fate(self, fate: Fate) -> ConfigFlowResult:
        """Say what became of the message, and offer what can be done now."""
        trial = self._account_trial
        return self.async_show_menu(
            step_id=fate,
            menu_options=_AGAIN if fate in _FAILURES else _ENOUGH,
            description_placeholders={"reason": "" if trial is None else trial.reason},
        )


def _step_of(fate: Fate) -> Any:
    async def step(self: AccountTrialSteps, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        return self.tell_fate(fate)

    step.__doc__ = f"Say what became of the message: {fate}."
    step.__name__ = f"async_step_{fate}"
    return step


# Home Assistant finds a step by its name, and each has texts of its own.
for _fate in Fate:
    setattr(AccountTrialSteps, f"async_step_{_fate}", _step_of(_fate))
